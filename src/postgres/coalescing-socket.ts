import { Socket } from 'node:net';

/**
 * A connection to Postgres on which the statements that are sent in one go leave in one packet. node-postgres corks and
 * uncorks the connection around each statement; the last uncork is put off until the running piece of work has ended.
 */
export class CoalescingSocket extends Socket {
  override uncork(): void {
    process.nextTick(() => {
      super.uncork();
    });
  }
}
