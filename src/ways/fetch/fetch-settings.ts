import type { FetchAdministration, FetchStore, FetchWish } from '../../domain/file-fetch.ts';
import { GatewayError } from '../../domain/problem.ts';
import { plainFileName } from '../plain-file-name.ts';
import { nextOf } from './schedule.ts';

/** What administrators set, checked. */
export function createFetchSettings(keeper: FetchStore, now = () => new Date()): FetchAdministration {
  return {
    list: (source) => keeper.list(source),
    find: (source, name) => keeper.find(source, name),
    remove: (source, name) => keeper.remove(source, name),
    hurry: (source, name) => keeper.hurry(source, name),
    async put(source, name, given, by) {
      const wish = { ...given, address: checkAddress(given), fileName: plainFileName(given.fileName) };
      const nextAt = nextOf(wish.schedule, wish.timeZone, now());
      if (nextAt === null) {
        throw new GatewayError(
          'invalid_request',
          'The schedule never comes, as "0 0 31 2 *" would not: say another one.',
          {
            field: 'schedule',
          },
        );
      }
      await keeper.put(source, name, wish, { ...by, nextAt });
    },
  };
}

const longestAddress = 2_000;
const fingerprint = /^SHA256:[A-Za-z0-9+/]{43}$/;

/** The address in its normal spelling. Throws GatewayError `invalid_request`. */
function checkAddress({ address, authentication, hostKey }: FetchWish): string {
  const url = address.length > longestAddress ? null : URL.parse(address.trim());
  const unfit = (what: string, field = 'address'): GatewayError => new GatewayError('invalid_request', what, { field });
  if (url === null || !['https:', 'http:', 'sftp:'].includes(url.protocol) || url.hostname === '') {
    throw unfit(
      'The address is like https://sis.example.edu/export/night.zip or sftp://sis.example.edu/export/night.zip.',
    );
  }
  if (url.username !== '' || url.password !== '')
    throw unfit('Give user name and password as secrets, not in the address.');
  if (url.hash !== '') throw unfit('The address has a fragment (#...), which is never sent. Leave it out.');
  if (url.protocol !== 'sftp:') {
    if (hostKey !== undefined) throw unfit('A host key is of an sftp address.', 'hostKey');
    return url.href;
  }
  if (hostKey === undefined || !fingerprint.test(hostKey)) {
    throw unfit(
      'An sftp address needs the fingerprint of its host, SHA256:..., as "ssh-keyscan HOST | ssh-keygen -lf -" shows it.',
      'hostKey',
    );
  }
  if (authentication !== 'password' && authentication !== 'public-key') {
    throw unfit('The authentication of an sftp address is password or public-key.', 'authentication');
  }
  return url.href;
}
