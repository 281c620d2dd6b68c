import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { LoadOrder, LoadReport } from './load-process.ts';

/** The senders' process. */
export type Load = { run(order: LoadOrder): Promise<LoadReport>; close(): void };

export function startLoad(): Load {
  // What measures the server must not measure its senders.
  const execArgv = process.execArgv.filter((argument) => !/^--(?:cpu|heap)-prof/.test(argument));
  const child: ChildProcess = fork(join(import.meta.dirname, 'load-process.ts'), { execArgv });
  const ended = once(child, 'exit').then((): never => {
    throw new Error('the senders ended');
  });
  ended.catch(() => undefined);
  return {
    async run(order) {
      child.send(order);
      const [report] = (await Promise.race([once(child, 'message'), ended])) as [LoadReport];
      return report;
    },
    close: () => void child.kill(),
  };
}
