import { GatewayError } from '../domain/problem.ts';
import type { ElementView, Message } from './ports.ts';

/** What can process parts of a WS-Security header. */
export type HeaderProcessor = {
  /** True for the `Security` header itself when it is empty, and for each of its children that is processed. */
  understands(part: ElementView): boolean;
};

export const wsseNamespace = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';

/**
 * WSS SOAP Message Security 1.1, 5: a receiver that cannot process the security tokens of a Security header that says
 * mustUnderstand answers with a fault. So each part of it needs a link that processes it: a signature that nobody
 * checks must not look checked.
 */
export function refuseMisunderstoodSecurity(message: Message, links: readonly Partial<HeaderProcessor>[]): void {
  for (const header of securityHeaders(message)) {
    if (!mustUnderstand(header)) continue;
    const parts = header.children.length === 0 ? [header] : header.children;
    const foreign = parts.find((part) => !links.some((link) => link.understands?.(part)));
    if (foreign === undefined) continue;
    throw new GatewayError(
      'must_understand',
      `No authenticator configured here processes ${foreign.name} in the Security header, which says mustUnderstand.`,
      { at: `/Envelope/Header/Security${foreign === header ? '' : `/${foreign.name}`}` },
    );
  }
}

/** The WS-Security headers that are meant for this receiver. */
export function securityHeaders({ soapHeaders = [] }: Message): readonly ElementView[] {
  return soapHeaders.filter(
    (header) => header.name === 'Security' && header.namespace === wsseNamespace && isForUs(header),
  );
}

const soap11 = 'http://schemas.xmlsoap.org/soap/envelope/';
const soap12 = 'http://www.w3.org/2003/05/soap-envelope';

export function mustUnderstand({ attributes }: ElementView): boolean {
  const value = attributes[`{${soap11}}mustUnderstand`] ?? attributes[`{${soap12}}mustUnderstand`];
  return value?.trim() === '1' || value?.trim() === 'true';
}

/** Without actor (SOAP 1.1, 4.2.2) or role (SOAP 1.2, 2.2) a header is for the ultimate receiver; "next" is everybody. */
const ourRoles: ReadonlySet<string> = new Set([
  '',
  'http://schemas.xmlsoap.org/soap/actor/next',
  `${soap12}/role/next`,
  `${soap12}/role/ultimateReceiver`,
]);

function isForUs({ attributes }: ElementView): boolean {
  const role = attributes[`{${soap11}}actor`] ?? attributes[`{${soap12}}role`] ?? '';
  return ourRoles.has(role.trim());
}
