import type pg from 'pg';
import type { Sealer } from '../domain/access.ts';
import type { NonceClaim, Submission, SubmissionResult } from '../domain/message.ts';
import { replayedNonce } from './answer-messages.ts';
import { editLane } from './edit.ts';
import { createFlush } from './flush.ts';
import type { Handover, StoreLog } from './flush.ts';
import { createGroupCommit } from './group-commit.ts';
import type { GroupCommitOptions } from './group-commit.ts';
import { bodyContext } from './journal.ts';
import { isReadApart, readApart } from './list/read-apart.ts';
import { createTurns } from './list/turns.ts';
import type { TurnsOptions } from './list/turns.ts';
import { reprojectAll } from './reproject-all.ts';
import { createReprojection } from './reprojection.ts';
import type { Store } from './store.ts';
import { journaledRefusal, type Writing } from './writing.ts';

export interface StoreOptions {
  readonly pool: pg.Pool;
  readonly sealer: Sealer;
  /** Claims nonces in the transaction of their messages; answers the positions of those used before. */
  readonly claimNonces: (client: pg.ClientBase, claims: readonly NonceClaim[]) => Promise<Set<number>>;
  readonly log: StoreLog;
  readonly queue?: Partial<GroupCommitOptions>;
}

const defaultQueue: GroupCommitOptions = {
  maxBatch: 500,
  maxBatchBytes: 16 * 1024 * 1024,
  maxQueue: 2_000,
  maxQueueBytes: 256 * 1024 * 1024,
};

export interface LiveStore extends Store {
  /** Works off the re-projection queue of an organization; answers false when there is nothing (more) to do. */
  workOff(organizationId: number): Promise<boolean>;
  /** Messages queued or under way. */
  depth(): number;
}

/** A fifth of the connections at most, and half of those for one organization; a quarter of the places to wait. */
function turnsOf(connections: number): TurnsOptions {
  const most = Math.max(1, Math.floor(connections / 5));
  return { most, mostOfOne: Math.ceil(most / 2), mostWaiting: 200, mostWaitingOfOne: 50 };
}

/** The state on Postgres: see `Store`. */
export function createStore({ pool, sealer, claimNonces, log, queue }: StoreOptions): LiveStore {
  const flush = createFlush({ pool, claimNonces, log });
  const turns = createTurns(turnsOf(pool.options.max));
  const groupCommit = createGroupCommit<Writing, Handover>(flush, { ...defaultQueue, ...queue });

  async function add(
    submission: Submission,
    part: Pick<Writing, 'validateOnly' | 'refusal' | 'answered'>,
    answerBytes = 0,
  ): Promise<SubmissionResult> {
    const { envelope, principal } = submission;
    const { organizationId } = principal;
    const sealedBody = sealer.seal(envelope.body, bodyContext(organizationId, envelope.id));
    return new Promise((resolve, reject) => {
      groupCommit.add(organizationId, {
        ...part,
        submission,
        sealedBody,
        sizeBytes: envelope.body.length + sealedBody.length + answerBytes,
        resolve,
        reject,
      });
    });
  }

  /** Lists take their time without the lane; they are journaled under it, with their nonces, before they are told. */
  async function read(submission: Submission, isGuarded: boolean): Promise<SubmissionResult> {
    const { commands, principal } = submission;
    if (!isReadApart(commands)) throw new Error('a message that writes is not read apart');
    const answered = await turns.take(principal.organizationId, () =>
      readApart(pool, { ...submission, commands }, isGuarded),
    );
    if (answered === undefined) return refuseReplay(submission);
    return add(submission, { validateOnly: false, answered: answered.outcomes }, answered.bytes);
  }

  async function refuseReplay(submission: Submission): Promise<never> {
    const refusal = replayedNonce();
    const { code, message } = refusal;
    await add(submission, { validateOnly: false, refusal: { code, message } });
    throw journaledRefusal(refusal);
  }

  return {
    write: (submission, source) =>
      isReadApart(submission.commands)
        ? read(submission, source.options.guards.messages !== undefined)
        : add(submission, { validateOnly: source.state === 'validate' }),
    async refuse(submission, refusal) {
      await add(submission, { validateOnly: false, refusal });
    },
    edit: (organizationId, cause, change) => editLane(pool, organizationId, cause, change),
    reproject: (organizationId) => reprojectAll(pool, organizationId),
    workOff: createReprojection(pool, log),
    depth: () => groupCommit.depth(),
    async close() {
      await turns.close();
      await groupCommit.close();
    },
  };
}
