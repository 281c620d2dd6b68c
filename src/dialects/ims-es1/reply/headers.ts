import type { ImsStatus } from '../../../formats/ims/index.ts';
import { inSchemaOrder, type Tree } from '../../../formats/wsdl/index.ts';
import { element, type XmlNode } from '../../../formats/xml/index.ts';
import { wsseNamespace } from '../../../pipeline/authenticate-must-understand.ts';
import { messageBinding } from '../contract/common.ts';

/** What a response says of one operation, or of each of its objects in the order of the request. */
export type Said = ImsStatus | readonly ImsStatus[];

/** `syncResponseHeaderInfo`, with a `statusInfo` or a `statusInfoSet`. */
export function statusHeader(ids: { readonly messageId: string; readonly requestId: string }, said: Said): XmlNode {
  const tree: Tree = {
    messageIdentifier: ids.messageId,
    ...(isSet(said)
      ? { statusInfoSet: { statusInfo: said.map((status) => statusInfo(status, ids.requestId)) } }
      : { statusInfo: statusInfo(said, ids.requestId) }),
  };
  return element('syncResponseHeaderInfo', inSchemaOrder(messageBinding, 'ResponseHeaderInfo', tree), {
    xmlns: messageBinding.namespace,
  });
}

const wsuNamespace = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd';
const validMs = 5 * 60_000;

/** As the service of itslearning answers: a Timestamp of five minutes that clients must understand. */
export function timestampHeader(now: Date): XmlNode {
  const instant = (ms: number): string => new Date(ms).toISOString();
  const timestamp = element(
    'u:Timestamp',
    [element('u:Created', instant(now.getTime())), element('u:Expires', instant(now.getTime() + validMs))],
    { 'xmlns:u': wsuNamespace, 'u:Id': '_0' },
  );
  return element('o:Security', [timestamp], { 'xmlns:o': wsseNamespace, 'soap:mustUnderstand': '1' });
}

function statusInfo(status: ImsStatus, messageIdRef: string): Tree {
  return {
    codeMajor: status.codeMajor,
    severity: status.severity,
    codeMinor: { codeMinorField: { codeMinorName: 'TargetEndSystem', codeMinorValue: status.codeMinor } },
    messageIdRef: messageIdRef === '' ? undefined : messageIdRef,
    description: status.description === '' ? undefined : { language: 'en', text: status.description },
  };
}

function isSet(said: Said): said is readonly ImsStatus[] {
  return Array.isArray(said);
}
