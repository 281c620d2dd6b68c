import type { Outcome } from '../../../domain/outcome.ts';
import { GatewayError } from '../../../domain/problem.ts';
import {
  imsxStatusHeader,
  requestIdOf,
  statusOfOutcomes,
  statusOfProblem,
  type ImsStatus,
} from '../../../formats/ims/index.ts';
import { soapVersions, writeEnvelope, type SoapAnswer, type SoapEnvelope } from '../../../formats/soap/index.ts';
import { operationName } from '../../../formats/wsdl/index.ts';
import { element, type XmlNode } from '../../../formats/xml/index.ts';
import { findOperation, services } from '../contract/services.ts';
import type { ServiceCode, ServiceContract } from '../contract/service.ts';
import { objectContent } from './objects.ts';

/**
 * The normal response: the empty `{operation}Response` of the request's namespace with the draft's status header; undefined when the
 * result can only be said as a SOAP fault. `door` is the service of the address that the request came to.
 */
export function reply(
  door: ServiceCode,
  { envelope, messageId }: { readonly envelope: SoapEnvelope; readonly messageId: string },
  result: readonly Outcome[] | GatewayError,
): SoapAnswer | undefined {
  const service = serviceOf(envelope, door);
  const status = result instanceof GatewayError ? statusOfProblem(result, service) : statusOfOutcomes(result, service);
  if (status === undefined) return undefined;
  const content = result instanceof GatewayError ? [] : contentOf(envelope, result);
  return write(envelope, messageId, service, status, content);
}

function write(
  { version, headers, body }: SoapEnvelope,
  messageId: string,
  service: ServiceContract,
  status: ImsStatus,
  content: readonly XmlNode[],
): SoapAnswer {
  const xmlns = body.namespace === '' ? service.namespace : body.namespace;
  const ids = { messageId, requestId: requestIdOf(headers) ?? '' };
  return {
    status: 200,
    contentType: soapVersions[version].contentType,
    body: writeEnvelope(
      version,
      [imsxStatusHeader(ids, status, xmlns)],
      element(`${operationName(body.name)}Response`, content, { xmlns }),
    ),
  };
}

/** A read answers the object, a create by proxy the sourcedId that was given. */
function contentOf({ body }: SoapEnvelope, [outcome]: readonly Outcome[]): XmlNode[] {
  if (outcome?.record !== undefined) return objectContent(outcome.record);
  const allocated = body.name.startsWith('createByProxy') && outcome !== undefined && outcome.sourcedId !== '';
  return allocated ? [element('sourcedId', outcome.sourcedId)] : [];
}

function serviceOf({ body }: SoapEnvelope, door: ServiceCode): ServiceContract {
  return (
    findOperation(body.name)?.service ??
    Object.values(services).find(({ namespace }) => namespace === body.namespace) ??
    services[door]
  );
}
