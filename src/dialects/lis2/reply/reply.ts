import { GatewayError } from '../../../domain/problem.ts';
import type { Outcome } from '../../../domain/outcome.ts';
import type { SoapAnswer, SoapEnvelope } from '../../../formats/soap/index.ts';
import type { ServiceCode } from '../contract/service.ts';
import { replyTo } from './reply-to.ts';
import { responseContent } from './response.ts';
import { statusOfAnswer } from './status-of-answer.ts';
import { statusOfProblem } from '../../../formats/ims/index.ts';
import { writeReply } from './write-reply.ts';

/**
 * The normal response to the outcomes of a request, or to a refusal that is about the record or the operation; undefined when
 * it can only be said as a SOAP fault. `door` is the service of the address that the request came to.
 */
export function reply(
  door: ServiceCode,
  { envelope, messageId }: { readonly envelope: SoapEnvelope; readonly messageId: string },
  result: readonly Outcome[] | GatewayError,
): SoapAnswer | undefined {
  const to = replyTo(envelope, door, messageId);
  if (result instanceof GatewayError) {
    const refusal = statusOfProblem(result, to.service);
    return refusal && writeReply(to, refusal);
  }
  const status = statusOfAnswer(to, result);
  if (status === undefined) return undefined;
  return writeReply(to, status, status.codeMajor === 'success' ? responseContent(to, result) : []);
}
