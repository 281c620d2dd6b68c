import type { SoapEnvelope } from '../../../formats/soap/index.ts';
import type { ElementView } from '../../../pipeline/ports.ts';
import { findOperation, operationName, services } from '../contract/services.ts';
import type { ServiceCode } from '../contract/service.ts';
import type { ReplyTo } from './write-reply.ts';

/** Whom to answer, read from the request. `door` is the service of the address: it only speaks for operations that nobody knows. */
export function replyTo(envelope: SoapEnvelope, door: ServiceCode, messageId: string): ReplyTo {
  const { name, namespace } = envelope.body;
  const service =
    findOperation(name)?.service ??
    Object.values(services).find((each) => each.namespace === namespace) ??
    services[door];
  return {
    version: envelope.version,
    service,
    operation: operationName(name),
    namespace,
    requestId: requestIdOf(envelope.headers) ?? '',
    messageId,
  };
}

/** True for the header blocks that LIS itself has, in whatever namespace. */
export function isLisHeader(block: ElementView): boolean {
  return /^(?:imsx_)?syncRequestHeaderInfo$/.test(block.name);
}

/** The request's message identifier, in any namespace and at any depth of the header; echoed, never used as a key, because senders repeat it. */
function requestIdOf(blocks: readonly ElementView[]): string | undefined {
  for (const block of blocks) {
    if (block.name === 'imsx_messageIdentifier' || block.name === 'messageIdentifier') return block.text.trim();
    const inside = block.name === 'Security' ? undefined : requestIdOf(block.children);
    if (inside !== undefined) return inside;
  }
  return undefined;
}
