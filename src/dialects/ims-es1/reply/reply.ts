import type { Outcome } from '../../../domain/outcome.ts';
import { GatewayError } from '../../../domain/problem.ts';
import { requestIdOf, statusOfOutcome, statusOfProblem } from '../../../formats/ims/index.ts';
import { soapVersions, writeEnvelope, type SoapAnswer, type SoapEnvelope } from '../../../formats/soap/index.ts';
import { operationName } from '../../../formats/wsdl/index.ts';
import { element } from '../../../formats/xml/index.ts';
import { findOperation, services } from '../contract/services.ts';
import type { ServiceCode, ServiceContract } from '../contract/service.ts';
import { isPlural } from '../translate/translate.ts';
import { responseContent } from './content.ts';
import { statusHeader, timestampHeader, type Said } from './headers.ts';

/**
 * The normal response, in the namespace of the service's messages; undefined when the result can only be said as a SOAP
 * fault. `door` is the service of the address: it only speaks for operations that nobody knows.
 */
export function reply(
  door: ServiceCode,
  { envelope, messageId }: { readonly envelope: SoapEnvelope; readonly messageId: string },
  result: readonly Outcome[] | GatewayError,
  now: Date,
): SoapAnswer | undefined {
  const { version, headers, body } = envelope;
  const service = findOperation(body.name)?.service ?? services[door];
  const operation = operationName(body.name);
  const said =
    result instanceof GatewayError ? saidOfRefusal(operation, result, service) : saidOf(operation, result, service);
  if (said === undefined) return undefined;
  const ids = { messageId, requestId: requestIdOf(headers) ?? '' };
  const content = result instanceof GatewayError ? [] : responseContent(service, body, result);
  return {
    status: 200,
    contentType: soapVersions[version].contentType,
    body: writeEnvelope(
      version,
      [statusHeader(ids, said), timestampHeader(now)],
      element(`${operation}Response`, content, { xmlns: service.messages.namespace }),
    ),
  };
}

function saidOf(operation: string, outcomes: readonly Outcome[], service: ServiceContract): Said | undefined {
  const statuses = outcomes.map((outcome) => statusOfOutcome(outcome, service));
  if (statuses.includes(undefined)) return undefined;
  const known = statuses.filter((status) => status !== undefined);
  return answersSet(operation) ? known : known[0];
}

function saidOfRefusal(operation: string, error: GatewayError, service: ServiceContract): Said | undefined {
  const status = statusOfProblem(error, service);
  return status && (answersSet(operation) ? [status] : status);
}

/** Operations on several objects, and the reads of what belongs to a group or a person. */
function answersSet(operation: string): boolean {
  return isPlural(operation) || /^read\w+For(?:Group|Person)$/.test(operation);
}
