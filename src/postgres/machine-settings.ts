import { statfs } from 'node:fs/promises';
import { totalmem } from 'node:os';

/** What a server may use, in bytes. */
export interface Machine {
  /** Of the machine, or of the container if it has less. */
  readonly memory: number;
  /** On the disk that the data is on. */
  readonly freeDisk: number;
}

const mebibyte = 2 ** 20;

/**
 * An eighth of the memory for Postgres's own cache: beside it work the gateway, and the system's cache that Postgres
 * counts on. The log may grow to a sixteenth of what is free on the disk: with rare checkpoints what is written again and
 * again goes to disk once, and recovery after a crash takes a little longer.
 */
export function settingsFor({ memory, freeDisk }: Machine): Record<string, string> {
  return {
    shared_buffers: between(128, memory / 8, 4_096),
    effective_cache_size: between(512, memory / 2, 65_536),
    max_wal_size: between(1_024, freeDisk / 16, 8_192),
  };
}

export async function machineOf(folder: string): Promise<Machine> {
  const { bavail, bsize } = await statfs(folder);
  // Unlimited is said as 0 or as more than there is.
  const limit = process.constrainedMemory();
  const total = totalmem();
  return { memory: limit > 0 ? Math.min(limit, total) : total, freeDisk: bavail * bsize };
}

function between(leastMb: number, bytes: number, mostMb: number): string {
  return `${String(Math.round(Math.min(Math.max(bytes / mebibyte, leastMb), mostMb)))}MB`;
}
