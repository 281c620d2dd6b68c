import type { SubmissionResult } from '../domain/message.ts';
import type { DeclaredRecord, Found, Outcome } from '../domain/outcome.ts';
import { credentialsInvalidText, GatewayError } from '../domain/problem.ts';
import { applySteps } from './apply.ts';
import type { Step } from './apply.ts';
import { idempotencyMismatch, isKeyed, rememberedAnswers, requestFingerprint } from './idempotency.ts';
import type { Keyed } from './idempotency.ts';
import { resultOf } from './journal.ts';
import type { JournalEntry } from './journal.ts';
import type { Lane } from './lane.ts';
import { busy, journaledRefusal } from './writing.ts';
import type { Verdict, Writing } from './writing.ts';

/**
 * What becomes of each message of a transaction: refused (a nonce used before, a key used for another request), answered
 * as before (the same request under the same Idempotency-Key), or applied. Each has its journal entry; that of a repeat
 * tells the message whose answer it got.
 */
export async function answerMessages(
  lane: Lane,
  batch: readonly Writing[],
  replayed: ReadonlySet<Writing>,
): Promise<{ verdicts: Verdict[]; entries: JournalEntry[] }> {
  const verdicts = new Map<Writing, Verdict>();
  const entries: JournalEntry[] = [];
  const refuse = (writing: Writing, error: GatewayError): void => {
    verdicts.set(writing, { error: journaledRefusal(error) });
    entries.push({
      writing,
      result: 'refused',
      outcomes: [],
      refusal: { code: error.code, message: error.message },
    });
  };
  const repeat = (writing: Writing, answer: SubmissionResult): void => {
    verdicts.set(writing, { result: answer });
    entries.push(repeatedEntry(writing, answer));
  };
  for (const writing of replayed) refuse(writing, replayedNonce());
  const journaled = batch.filter((writing) => !verdicts.has(writing) && writing.refusal !== undefined);
  for (const writing of journaled) entries.push(refusedEntry(writing));
  for (const writing of journaled)
    verdicts.set(writing, { result: { messageId: writing.submission.envelope.id, outcomes: [] } });

  const keyed = batch.filter(
    // To read twice is to ask twice.
    (writing) =>
      !verdicts.has(writing) && !writing.validateOnly && writing.answered === undefined && isKeyed(writing.submission),
  );
  const remembered = await rememberedAnswers(lane, keyed.map(({ submission }) => submission).filter(isKeyed));
  const twins = twinsOf(keyed);
  for (const writing of keyed) {
    const known = remembered.get(writing.submission);
    const twin = twins.get(writing);
    if (known instanceof GatewayError) refuse(writing, known);
    else if (known !== undefined) repeat(writing, known);
    else if (twin !== undefined && !isSameRequest(writing, twin)) refuse(writing, idempotencyMismatch());
  }
  const open = batch.filter((writing) => !verdicts.has(writing) && !twins.has(writing));
  const outcomes = await applyOpen(lane, open);
  for (const writing of open) {
    const ofWriting = outcomes.get(writing) ?? [];
    entries.push({ writing, result: resultOf(ofWriting), outcomes: ofWriting });
    verdicts.set(writing, { result: { messageId: writing.submission.envelope.id, outcomes: ofWriting } });
  }
  for (const [writing, twin] of twins) {
    if (verdicts.has(writing)) continue;
    const verdict = verdicts.get(twin) ?? { error: busy() };
    if ('result' in verdict) repeat(writing, verdict.result);
    else refuse(writing, verdict.error);
  }
  return { verdicts: batch.map((writing) => verdicts.get(writing) ?? { error: busy() }), entries };
}

/** A message that came as far as its commands failed in them, and can be replayed; one that did not was refused. */
function refusedEntry(writing: Writing): JournalEntry {
  const { submission, refusal } = writing;
  if (submission.commands.length === 0 || refusal === undefined) {
    return { writing, result: 'refused', outcomes: [], ...(refusal === undefined ? {} : { refusal }) };
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
  return { writing, result: 'failure', outcomes };
}

/** A request that came again: nothing was applied, the answer is that of the first. */
function repeatedEntry(writing: Writing, { messageId, outcomes }: SubmissionResult): JournalEntry {
  return { writing, result: resultOf(outcomes), outcomes, replayOf: messageId };
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

/**
 * What was applied under a key. What was refused before it had commands is not: its refusal is a function of the request
 * alone, so a repeat gets it again, and a corrected request may keep its key. A trial is not, either, nor what a disabled
 * source system sent: the same request must count once the source system is enabled.
 */
export function toRemember(batch: readonly Writing[], verdicts: readonly Verdict[]): Keyed[] {
  return batch
    .filter((writing, index) => {
      const verdict = verdicts[index];
      const own =
        verdict !== undefined && 'result' in verdict && verdict.result.messageId === writing.submission.envelope.id;
      return own && !writing.validateOnly && writing.answered === undefined && writing.refusal === undefined;
    })
    .map(({ submission }) => submission)
    .filter(isKeyed);
}

/** The same words as for a wrong password (rule 6 of the chain). */
export function replayedNonce(): GatewayError {
  return new GatewayError('credentials_invalid', credentialsInvalidText, { detail: 'nonce used before' });
}

/** Messages of validating source systems are applied apart and undone: the same code, nothing written but the journal. */
async function applyOpen(lane: Lane, open: readonly Writing[]): Promise<Map<Writing, Outcome[]>> {
  const unanswered = open.filter(({ answered }) => answered === undefined);
  const real = unanswered.filter((writing) => !writing.validateOnly);
  const trial = unanswered.filter((writing) => writing.validateOnly);
  const outcomes = await applyMessages(lane, real);
  for (const writing of open) {
    if (writing.answered !== undefined) outcomes.set(writing, [...writing.answered]);
  }
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

/** Without LMS ids: those that were allocated in the trial will never be. */
function asTrial({ lmsId: _lmsId, record, found, ...outcome }: Outcome): Outcome {
  if (outcome.verb === 'read') return { ...outcome, ...(record && { record: withoutLmsId(record) }) };
  if (outcome.verb === 'list') return { ...outcome, ...(found && { found: withoutLmsIds(found) }) };
  const note = {
    code: 'validate_only' as const,
    message: 'The source system is in validate mode: this is what would have happened; nothing was written.',
  };
  return { ...outcome, problems: [...outcome.problems, note] };
}

function withoutLmsIds({ records, ...found }: Found): Found {
  return { ...found, ...(records && { records: records.map(withoutLmsId) }) };
}

function withoutLmsId({ lmsId: _lmsId, ...record }: DeclaredRecord): DeclaredRecord {
  return record;
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
          guarded: true,
          answer: (outcome) => void (ofWriting[index] = outcome),
        });
    });
  }
  await applySteps(lane, steps);
  return outcomes;
}
