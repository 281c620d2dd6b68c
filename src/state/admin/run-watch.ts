import { setTimeout as delay } from 'node:timers/promises';
import type { RunView } from '../../domain/administration/index.ts';

/** Lets many people watch runs. Those who watch the same one share the looks at it. */
export interface RunWatch {
  /** The run as it is, and whenever it has changed, until it has ended; undefined from time to time when there is nothing new. */
  follow(organizationId: number, id: string): AsyncGenerator<RunView | undefined>;
  /** Ends what is followed. */
  close(): void;
}

const defaults = { intervalMs: 500, signOfLifeMs: 15_000 };

export function createRunWatch(
  get: (organizationId: number, id: string) => Promise<RunView>,
  { intervalMs, signOfLifeMs } = defaults,
): RunWatch {
  const looks = new Map<string, Promise<RunView>>();
  const closing = new AbortController();

  function look(organizationId: number, id: string): Promise<RunView> {
    const key = `${String(organizationId)} ${id}`;
    const known = looks.get(key);
    if (known !== undefined) return known;
    const looking = get(organizationId, id);
    looks.set(key, looking);
    const forget = (): void => void looks.delete(key);
    looking.then(() => setTimeout(forget, intervalMs / 2).unref(), forget);
    return looking;
  }

  return {
    async *follow(organizationId, id) {
      let shown = '';
      let shownAt = Date.now();
      while (!closing.signal.aborted) {
        const view = await look(organizationId, id);
        const text = JSON.stringify(view);
        if (text !== shown || Date.now() - shownAt >= signOfLifeMs) {
          yield text === shown ? undefined : view;
          [shown, shownAt] = [text, Date.now()];
        }
        if (ended.has(view.state)) return;
        await delay(intervalMs, undefined, { signal: closing.signal }).catch(() => undefined);
      }
    },
    close: () => {
      closing.abort();
    },
  };
}

const ended: ReadonlySet<RunView['state']> = new Set(['finished', 'cancelled', 'failed']);
