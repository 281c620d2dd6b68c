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
  return {
    async run(order) {
      child.send(order);
      const [report] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as [LoadReport | number];
      if (typeof report === 'object') return report;
      throw new Error('the senders ended');
    },
    close: () => void child.kill(),
  };
}
