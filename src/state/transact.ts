import type pg from 'pg';
import type { Sealer } from '../domain/access.ts';
import type { NonceClaim } from '../domain/message.ts';
import { answerMessages, toRemember } from './answer-messages.ts';
import { rememberAnswers } from './idempotency.ts';
import { journal } from './journal.ts';
import { defer, enterLane, leaveLane, settled } from './lane.ts';
import type { Lane } from './lane.ts';
import { sqlStateOf } from './sql-state.ts';
import type { Statistics } from './statistics.ts';
import type { Verdict, Writing } from './writing.ts';

/** What a transaction of messages needs. */
export interface TransactionParts {
  readonly pool: pg.Pool;
  readonly sealer: Sealer;
  readonly claimNonces: (client: pg.ClientBase, claims: readonly NonceClaim[]) => Promise<Set<number>>;
}

/** The commit was sent and its answer never came. */
export class CommitUnknown extends Error {}

/** One transaction under the lane: nonces, commands, journal, remembered answers; what became of each message, in order. */
export async function transact(
  { pool, sealer, claimNonces }: TransactionParts,
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
    const { verdicts, entries } = await answerMessages(lane, batch, replayed);
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
