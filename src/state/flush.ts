import type { ProblemCode } from '../domain/problem.ts';
import { GatewayError } from '../domain/problem.ts';
import { failureOf, sqlStateOf } from './sql-state.ts';
import { createStatistics } from './statistics.ts';
import { CommitUnknown, transact } from './transact.ts';
import type { TransactionParts } from './transact.ts';
import { busy, journaledRefusal } from './writing.ts';
import type { Verdict, Writing } from './writing.ts';

export interface StoreLog {
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

const attempts = 4;

/**
 * Applies a batch of messages in one transaction and tells each sender its own outcome. A record that the database
 * refuses is found by halving; what is transient is tried again; a commit whose fate is unknown is answered "busy".
 */
export function createFlush(
  parts: TransactionParts & { readonly log: StoreLog },
): (organizationId: number, batch: Writing[]) => Promise<void> {
  const { log } = parts;
  const statistics = createStatistics();

  async function flush(organizationId: number, batch: Writing[], attempt = 1): Promise<void> {
    try {
      const verdicts = await transact(parts, statistics, organizationId, batch);
      // The next transaction goes out first: Postgres works on it while the answers of this one are written.
      setImmediate(() => batch.forEach((writing, index) => settle(writing, verdicts[index])));
      await statistics.committed(parts.pool).catch((error: unknown) => {
        log.warn({ err: error }, 'the planner statistics could not be refreshed');
      });
    } catch (error) {
      await recover(organizationId, batch, attempt, error);
    }
  }

  async function recover(organizationId: number, batch: Writing[], attempt: number, error: unknown): Promise<void> {
    if (error instanceof CommitUnknown) {
      log.warn(
        { organizationId, messages: batch.length, reason: error.message },
        'the fate of a commit is unknown; senders are asked to send again',
      );
      rejectAll(batch, busy());
      return;
    }
    const failure = failureOf(error);
    if (failure === 'transient') {
      if (attempt >= attempts) {
        log.error({ organizationId, err: error }, 'the database does not accept messages');
        rejectAll(batch, busy());
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 50 * 2 ** attempt * Math.random()));
      return flush(organizationId, batch, attempt + 1);
    }
    if (batch.length > 1) {
      const middle = Math.ceil(batch.length / 2);
      await flush(organizationId, batch.slice(0, middle));
      return flush(organizationId, batch.slice(middle));
    }
    return failAlone(organizationId, batch, error);
  }

  /** One message that cannot be applied: journaled with its failure, so that it can be replayed once mended. */
  async function failAlone(organizationId: number, batch: Writing[], error: unknown): Promise<void> {
    const [writing] = batch;
    if (writing === undefined) return;
    log.error(
      { organizationId, messageId: writing.submission.envelope.id, err: error },
      'a message could not be applied',
    );
    const code: ProblemCode = failureOf(error) === 'record' ? 'invalid_data' : 'internal_error';
    const message =
      code === 'invalid_data'
        ? `The database refuses a value of this record (SQLSTATE ${sqlStateOf(error) ?? '?'}).`
        : 'The gateway made a mistake with this record; the operator finds the details under the message id.';
    if (writing.refusal === undefined) {
      const refused: Writing = { ...writing, refusal: { code, message } };
      await transact(parts, statistics, organizationId, [refused]).catch((journalError: unknown) => {
        log.error(
          { organizationId, messageId: writing.submission.envelope.id, err: journalError },
          'a failed message could not be journaled',
        );
      });
    }
    writing.reject(journaledRefusal(new GatewayError(code, message, { cause: error })));
  }

  return flush;
}

function settle(writing: Writing, verdict: Verdict | undefined): void {
  if (verdict === undefined) writing.reject(busy());
  else if ('error' in verdict) writing.reject(verdict.error);
  else writing.resolve(verdict.result);
}

function rejectAll(batch: readonly Writing[], error: GatewayError): void {
  for (const writing of batch) writing.reject(error);
}
