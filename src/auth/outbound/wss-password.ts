import { addHeaderBlock } from '../../formats/soap/index.ts';
import type { OutboundAuthenticator } from '../../pipeline/outbound.ts';
import { securityHeader, timestamp, usernameToken } from './username-token.ts';

/*
 * Without mustUnderstand: endpoints that read the token in their own code, and not in their SOAP library, would have to refuse
 * the message. Of a signed message it is asked, since there the header changes what the rest means.
 */

/** As most endpoints want it: the password as it is, and nothing beside. */
export const wssPasswordText: OutboundAuthenticator = {
  name: 'wss-password-text',
  summary: 'WS-Security UsernameToken with the password as it is (PasswordText).',
  needs: ['userName', 'password'],
  exposesSecret: true,
  soapOnly: true,
  authenticate(request, now) {
    const { userName = '', password = '' } = request.secrets;
    const token = usernameToken({ form: 'text', userName, password }, now);
    request.body = addHeaderBlock(request.body ?? '', securityHeader([token]));
  },
};

/** Basic Security Profile 1.1 has the Timestamp once and first; a nonce and Created stand in the token. */
export const wssPasswordDigest: OutboundAuthenticator = {
  name: 'wss-password-digest',
  summary: 'WS-Security UsernameToken with a digest of nonce, time and password (PasswordDigest), and a Timestamp.',
  needs: ['userName', 'password'],
  exposesSecret: false,
  soapOnly: true,
  authenticate(request, now) {
    const { userName = '', password = '' } = request.secrets;
    const token = usernameToken({ form: 'digest', userName, password }, now);
    request.body = addHeaderBlock(request.body ?? '', securityHeader([timestamp(now), token]));
  },
};
