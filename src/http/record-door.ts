import express, { type Request, type RequestHandler, type Response, type Router } from 'express';
import type { Outcome } from '../domain/outcome.ts';
import { GatewayError } from '../domain/problem.ts';
import type { Gateway, Message, SourceSystem } from '../pipeline/ports.ts';
import type { HttpLog } from './http-log.ts';
import { statusOf } from './http-status.ts';
import { methodNotAllowed } from './not-found.ts';
import { plainHeaders } from './plain-headers.ts';
import { answerErrors, messageIdOf } from './problem-body.ts';
import { readBody } from './read-body.ts';
import type { RecordDialect, RecordOutcome, RecordTranslation } from './record-dialect.ts';
import { askedOf, type Asked } from './record-request.ts';
import { writeReport } from './record-report.ts';
import type { RemoteOf } from './remote.ts';
import { refuseOddKey, submitRecords, type SubmittedRecords, summaryOf } from './submit-records.ts';

export interface RecordDoorOptions {
  readonly gateway: Pick<Gateway, 'submit'>;
  readonly dialects: readonly RecordDialect[];
  readonly remoteOf: RemoteOf;
  readonly bodyLimitBytes: number;
  readonly log: Pick<HttpLog, 'info' | 'error'>;
}

/**
 * The door for bare XML without an envelope, posted to the address of its dialect: the same pipeline and the same
 * authenticators as the SOAP and REST doors. The answer is a report, as XML or JSON, or empty for senders that want none.
 */
export function createRecordDoor(options: RecordDoorOptions): Router {
  const router = express.Router();
  const answerRefusals = answerErrors({ challenge: 'Basic realm="Passerelle", charset="UTF-8"', log: options.log });
  for (const dialect of options.dialects) {
    router
      .route(dialect.path)
      .post(receive(options, dialect))
      .all(methodNotAllowed(['POST']));
    router.use(dialect.path, answerRefusals);
  }
  return router;
}

function receive(options: RecordDoorOptions, dialect: RecordDialect): RequestHandler {
  return async (request, response) => {
    response.setHeader('Cache-Control', 'no-store');
    response.setHeader('X-Content-Type-Options', 'nosniff');
    const asked = askedOf(request, dialect);
    const message = await messageOf(options, dialect, request, response);
    const submitted = await submitRecords<RecordOutcome, RecordTranslation>(options.gateway, message, {
      translate(sent, source) {
        refuseOtherSource(asked, source);
        return dialect.translate(sent, source);
      },
      weave,
    });
    answer(response, dialect, asked, submitted);
    const { messageId, operation, outcomes } = submitted;
    const ms = Date.now() - message.receivedAt.getTime();
    options.log.info({ messageId, operation, ms, ...summaryOf(outcomes) }, 'message answered');
  };
}

async function messageOf(
  { remoteOf, bodyLimitBytes }: RecordDoorOptions,
  { path }: RecordDialect,
  request: Request,
  response: Response,
): Promise<Message> {
  const headers = plainHeaders(request);
  refuseOddKey(headers['idempotency-key']);
  return {
    id: messageIdOf(response),
    receivedAt: new Date(),
    door: 'rest',
    method: request.method,
    path: request.originalUrl,
    operation: `POST ${path.slice(1)}`,
    headers,
    body: await readBody(request, bodyLimitBytes),
    remote: remoteOf(request),
  };
}

/** The credentials say who sends; an address that names somebody else is a mistake that must not go unseen. */
function refuseOtherSource({ source: named }: Asked, { code }: SourceSystem): void {
  if (named === undefined || named === code) return;
  throw new GatewayError(
    'invalid_request',
    `The address names the source system ${JSON.stringify(named.slice(0, 100))}, and the credentials are those of ${JSON.stringify(code)}. Correct one of them.`,
    { field: 'source' },
  );
}

/** The records that could not be read stand at their places among the others. */
function weave(outcomes: readonly Outcome[], { commands, unreadable }: RecordTranslation): RecordOutcome[] {
  const readable = outcomes.entries();
  return Array.from({ length: outcomes.length + unreadable.size }, (_, place) => {
    const rejected = unreadable.get(place);
    if (rejected !== undefined) return rejected;
    const [index, outcome] = readable.next().value ?? [];
    if (outcome === undefined) throw new Error('there are fewer outcomes than commands');
    const { verb, entity, kind, sourcedId, status, lmsId, problems } = outcome;
    const at = commands[index ?? 0]?.at;
    return {
      verb,
      entity,
      kind,
      sourcedId,
      status,
      ...(at === undefined ? {} : { at }),
      ...(lmsId === undefined ? {} : { lmsId }),
      problems,
    };
  });
}

function answer(
  response: Response,
  { single }: RecordDialect,
  { reply, xmlType }: Asked,
  { messageId, outcomes }: SubmittedRecords<RecordOutcome>,
): void {
  response.setHeader('Passerelle-Message-Id', messageId);
  const status = single ? statusOfOne(outcomes) : 200;
  // LMB asks for no more than that the message arrived; it would send a message of which one record is refused for ever.
  if (reply === 'empty') response.status(status).end();
  else if (reply === 'json') response.status(status).json({ messageId, outcomes });
  else response.status(status).type(xmlType).send(writeReport(messageId, outcomes));
}

function statusOfOne([outcome]: readonly RecordOutcome[]): number {
  const problem = outcome?.problems[0];
  const isRefused = outcome?.status === 'rejected' || outcome?.status === 'failed';
  if (isRefused && problem !== undefined) return statusOf[problem.code];
  return outcome?.status === 'created' ? 201 : 200;
}
