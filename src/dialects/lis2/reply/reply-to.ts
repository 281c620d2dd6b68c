import type { SoapEnvelope } from '../../../formats/soap/index.ts';
import { requestIdOf } from '../../../formats/ims/index.ts';
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
