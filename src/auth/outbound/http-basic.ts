import type { EndpointSecrets } from '../../domain/endpoint.ts';
import { GatewayError } from '../../domain/problem.ts';
import type { OutboundAuthenticator } from '../../pipeline/outbound.ts';

/** RFC 7617, with the names and passwords in UTF-8. */
export const httpBasic: OutboundAuthenticator = {
  name: 'http-basic',
  summary: 'HTTP Basic: user name and password in the Authorization header.',
  needs: ['userName', 'password'],
  exposesSecret: true,
  soapOnly: false,
  checkSecrets: refuseColon,
  authenticate({ headers, secrets }) {
    refuseColon(secrets);
    const { userName = '', password = '' } = secrets;
    headers.authorization = `Basic ${Buffer.from(`${userName}:${password}`).toString('base64')}`;
  },
};

/** RFC 7617, section 2: "a user-id containing a colon character is invalid". */
function refuseColon({ userName = '' }: EndpointSecrets): void {
  if (!userName.includes(':')) return;
  throw new GatewayError(
    'endpoint_misconfigured',
    'The user name has a colon, which HTTP Basic cannot send. Use another user name or authentication.',
    { field: 'userName' },
  );
}
