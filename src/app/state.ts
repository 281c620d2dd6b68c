import type { Config } from '../config.ts';
import type { Sealer } from '../domain/access.ts';
import type { Administration } from '../domain/administration/index.ts';
import type { Logs } from '../log.ts';
import { claimNonces } from '../state/access/nonces.ts';
import { createAdministration } from '../state/admin/create-administration.ts';
import { createStore, type LiveStore } from '../state/create-store.ts';
import { type Bell, createBell } from './bell.ts';
import type { OpenDatabase } from './database.ts';
import type { Releases } from './releases.ts';

export type State = {
  readonly store: LiveStore;
  readonly administration: Administration;
  /** Rings when there is a run to work on. */
  readonly runsWait: Bell;
  /** Rings when there is a bulk data exchange to work on. */
  readonly exchangesWait: Bell;
  /** Answers the readers of feeds who wait, so that nobody waits for them. */
  answerWaiting(): void;
};

/** The store that every write goes through, and the administration on top of it. */
export function createState(
  config: Config,
  { pool }: OpenDatabase,
  sealer: Sealer,
  logs: Logs,
  releases: Releases,
): State {
  const store = createStore({
    pool,
    sealer,
    claimNonces,
    log: logs('store'),
    queue: { maxQueue: config.queueLimit },
  });
  releases.add('store', () => store.close());
  const runsWait = createBell();
  const exchangesWait = createBell();
  const administration = createAdministration({
    pool,
    store,
    sealer,
    runsWait: () => runsWait.ring(),
    exchangesWait: () => exchangesWait.ring(),
  });
  releases.add('administration', () => administration.close());
  return { store, administration, runsWait, exchangesWait, answerWaiting: () => administration.close() };
}
