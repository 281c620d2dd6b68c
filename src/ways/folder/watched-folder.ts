import { createReadStream } from 'node:fs';
import { constants, lstat, mkdir, open, readdir, rename } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileSettingsStore } from '../../domain/file-settings.ts';
import { GatewayError } from '../../domain/problem.ts';
import type { SourceKey } from '../../domain/sftp.ts';
import type { Log } from '../../log.ts';
import type { Intake } from '../../pipeline/intake.ts';
import { receiptText } from '../receipt-text.ts';
import { isTemporary, ofReceipt, receiptName } from '../sftp/names.ts';
import { createToldReceipts } from './told-receipts.ts';
import { writeWhole } from './write-whole.ts';

export interface WatchedFolderParts {
  readonly intake: Intake;
  readonly settings: Pick<FileSettingsStore, 'get'>;
  readonly log: Pick<Log, 'info' | 'warn'>;
  readonly now?: () => number;
}

/**
 * One folder of one source system: files that rest are taken, and moved to `done` or `failed` with their receipts, which say what became
 * of their runs.
 */
export interface WatchedFolder {
  /** Looks once; answers how many files were moved. Only who looks again and again sees a file rest. */
  look(stopping: AbortSignal): Promise<number>;
}

const done = 'done';
const failed = 'failed';
const maxFilesAtOnce = 10_000;

interface Seen {
  readonly sizeBytes: number;
  readonly changedMs: number;
  /** When it was seen like this first. */
  readonly since: number;
}

export function createWatchedFolder(parts: WatchedFolderParts, source: SourceKey, folder: string): WatchedFolder {
  const { intake, settings, log, now = Date.now } = parts;
  let seen = new Map<string, Seen>();
  const receipts = createToldReceipts(intake, source, join(folder, done), now);

  /** The names of files that did not change for as long as they must. */
  async function rested(restMs: number): Promise<string[]> {
    const before = seen;
    seen = new Map();
    for (const name of (await readdir(folder)).slice(0, maxFilesAtOnce)) {
      if (isTemporary(name) || ofReceipt(name) !== undefined) continue;
      const found = await lstat(join(folder, name)).catch(() => undefined);
      // Links lead elsewhere, and pipes for ever.
      if (found?.isFile() !== true) continue;
      const known = before.get(name);
      const same = known?.sizeBytes === found.size && known.changedMs === found.mtimeMs;
      seen.set(name, { sizeBytes: found.size, changedMs: found.mtimeMs, since: same ? known.since : now() });
    }
    return [...seen].filter(([, { since }]) => now() - since >= restMs).map(([name]) => name);
  }

  async function take(name: string): Promise<boolean> {
    const file = await open(join(folder, name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const { mode, options } = await settings.get(source.organizationId, source.sourceSystemId);
      const wish = { mode, options, reprocess: false, requestedBy: 'watched folder' };
      const { size } = await file.stat();
      const delivery = { ...source, name, way: 'folder', receivedFrom: folder, announcedBytes: size, wish } as const;
      const upload = await intake.receive(delivery, unchanged(file, name));
      receipts.add(await move(name, done, receiptText(upload)), upload.id);
      return true;
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      log.warn({ folder, name, reason: error.message }, 'a file of a watched folder could not be taken');
      if (error.code === 'busy' || error.code === 'conflict') return false;
      await move(name, failed, refusalText(name, error));
      return true;
    } finally {
      await file.close();
    }
  }

  /** The receipt first: who waits for the file finds it. Answers where it lies. */
  async function move(name: string, to: string, receipt: Buffer): Promise<string> {
    const target = join(folder, to);
    await mkdir(target, { recursive: true });
    const there = await lstat(join(target, name)).catch(() => undefined);
    const free = there === undefined ? name : `${new Date(now()).toISOString().replaceAll(/[:.]/g, '-')}-${name}`;
    const path = join(target, receiptName(free));
    await writeWhole(path, receipt);
    await rename(join(folder, name), join(target, free));
    seen.delete(name);
    return path;
  }

  return {
    async look(stopping) {
      await mkdir(folder, { recursive: true });
      const { restS } = await settings.get(source.organizationId, source.sourceSystemId);
      let moved = 0;
      for (const name of await rested(restS * 1_000)) {
        if (stopping.aborted) return moved;
        if (await take(name)) moved += 1;
      }
      await receipts.tell(stopping);
      return moved;
    },
  };
}

/** The bytes of a file; breaks off with `conflict` when it changed while it was read. */
async function* unchanged(file: FileHandle, name: string): AsyncGenerator<Buffer> {
  const before = await file.stat();
  if (!before.isFile()) throw new GatewayError('invalid_request', `${name} is no file.`);
  yield* createReadStream('', { fd: file, autoClose: false, highWaterMark: 262_144 }) as AsyncIterable<Buffer>;
  const after = await file.stat();
  if (after.size === before.size && after.mtimeMs === before.mtimeMs) return;
  throw new GatewayError('conflict', `${name} changed while it was read.`);
}

function refusalText(name: string, { code, message }: GatewayError): Buffer {
  return Buffer.from(`${JSON.stringify({ name, state: 'refused', problem: { code, message } }, null, 2)}\n`);
}
