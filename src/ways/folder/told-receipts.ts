import { constants, type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { SourceKey } from '../../domain/sftp.ts';
import type { WishedUpload } from '../../domain/upload.ts';
import type { Intake } from '../../pipeline/intake.ts';
import { receiptText } from '../receipt-text.ts';
import { ofReceipt } from '../sftp/names.ts';
import { writeWhole } from './write-whole.ts';

/** Receipts of files that were taken from a folder: what becomes of the runs is told in them as it comes. */
export interface ToldReceipts {
  /** One that was written just now. */
  add(path: string, uploadId: string): void;
  /** Writes anew what says otherwise than it did. */
  tell(stopping: AbortSignal): Promise<void>;
}

/** Who has looked for longer than this may have missed what another process wrote meanwhile. */
const ALONE_MS = 30_000;
const longestReceipt = 65_536;

/** @param folder where they lie */
export function createToldReceipts(
  intake: Pick<Intake, 'find'>,
  source: SourceKey,
  folder: string,
  now: () => number,
): ToldReceipts {
  /** Those of which more is to be told, with their uploads. */
  const untold = new Map<string, string>();
  let lookedAt = 0;

  async function tellOne(path: string, uploadId: string): Promise<void> {
    const there = await readReceipt(path);
    const upload = there?.id === uploadId ? await intake.find(source.organizationId, uploadId) : undefined;
    // Somebody cleaned up, or wrote something of their own in its place; or its run is not kept any more.
    if (there === undefined || upload === undefined || !isOf(upload, source) || isForgotten(upload)) {
      untold.delete(path);
      return;
    }
    const receipt = receiptText(upload);
    if (!receipt.equals(there.bytes)) await writeWhole(path, receipt);
    if (isTold(upload)) untold.delete(path);
  }

  return {
    add: (path, uploadId) => void untold.set(path, uploadId),
    async tell(stopping) {
      if (now() - lookedAt > ALONE_MS) for (const [path, id] of await untoldIn(folder)) untold.set(path, id);
      for (const [path, uploadId] of untold) {
        if (stopping.aborted) return;
        await tellOne(path, uploadId);
      }
      lookedAt = now();
    },
  };
}

/** Nothing more becomes of it, unless somebody asks for it. */
function isTold({ run }: WishedUpload): boolean {
  return run !== undefined && ended.includes(run.state) && run.held === 0;
}

function isForgotten({ runId, run }: WishedUpload): boolean {
  return runId !== undefined && run === undefined;
}

const ended: readonly string[] = ['finished', 'cancelled', 'failed'];

/** Whoever can write into the folder learns nothing of the uploads of others. */
function isOf({ sourceSystemId, way }: WishedUpload, source: SourceKey): boolean {
  return sourceSystemId === source.sourceSystemId && way === 'folder';
}

/** The receipts in a folder that do not say the end. */
async function untoldIn(folder: string): Promise<[path: string, uploadId: string][]> {
  const names = await readdir(folder).catch((): string[] => []);
  const found: [string, string][] = [];
  for (const name of names.filter((each) => ofReceipt(each) !== undefined)) {
    const receipt = await readReceipt(join(folder, name));
    if (receipt !== undefined && !receipt.told) found.push([join(folder, name), receipt.id]);
  }
  return found;
}

interface Receipt {
  readonly bytes: Buffer;
  /** Of the upload. */
  readonly id: string;
  readonly told: boolean;
}

/** A receipt as it lies there; undefined for what is none: others may write into the folder as well. */
async function readReceipt(path: string): Promise<Receipt | undefined> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const found = await file.stat();
    if (!found.isFile() || found.size > longestReceipt) return undefined;
    const bytes = await file.readFile();
    const { id, run } = JSON.parse(bytes.toString('utf8')) as { id?: unknown; run?: { state?: string; held?: number } };
    if (typeof id !== 'string' || !/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/.test(id)) return undefined;
    return { bytes, id, told: ended.includes(run?.state ?? '') && run?.held === 0 };
  } catch {
    return undefined;
  } finally {
    await file?.close();
  }
}
