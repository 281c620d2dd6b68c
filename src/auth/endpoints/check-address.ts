import { GatewayError } from '../../domain/problem.ts';

const LONGEST = 2_000;

/**
 * The address of an endpoint in its normal spelling. Throws GatewayError `invalid_request` for what is no http or https
 * address, and for user information, which would be a secret in the clear (RFC 3986, 3.2.1), or a fragment, which is not sent.
 */
export function checkAddress(text: string): string {
  const url = text.length > LONGEST ? null : URL.parse(text.trim());
  if (url === null) throw unfit('is no address. Write it whole, such as https://sis.example.edu/services/outcomes');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw unfit(`begins with ${url.protocol}. Only http: and https: are called`);
  }
  if (url.username !== '' || url.password !== '') {
    throw unfit('holds a user name or a password. Give them as `secrets`');
  }
  if (url.hash !== '') throw unfit('has a fragment (#...), which is never sent. Leave it out');
  return url.href;
}

function unfit(what: string): GatewayError {
  return new GatewayError('invalid_request', `The address ${what}.`, { field: 'address' });
}
