import { parse } from 'basic-auth';
import type { Message, MessageAuthenticator } from '../pipeline/ports.ts';
import type { CredentialVerifier } from './credential-verifier.ts';
import { longestSecret, presentedUserName } from './user-name.ts';

/** HTTP Basic (RFC 7617), user name and password in UTF-8. */
export function createHttpBasic({ verifier }: { verifier: CredentialVerifier }): MessageAuthenticator {
  return {
    name: 'http-basic',
    role: 'identify',
    exposesSecret: true,
    recognises: (message) => /^\s*basic(?:\s|$)/i.test(message.headers.authorization ?? ''),
    claimedUserName: (message) => readBasic(message)?.userName,
    async authenticate(message) {
      const credentials = readBasic(message);
      if (credentials === undefined) {
        return { verdict: 'reject', reason: 'the Authorization header is not base64 of "user:password" in UTF-8' };
      }
      const { userName, password } = credentials;
      const check = await verifier.verifyPassword(userName, password, message.remote.address);
      return check.verified ? { verdict: 'accept', userName } : { verdict: 'reject', userName, reason: check.reason };
    },
  };
}

function readBasic(message: Message): { userName: string; password: string } | undefined {
  const credentials = parse(message.headers.authorization ?? '');
  const userName = presentedUserName(credentials?.name ?? '');
  if (credentials === undefined || userName === undefined) return undefined;
  const password = credentials.pass;
  return password.length > longestSecret || password.includes('\uFFFD') ? undefined : { userName, password };
}
