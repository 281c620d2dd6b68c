import type { Outcome } from '../../../domain/outcome.ts';
import { GatewayError } from '../../../domain/problem.ts';
import {
  deletedBeside,
  imsxStatusHeader,
  requestIdOf,
  statusOfOutcomes,
  statusOfProblem,
  type ImsStatus,
} from '../../../formats/ims/index.ts';
import { soapVersions, writeEnvelope, type SoapAnswer, type SoapEnvelope } from '../../../formats/soap/index.ts';
import { element, type XmlNode } from '../../../formats/xml/index.ts';
import { findOperation, operationOf, services } from '../contract/services.ts';
import type { ServiceCode, ServiceContract } from '../contract/service.ts';
import { responseContent } from './content.ts';

/**
 * The normal response: the `{operation}Response` of the request's namespace with the draft's status header; undefined when the
 * result can only be said as a SOAP fault. `door` is the service of the address that the request came to.
 */
export function reply(
  door: ServiceCode,
  { envelope, messageId }: { readonly envelope: SoapEnvelope; readonly messageId: string },
  result: readonly Outcome[] | GatewayError,
): SoapAnswer | undefined {
  const service = serviceOf(envelope, door);
  const status =
    result instanceof GatewayError
      ? statusOfProblem(result, service)
      : statusOf(operationOf(envelope.body.name), result, service);
  if (status === undefined) return undefined;
  const known = findOperation(envelope.body.name);
  const isDone = known !== undefined && status.codeMajor === 'success' && !(result instanceof GatewayError);
  return write(envelope, messageId, service, status, isDone ? responseContent(known, result) : []);
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
      element(`${operationOf(body.name)}Response`, content, { xmlns }),
    ),
  };
}

/** The draft has no word for "nothing was found"; what was deleted since a save point is in no file. */
function statusOf(operation: string, outcomes: readonly Outcome[], service: ServiceContract): ImsStatus | undefined {
  const status = statusOfOutcomes(outcomes, service);
  if (status?.codeMinor !== 'fullsuccess') return status;
  if (operation.startsWith('createByProxy')) return { ...status, codeMinor: 'idalloc' };
  return { ...status, description: deletedBeside(outcomes[0]?.found) };
}

function serviceOf({ body }: SoapEnvelope, door: ServiceCode): ServiceContract {
  return (
    findOperation(body.name)?.service ??
    Object.values(services).find(({ namespace }) => namespace === body.namespace) ??
    services[door]
  );
}
