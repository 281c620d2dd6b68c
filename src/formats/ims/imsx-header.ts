import type { ElementView } from '../../pipeline/ports.ts';
import { element, type XmlNode } from '../xml/index.ts';
import type { ImsStatus } from './status.ts';

/** True for the header blocks that IMS messages have themselves, in whatever namespace. */
export function isImsHeader(block: ElementView): boolean {
  return /^(?:imsx_)?syncRequestHeaderInfo$/.test(block.name);
}

/** The request's message identifier, in any namespace and at any depth of the header; echoed, never used as a key, because senders repeat it. */
export function requestIdOf(blocks: readonly ElementView[]): string | undefined {
  for (const block of blocks) {
    if (block.name === 'imsx_messageIdentifier' || block.name === 'messageIdentifier') return block.text.trim();
    const inside = block.name === 'Security' ? undefined : requestIdOf(block.children);
    if (inside !== undefined) return inside;
  }
  return undefined;
}

/** `imsx_syncResponseHeaderInfo` in schema order, as LIS 2.0 and its drafts have it. */
export function imsxStatusHeader(
  ids: { readonly messageId: string; readonly requestId: string },
  status: ImsStatus,
  xmlns: string,
): XmlNode {
  const minor = element('imsx_codeMinorField', [
    element('imsx_codeMinorFieldName', 'TargetEndSystem'),
    element('imsx_codeMinorFieldValue', status.codeMinor),
  ]);
  const info = [
    element('imsx_codeMajor', status.codeMajor),
    element('imsx_severity', status.severity),
    element('imsx_messageRefIdentifier', ids.requestId),
    ...(status.description === '' ? [] : [element('imsx_description', status.description)]),
    element('imsx_codeMinor', [minor]),
  ];
  const header = [
    element('imsx_version', 'V1.0'),
    element('imsx_messageIdentifier', ids.messageId),
    element('imsx_statusInfo', info),
  ];
  return element('imsx_syncResponseHeaderInfo', header, { xmlns });
}
