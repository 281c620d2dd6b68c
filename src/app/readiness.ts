import type pg from 'pg';
import type { Readiness } from '../http/operation-routes.ts';
import { canWrite } from '../state/can-write.ts';

/** A load balancer that asks often must not fill the pool. */
const REMEMBERED_MS = 1_000;

export type ReadinessProbe = { check(): Promise<Readiness>; stop(): void };

/** Ready = the database takes writes, and nobody has told us to stop. */
export function createReadiness(pool: pg.Pool): ReadinessProbe {
  let stopping = false;
  let remembered: { readonly answer: Promise<string>; readonly untilMs: number } | undefined;
  const database = (): Promise<string> => {
    if (remembered === undefined || remembered.untilMs < Date.now()) {
      remembered = { answer: ask(pool), untilMs: Date.now() + REMEMBERED_MS };
    }
    return remembered.answer;
  };
  return {
    async check() {
      if (stopping) return { ready: false, checks: { gateway: 'stopping' } };
      const answer = await database();
      return { ready: answer === 'ok', checks: { database: answer } };
    },
    stop() {
      stopping = true;
    },
  };
}

async function ask(pool: pg.Pool): Promise<string> {
  try {
    return (await canWrite(pool)) ? 'ok' : 'read only';
  } catch {
    return 'does not answer';
  }
}
