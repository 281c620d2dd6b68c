import type pg from 'pg';
import { configChannel } from './access/notify-access.ts';

export type NotificationLog = Record<'info' | 'warn', (fields: object, message: string) => void>;

export type Notifications = { stop(): Promise<void> };

const RECONNECT_MS = 2_000;

/**
 * Hears of configuration changes of any process, on a connection of its own that is opened again when it breaks.
 * `onChange` gets the payload, the JSON of an object with a `kind`; `onGap` is called after each (re)connection, because what was
 * said in between is lost: whoever remembers configuration drops it all. A pooler in transaction mode loses
 * notifications silently, so callers poll as well.
 */
export async function listenForChanges(options: {
  connect: () => Promise<pg.Client>;
  onChange: (payload: string) => void;
  onGap: () => void;
  log: NotificationLog;
}): Promise<Notifications> {
  const { connect, onChange, onGap, log } = options;
  let client: pg.Client | undefined;
  let retry: NodeJS.Timeout | undefined;
  let stopped = false;
  const isStopped = (): boolean => stopped;

  async function open(): Promise<void> {
    const opened = await connect();
    opened.on('notification', ({ payload }) => onChange(payload ?? ''));
    // One broken connection may say so several times; an error that nobody hears would end the process.
    opened.on('error', () => lost(opened));
    opened.on('end', () => lost(opened));
    try {
      await opened.query(`listen ${configChannel}`);
    } catch (error) {
      await opened.end().catch(() => undefined);
      throw error;
    }
    if (isStopped()) return opened.end();
    client = opened;
    onGap();
  }

  function lost(which: pg.Client): void {
    if (client !== which) return;
    client = undefined;
    if (isStopped()) return;
    log.warn({}, 'the connection that hears of configuration changes broke; opening another');
    openLater();
  }

  function openLater(): void {
    retry = setTimeout(() => {
      open().then(
        () => log.info({}, 'hearing of configuration changes again'),
        () => {
          if (!isStopped()) openLater();
        },
      );
    }, RECONNECT_MS);
  }

  await open();
  return {
    async stop() {
      stopped = true;
      clearTimeout(retry);
      await client?.end();
    },
  };
}
