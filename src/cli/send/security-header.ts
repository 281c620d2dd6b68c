import { securityHeader as securityBlock, usernameToken } from '../../auth/outbound/username-token.ts';
import type { XmlNode } from '../../formats/xml/index.ts';

export type SendCredentials = {
  /** `digest` and `text`: a WS-Security UsernameToken; `basic`: HTTP Basic. */
  readonly scheme: 'digest' | 'text' | 'basic';
  readonly userName: string;
  readonly password: string;
};

export function securityHeader({ scheme, userName, password }: SendCredentials, at: Date, nonce?: Buffer): XmlNode {
  const form = scheme === 'digest' ? 'digest' : 'text';
  return securityBlock([usernameToken({ form, userName, password, ...(nonce === undefined ? {} : { nonce }) }, at)]);
}
