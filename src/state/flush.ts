import { GatewayError } from '../domain/problem.ts';
import { failureOf, sqlStateOf } from './sql-state.ts';
import type { Flushing } from './group-commit.ts';
import { createStatistics } from './statistics.ts';
import type { Statistics } from './statistics.ts';
import { CommitUnknown, Overtaken, transact } from './transact.ts';
import type { Relay, TransactionParts } from './transact.ts';
import { busy, journaledRefusal } from './writing.ts';
import type { Verdict, Writing } from './writing.ts';

export interface StoreLog {
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

const attempts = 4;

/** What a batch that is being committed leaves to the one after it. */
export interface Handover {
  readonly connection: Relay;
  readonly committed: Promise<boolean>;
  readonly done: Promise<void>;
}

/**
 * Applies a batch of messages in one transaction and tells each sender its own outcome. A record that the database
 * refuses is found by halving; what is transient is tried again; a commit whose fate is unknown is answered "busy".
 *
 * A batch sets out on the connection of the one before it as soon as that one's commit has been sent, so that Postgres does
 * not wait for us in between. If that commit fails, this batch undoes what it did and waits until the other has been dealt
 * with: messages keep their order.
 */
export function createFlush(
  parts: TransactionParts & { readonly log: StoreLog },
): (organizationId: number, batch: Writing[], before: Handover | undefined) => Flushing<Handover> {
  const flusher: Flusher = { ...parts, statistics: createStatistics() };
  return (organizationId, batch, before) => flush({ ...flusher, organizationId }, batch, before);
}

interface Flusher extends TransactionParts {
  readonly log: StoreLog;
  readonly statistics: Statistics;
}

/** Of the messages of one organization. */
interface OrganizationFlusher extends Flusher {
  readonly organizationId: number;
}

function flush(flusher: OrganizationFlusher, batch: Writing[], before: Handover | undefined): Flushing<Handover> {
  const { promise: next, resolve: handOver } = Promise.withResolvers<Handover | undefined>();
  const applied = transact(flusher, flusher.statistics, flusher.organizationId, batch, {
    ...(before === undefined ? {} : { after: before }),
    committing: (connection) => {
      handOver({ connection, committed, done });
    },
  });
  const committed = applied.then(
    () => true,
    () => false,
  );
  const done = finish();
  return { next, done };

  async function finish(): Promise<void> {
    try {
      await tell(flusher, batch, await applied);
    } catch (error) {
      await before?.done;
      if (error instanceof Overtaken) await apply(flusher, batch);
      else await recover(flusher, batch, 1, error);
    }
    handOver(undefined);
  }
}

async function apply(flusher: OrganizationFlusher, batch: Writing[], attempt = 1): Promise<void> {
  try {
    await tell(flusher, batch, await transact(flusher, flusher.statistics, flusher.organizationId, batch));
  } catch (error) {
    await recover(flusher, batch, attempt, error);
  }
}

async function tell(
  { statistics, pool, log }: Flusher,
  batch: readonly Writing[],
  verdicts: readonly Verdict[],
): Promise<void> {
  // The next transaction goes out first: Postgres works on it while the answers of this one are written.
  setImmediate(() => batch.forEach((writing, index) => tellSender(writing, verdicts[index])));
  await statistics.committed(pool).catch((error: unknown) => {
    log.warn({ err: error }, 'the planner statistics could not be refreshed');
  });
}

async function recover(flusher: OrganizationFlusher, batch: Writing[], attempt: number, error: unknown): Promise<void> {
  const { organizationId, log } = flusher;
  if (error instanceof CommitUnknown) {
    log.warn(
      { organizationId, messages: batch.length, reason: error.message },
      'the fate of a commit is unknown; senders are asked to send again',
    );
    rejectAll(batch, busy());
    return;
  }
  if (failureOf(error) === 'transient') {
    if (attempt >= attempts) {
      log.error({ organizationId, err: error }, 'the database does not accept messages');
      rejectAll(batch, busy());
      return;
    }
    await pause(attempt);
    return apply(flusher, batch, attempt + 1);
  }
  if (batch.length > 1) {
    const middle = Math.ceil(batch.length / 2);
    await apply(flusher, batch.slice(0, middle));
    return apply(flusher, batch.slice(middle));
  }
  const [writing] = batch;
  if (writing !== undefined) await failAlone(flusher, writing, error);
}

/** One message that cannot be applied: journaled with its failure, so that it can be replayed once mended. */
async function failAlone(flusher: OrganizationFlusher, writing: Writing, error: unknown): Promise<void> {
  const refusal = refusalOf(error);
  // The sender's record is the sender's to mend; anything else is for the operator.
  const level = refusal.code === 'invalid_data' ? 'warn' : 'error';
  flusher.log[level](
    { organizationId: flusher.organizationId, messageId: writing.submission.envelope.id, err: error },
    writing.refusal === undefined ? 'a message could not be applied' : 'a refused message could not be journaled',
  );
  if (writing.refusal !== undefined) {
    writing.reject(refusal);
    return;
  }
  const refused: Writing = {
    ...writing,
    refusal: { code: refusal.code, message: refusal.message },
    resolve: () => {
      writing.reject(journaledRefusal(refusal));
    },
  };
  await apply(flusher, [refused]);
}

export function refusalOf(error: unknown): GatewayError {
  return failureOf(error) === 'record'
    ? new GatewayError(
        'invalid_data',
        `The database refuses a value of this record (SQLSTATE ${sqlStateOf(error) ?? '?'}).`,
        { cause: error },
      )
    : new GatewayError(
        'internal_error',
        'The gateway made a mistake with this record; the operator finds the details under the message id.',
        { cause: error },
      );
}

function tellSender(writing: Writing, verdict: Verdict | undefined): void {
  if (verdict === undefined) writing.reject(busy());
  else if ('error' in verdict) writing.reject(verdict.error);
  else writing.resolve(verdict.result);
}

function pause(attempt: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 50 * 2 ** attempt * Math.random()));
}

function rejectAll(batch: readonly Writing[], error: GatewayError): void {
  for (const writing of batch) writing.reject(error);
}
