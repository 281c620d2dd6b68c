import type { XmlFault } from './record-shape.ts';

export const mismatch = 'unexpected close tag';
export const textOutside = 'text data outside of root node';

export function malformed(reason: string): Pick<XmlFault, 'code' | 'message'> {
  if (reason.startsWith('inappropriately located doctype'))
    return { code: 'forbidden_xml', message: 'The XML is refused from here on: a DOCTYPE is not allowed here.' };
  const message = `The file is not well-formed XML: ${reason}. What stands before was read; whatever follows was not. It may have been cut short: send it again, whole.`;
  return { code: 'malformed_xml', message };
}

/** saxes throws an Error that says `line:column: what is wrong.`; any other error is not about the file. */
export function reasonOf({ message }: Error): string | undefined {
  return /^\d+:\d+: (.*)$/s.exec(message)?.[1]?.slice(0, 200).replace(/\.$/, '');
}
