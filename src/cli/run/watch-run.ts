import type { startRuns } from '../../app/runs.ts';
import type { RunView } from '../../domain/administration/index.ts';
import { createSourceSystemLookup } from '../../state/source-system-lookup.ts';
import type { PrintOptions } from '../output.ts';
import type { ListContext } from '../with-lists.ts';
import { progressLine } from './summary.ts';

const lookEveryMs = 300;
/** A gateway that runs has taken it by then; else the command works on it itself. */
const patienceMs = 2_500;

/** Waits until a run has ended, is paused, or waits for the end of a blackout; shows how far it is where somebody watches. */
export async function watchRun(
  { administration, database, sealer, extensionPoints, logs }: ListContext,
  organizationId: number,
  id: string,
  options: PrintOptions,
): Promise<RunView> {
  const begun = Date.now();
  const { pool } = database;
  const line = createLine(options.json !== true);
  let worker: ReturnType<typeof startRuns> | undefined;
  try {
    for (;;) {
      const run = await administration.runs.get(organizationId, id);
      line.show(progressLine(run));
      if (run.paused || run.waits !== null || ['finished', 'cancelled', 'failed'].includes(run.state)) return run;
      if (worker === undefined && run.state === 'queued' && Date.now() - begun > patienceMs) {
        const runs = await import('../../app/runs.ts');
        const sources = createSourceSystemLookup(pool);
        worker = runs.startRuns({ pool, sealer, sources, lists: extensionPoints.lists, logs }, { slots: 1 });
      }
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    }
  } finally {
    line.end();
    await worker?.stop();
  }
}

/** One line that is written over and over, on standard error; nothing in a file or a pipe. */
function createLine(isWanted: boolean): { show(text: string): void; end(): void } {
  const { stderr } = process;
  if (!isWanted || !stderr.isTTY) return { show: () => undefined, end: () => undefined };
  return {
    show: (text) => void stderr.write(`\r\u001b[K${text}`),
    end: () => void stderr.write('\r\u001b[K'),
  };
}
