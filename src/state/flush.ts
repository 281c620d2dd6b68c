import type pg from 'pg';
import type { Sealer } from '../domain/access.ts';
import type { NonceClaim, Submission, SubmissionResult } from '../domain/message.ts';
import type { Outcome } from '../domain/outcome.ts';
import { GatewayError } from '../domain/problem.ts';
import type { Problem, ProblemCode } from '../domain/problem.ts';
import { applySteps } from './apply.ts';
import type { Step } from './apply.ts';
import type { Work } from './group-commit.ts';
import { idempotencyMismatch, isKeyed, rememberAnswers, rememberedAnswers, requestFingerprint } from './idempotency.ts';
import type { Keyed } from './idempotency.ts';
import { journal, resultOf } from './journal.ts';
import type { JournalEntry } from './journal.ts';
import { defer, enterLane, leaveLane, settled } from './lane.ts';
import type { Lane } from './lane.ts';
import { failureOf, sqlStateOf } from './sql-state.ts';
import { createStatistics } from './statistics.ts';
import type { Statistics } from './statistics.ts';

export interface StoreLog {
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** A message on its way into the state. */
export interface Writing extends Work<SubmissionResult> {
  readonly submission: Submission;
  /** Journal only: it was refused before it had commands. */
  readonly refusal?: Problem;
  readonly validateOnly: boolean;
}

interface FlushDependencies {
  readonly pool: pg.Pool;
  readonly sealer: Sealer;
  readonly claimNonces: (client: pg.ClientBase, claims: readonly NonceClaim[]) => Promise<Set<number>>;
  readonly log: StoreLog;
}

/** What became of each message of a transaction; told to the senders after the commit. */
type Verdict = { result: SubmissionResult } | { error: GatewayError };

const attempts = 4;

/**
 * Applies a batch of messages in one transaction and tells each sender its own outcome. A record that the database
 * refuses is found by halving; what is transient is tried again; a commit whose fate is unknown is answered "busy".
 */
export function createFlush(
  dependencies: FlushDependencies,
): (organizationId: number, batch: Writing[]) => Promise<void> {
  const { log } = dependencies;
  const statistics = createStatistics();

  async function flush(organizationId: number, batch: Writing[], attempt = 1): Promise<void> {
    try {
      const verdicts = await transact(dependencies, statistics, organizationId, batch);
      // The next transaction goes out first: Postgres works on it while the answers of this one are written.
      setImmediate(() => batch.forEach((writing, index) => settle(writing, verdicts[index])));
      await statistics.committed(dependencies.pool).catch((error: unknown) => {
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
      await transact(dependencies, statistics, organizationId, [refused]).catch((journalError: unknown) => {
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

/** The commit was sent and its answer never came. */
class CommitUnknown extends Error {}

async function transact(
  { pool, sealer, claimNonces }: FlushDependencies,
  statistics: Statistics,
  organizationId: number,
  batch: readonly Writing[],
): Promise<Verdict[]> {
  const client = await pool.connect();
  let broken: boolean | Error = true;
  let lane: Lane | undefined;
  try {
    const entering = enterLane(client, organizationId, { reason: 'message' });
    const claiming = refusedClaims(client, batch, claimNonces);
    const [entered, replayed] = await Promise.all([entering, claiming]);
    lane = { ...entered, statistics };
    const { verdicts, entries } = await applyBatch(lane, batch, replayed);
    defer(lane, journal(lane, sealer, entries));
    defer(lane, rememberAnswers(lane, toRemember(batch, verdicts)));
    await commit(lane);
    broken = false;
    return verdicts;
  } catch (error) {
    if (error instanceof CommitUnknown) throw error;
    broken = await client.query('rollback').then(
      () => false,
      () => true,
    );
    if (lane !== undefined) await settled(lane);
    throw error;
  } finally {
    client.release(broken);
  }
}

async function commit(lane: Lane): Promise<void> {
  try {
    await leaveLane(lane);
  } catch (error) {
    if (sqlStateOf(error) === undefined)
      throw new CommitUnknown(error instanceof Error ? error.message : String(error));
    throw error;
  }
}

async function applyBatch(
  lane: Lane,
  batch: readonly Writing[],
  replayed: ReadonlySet<Writing>,
): Promise<{ verdicts: Verdict[]; entries: JournalEntry[] }> {
  const verdicts = new Map<Writing, Verdict>();
  const entries: JournalEntry[] = [];
  const refuse = (writing: Writing, error: GatewayError): void => {
    verdicts.set(writing, { error: journaledRefusal(error) });
    entries.push({
      submission: writing.submission,
      result: 'refused',
      outcomes: [],
      refusal: { code: error.code, message: error.message },
    });
  };
  for (const writing of replayed) refuse(writing, replayedNonce());
  const journaled = batch.filter((writing) => !verdicts.has(writing) && writing.refusal !== undefined);
  for (const writing of journaled) entries.push(refusedEntry(writing));
  for (const writing of journaled)
    verdicts.set(writing, { result: { messageId: writing.submission.envelope.id, outcomes: [] } });

  const keyed = batch.filter(
    (writing) => !verdicts.has(writing) && !writing.validateOnly && isKeyed(writing.submission),
  );
  const remembered = await rememberedAnswers(lane, keyed.map(({ submission }) => submission).filter(isKeyed));
  const twins = twinsOf(keyed);
  for (const writing of keyed) {
    const known = remembered.get(writing.submission);
    if (known instanceof GatewayError) refuse(writing, known);
    else if (known !== undefined) verdicts.set(writing, { result: known });
    const twin = twins.get(writing);
    if (twin !== undefined && !isSameRequest(writing, twin)) refuse(writing, idempotencyMismatch());
  }
  const open = batch.filter((writing) => !verdicts.has(writing) && !twins.has(writing));
  const outcomes = await applyOpen(lane, open);
  for (const writing of open) {
    const ofWriting = outcomes.get(writing) ?? [];
    entries.push({ submission: writing.submission, result: resultOf(ofWriting), outcomes: ofWriting });
    verdicts.set(writing, { result: { messageId: writing.submission.envelope.id, outcomes: ofWriting } });
  }
  for (const [writing, twin] of twins) {
    if (!verdicts.has(writing)) verdicts.set(writing, verdicts.get(twin) ?? { error: busy() });
  }
  return { verdicts: batch.map((writing) => verdicts.get(writing) ?? { error: busy() }), entries };
}

/** A message that came as far as its commands failed in them, and can be replayed; one that did not was refused. */
function refusedEntry({ submission, refusal }: Writing): JournalEntry {
  if (submission.commands.length === 0 || refusal === undefined) {
    return { submission, result: 'refused', outcomes: [], ...(refusal === undefined ? {} : { refusal }) };
  }
  const status = refusal.code === 'internal_error' ? 'failed' : 'rejected';
  const outcomes = submission.commands.map(({ entity, kind, verb, sourcedId }): Outcome => ({
    entity,
    kind,
    verb,
    sourcedId,
    status,
    problems: [refusal],
  }));
  return { submission, result: 'failure', outcomes };
}

/** Messages that repeat the Idempotency-Key of an earlier one of the same transaction, with that one. */
function twinsOf(keyed: readonly Writing[]): Map<Writing, Writing> {
  const first = new Map<string, Writing>();
  const twins = new Map<Writing, Writing>();
  for (const writing of keyed) {
    const { envelope, principal } = writing.submission;
    const key = `${String(principal.sourceSystemId)} ${envelope.idempotencyKey ?? ''}`;
    const twin = first.get(key);
    if (twin === undefined) first.set(key, writing);
    else twins.set(writing, twin);
  }
  return twins;
}

function isSameRequest(one: Writing, other: Writing): boolean {
  return requestFingerprint(one.submission).equals(requestFingerprint(other.submission));
}

/** What was applied under a key. A trial is not: the same request must count once the source system is enabled. */
function toRemember(batch: readonly Writing[], verdicts: readonly Verdict[]): Keyed[] {
  return batch
    .filter((writing, index) => {
      const verdict = verdicts[index];
      const own =
        verdict !== undefined && 'result' in verdict && verdict.result.messageId === writing.submission.envelope.id;
      return own && !writing.validateOnly && writing.refusal === undefined;
    })
    .map(({ submission }) => submission)
    .filter(isKeyed);
}

/** Messages with a nonce that was used before: their credentials are a replay (WS-Security UsernameToken Profile, section 4). */
async function refusedClaims(
  client: pg.ClientBase,
  batch: readonly Writing[],
  claimNonces: FlushDependencies['claimNonces'],
): Promise<ReadonlySet<Writing>> {
  const claims = batch.flatMap((writing) => writing.submission.nonces.map((claim) => ({ writing, claim })));
  if (claims.length === 0) return new Set();
  const used = await claimNonces(
    client,
    claims.map(({ claim }) => claim),
  );
  return new Set([...used].flatMap((index) => claims[index]?.writing ?? []));
}

/** The same words as for a wrong password (rule 6 of the chain). */
function replayedNonce(): GatewayError {
  return new GatewayError(
    'credentials_invalid',
    'The credentials were not accepted. Check the user name, the password, and the clock and nonce of the sender.',
    { detail: 'nonce used before' },
  );
}

/** Messages of validating source systems are applied apart and undone: the same code, nothing written but the journal. */
async function applyOpen(lane: Lane, open: readonly Writing[]): Promise<Map<Writing, Outcome[]>> {
  const real = open.filter((writing) => !writing.validateOnly);
  const trial = open.filter((writing) => writing.validateOnly);
  const outcomes = await applyMessages(lane, real);
  if (trial.length === 0) return outcomes;
  const seq = lane.counter.seq;
  await lane.client.query('savepoint trial');
  for (const [writing, ofWriting] of await applyMessages(lane, trial)) {
    outcomes.set(writing, ofWriting.map(asTrial));
  }
  await lane.client.query('rollback to savepoint trial');
  lane.counter.seq = seq;
  return outcomes;
}

function asTrial({ lmsId: _lmsId, ...outcome }: Outcome): Outcome {
  if (outcome.status === 'read') return outcome;
  const note = {
    code: 'validate_only' as const,
    message: 'The source system is in validate mode: this is what would have happened; nothing was written.',
  };
  return { ...outcome, problems: [...outcome.problems, note] };
}

async function applyMessages(lane: Lane, batch: readonly Writing[]): Promise<Map<Writing, Outcome[]>> {
  const outcomes = new Map<Writing, Outcome[]>();
  const steps: Step[] = [];
  for (const writing of batch) {
    const { commands, refusals, envelope, principal } = writing.submission;
    const ofWriting: Outcome[] = [];
    outcomes.set(writing, ofWriting);
    commands.forEach((command, index) => {
      const refused = refusals?.get(index);
      if (refused !== undefined) ofWriting[index] = refused;
      else
        steps.push({
          command,
          messageId: envelope.id,
          sourceSystemId: principal.sourceSystemId,
          answer: (outcome) => void (ofWriting[index] = outcome),
        });
    });
  }
  await applySteps(lane, steps);
  return outcomes;
}

function settle(writing: Writing, verdict: Verdict | undefined): void {
  if (verdict === undefined) writing.reject(busy());
  else if ('error' in verdict) writing.reject(verdict.error);
  else writing.resolve(verdict.result);
}

function rejectAll(batch: readonly Writing[], error: GatewayError): void {
  for (const writing of batch) writing.reject(error);
}

/** The journal has it already: the pipeline need not write it again. */
function journaledRefusal(error: GatewayError): GatewayError {
  error.journaled = true;
  return error;
}

function busy(): GatewayError {
  return new GatewayError(
    'busy',
    'The gateway could not make this durable; send the message again, with a fresh nonce if it carries one.',
    {
      retryAfterS: 2,
    },
  );
}
