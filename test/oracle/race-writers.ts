import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createPool } from '../../src/postgres/connect.ts';
import { createStore } from './harness.ts';
import { type Job, runJobs } from './race-jobs.ts';

/** One of several writers: a store with connections of its own, in this process or in one of its own. */
export interface Writer {
  /** Does the jobs at once and answers what went wrong. */
  run(jobs: readonly Job[]): Promise<string[]>;
  close(): Promise<void>;
}

export function localWriter(databaseUrl: string): Writer {
  const pool = createPool({ database: databaseUrl, max: 3 });
  const store = createStore(pool);
  return {
    run: (jobs) => runJobs(store, jobs),
    close: async () => {
      await store.close();
      await pool.end();
    },
  };
}

/** A process of its own (this file): it is sent jobs, and sends back what went wrong. */
export async function forkedWriter(databaseUrl: string): Promise<Writer> {
  const child = fork(new URL(import.meta.url), [databaseUrl], { serialization: 'advanced', execArgv: [] });
  await once(child, 'message');
  return {
    run: async (jobs) => {
      child.send(jobs);
      const [failures] = (await once(child, 'message')) as [string[]];
      return failures;
    },
    close: async () => {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}

if (import.meta.main) {
  const writer = localWriter(process.argv[2]!);
  process.on('message', (jobs) => {
    void writer.run(jobs as Job[]).then((failures) => process.send?.(failures));
  });
  process.on('disconnect', () => void writer.close());
  process.send?.([]);
}
