import type pg from 'pg';
import type { NonceClaim } from '../domain/message.ts';
import { answerMessages, toRemember } from './answer-messages.ts';
import { rememberAnswers } from './idempotency.ts';
import { journal } from './journal.ts';
import { defer, enterLane, leaveLane, awaitDeferred } from './lane.ts';
import type { Lane } from './lane.ts';
import { sqlStateOf } from './sql-state.ts';
import type { Statistics } from './statistics.ts';
import type { Verdict, Writing } from './writing.ts';

/** What a transaction of messages needs. */
export interface TransactionParts {
  readonly pool: pg.Pool;
  readonly claimNonces: (client: pg.ClientBase, claims: readonly NonceClaim[]) => Promise<Set<number>>;
}

/** The commit was sent and its answer never came. */
export class CommitUnknown extends Error {}

/** The transaction before this one failed, and what it was to write must come first. */
export class Overtaken extends Error {}

/** A connection that one transaction leaves to the next; it is released by the last one. */
export interface Relay {
  readonly client: pg.PoolClient;
  /** False once it was taken or released. */
  take(): boolean;
  release(broken: boolean): void;
}

/** How a transaction stands to the one before it and the one after it. */
export interface Order {
  /** The transaction before this one, which is being committed: what is sent on its connection is done right after that. */
  readonly after?: { readonly connection: Relay; readonly committed: Promise<boolean> };
  /** Is called when the commit has been sent. */
  committing?(connection: Relay): void;
}

/** One transaction under the lane: nonces, commands, journal, remembered answers; what became of each message, in order. */
export async function transact(
  { pool, claimNonces }: TransactionParts,
  statistics: Statistics,
  organizationId: number,
  batch: readonly Writing[],
  order: Order = {},
): Promise<Verdict[]> {
  const { after } = order;
  const connection = relay(after?.connection.take() === true ? after.connection.client : await pool.connect());
  const { client } = connection;
  let broken = true;
  const commitment = { sent: false };
  let lane: Lane | undefined;
  try {
    const entering = enterLane(client, organizationId, { reason: 'message' });
    const claiming = refusedClaims(client, batch, claimNonces);
    const [entered, replayed] = await Promise.all([entering, claiming]);
    lane = { ...entered, statistics };
    if ((await after?.committed) === false) throw new Overtaken();
    const { verdicts, entries } = await answerMessages(lane, batch, replayed);
    defer(lane, journal(lane, entries));
    defer(lane, rememberAnswers(lane, toRemember(batch, verdicts)));
    await commitLane(lane, commitment, () => order.committing?.(connection));
    broken = false;
    return verdicts;
  } catch (error) {
    if (error instanceof CommitUnknown) throw error;
    // A commit that was sent ended the transaction, one way or the other; the connection may be in the next one.
    const rollback = commitment.sent ? Promise.resolve() : client.query('rollback');
    broken = await rollback.then(
      () => false,
      () => true,
    );
    if (lane !== undefined) await awaitDeferred(lane);
    throw error;
  } finally {
    connection.release(broken);
  }
}

function relay(client: pg.PoolClient): Relay {
  let last = true;
  let released = false;
  return {
    client,
    take() {
      if (!last || released) return false;
      last = false;
      return true;
    },
    release(broken) {
      released = true;
      if (last) client.release(broken);
    },
  };
}

async function commitLane(lane: Lane, commitment: { sent: boolean }, committing: () => void): Promise<void> {
  try {
    await leaveLane(lane, () => {
      commitment.sent = true;
      committing();
    });
  } catch (error) {
    if (commitment.sent && sqlStateOf(error) === undefined)
      throw new CommitUnknown(error instanceof Error ? error.message : String(error));
    throw error;
  }
}

/** Messages with a nonce that was used before: their credentials are a replay (WS-Security UsernameToken Profile, section 4). */
async function refusedClaims(
  client: pg.ClientBase,
  batch: readonly Writing[],
  claimNonces: TransactionParts['claimNonces'],
): Promise<ReadonlySet<Writing>> {
  const claims = batch.flatMap((writing) => writing.submission.nonces.map((claim) => ({ writing, claim })));
  if (claims.length === 0) return new Set();
  const used = await claimNonces(
    client,
    claims.map(({ claim }) => claim),
  );
  return new Set([...used].flatMap((index) => claims[index]?.writing ?? []));
}
