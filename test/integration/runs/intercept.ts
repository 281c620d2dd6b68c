import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { type RunOrganization, type RunWorld, workUntil } from './set-up.ts';

type Query = (this: pg.Client, ...given: unknown[]) => unknown;
const prototype = pg.Client.prototype as { query: Query };
const { query } = prototype;

/** Sees every statement before it is sent. */
export function intercept(
  see: (
    client: pg.Client,
    statement: { name: string; text: string },
    send: () => unknown,
    refuse: (error: Error) => unknown,
  ) => unknown,
): void {
  prototype.query = function (...given) {
    const [first] = given;
    const { name = '', text = '' } = (typeof first === 'string' ? { text: first } : first) as {
      name?: string;
      text?: string;
    };
    const refuse = (error: Error): unknown => {
      const callback = given.at(-1);
      if (typeof callback !== 'function') return Promise.reject(error);
      // The pool takes errors so, and throws the connection away.
      process.nextTick(callback, error);
      return undefined;
    };
    return see(this, { name, text }, () => query.apply(this, given), refuse);
  };
}

export function leaveAlone(): void {
  prototype.query = query;
}

/**
 * A worker is killed when the first of its helpers has committed, and the second one has not.
 *
 * @param commit of helpers, that fails: the second one of a range
 */
export async function helperCommitsAlone(world: RunWorld, organization: RunOrganization, commit = 2): Promise<void> {
  const stopped = new AbortController();
  let helpers = 0;
  let broken: pg.Client | undefined;
  intercept((client, { text }, send, refuse) => {
    if (text.includes('insert into lane_ahead') && (helpers += 1) === commit) {
      broken = client;
      stopped.abort();
    }
    // A killed worker begins nothing anew: before it is stopped, this one would try the range again.
    if (stopped.signal.aborted && text.startsWith('begin')) return refuse(new Error('Connection terminated'));
    if (client !== broken) return send();
    return text === 'rollback' ? send() : refuse(new Error('Connection terminated'));
  });
  await workUntil(world.parts, () => Promise.resolve(stopped.signal.aborted));
  await delay(100);
  leaveAlone();
  await organization.query(
    `update run set owned_until = now() - interval '1 second' where owner is not null returning id`,
  );
}
