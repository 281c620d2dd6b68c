import type { FileSettingsStore } from '../../domain/file-settings.ts';
import { GatewayError } from '../../domain/problem.ts';
import type { SftpEntry, SftpStore, SourceKey } from '../../domain/sftp.ts';
import type { Intake } from '../../pipeline/intake.ts';
import { plainFileName } from '../plain-file-name.ts';
import { receiptText } from '../receipt-text.ts';
import { isTemporary, ofReceipt, receiptName } from './names.ts';
import { startWriting, type Writing } from './writing.ts';

/** A file as clients see it. */
export interface Listed {
  readonly name: string;
  readonly sizeBytes: number;
  readonly changedAt: Date;
}

export interface OpenForWriting {
  /** Of what is there, and counted. */
  readonly start: number;
  readonly writing: Writing;
  /** The client says that it is whole. Resolves when it is durable, and taken where it is to be taken at once. */
  close(): Promise<void>;
}

/** The folder of one source system. All throw GatewayError. */
export interface Folder {
  list(): Promise<Listed[]>;
  find(name: string): Promise<Listed | undefined>;
  /** The content of a receipt. */
  readReceipt(name: string): Promise<Buffer>;
  /** @param how `anew`: in the place of what is there; `on`: behind it; `only`: there must be nothing */
  open(name: string, how: 'anew' | 'on' | 'only'): Promise<OpenForWriting>;
  rename(from: string, to: string): Promise<void>;
  remove(name: string): Promise<void>;
}

export interface FolderParts {
  readonly intake: Intake;
  readonly keeper: SftpStore;
  readonly settings: Pick<FileSettingsStore, 'get'>;
}

/** More names than this are no folder to deliver into, but a flood. */
const MOST_FILES = 2_000;

export function createFolder(parts: FolderParts, source: SourceKey, userName: string): Folder {
  const { intake, keeper, settings } = parts;
  const { organizationId, sourceSystemId } = source;

  async function begin(name: string): Promise<string> {
    if (isReceipt(name)) throw reserved();
    if ((await keeper.list(source)).length >= MOST_FILES) throw tooMany();
    const { mode, options } = await settings.get(organizationId, sourceSystemId);
    const wish = { mode, options, reprocess: false, requestedBy: userName };
    const { id } = await intake.begin({ ...source, name, way: 'sftp', receivedFrom: userName, wish });
    await keeper.put(source, name, id);
    return id;
  }

  async function required(name: string): Promise<SftpEntry> {
    const entry = await keeper.find(source, name);
    if (entry === undefined) throw new GatewayError('not_found', `There is no file ${name.slice(0, 200)}.`);
    return entry;
  }

  const folder: Folder = {
    list: async () => (await keeper.list(source)).flatMap(listed),
    async find(name) {
      const of = ofReceipt(name);
      const entry = await keeper.find(source, of ?? name);
      return entry && listed(entry).find((each) => each.name === name);
    },
    async readReceipt(name) {
      const of = ofReceipt(name);
      const entry = of === undefined ? undefined : await keeper.find(source, of);
      if (entry === undefined || listed(entry).length < 2) throw noReading();
      return receiptText(entry.upload);
    },
    async open(given, how) {
      const name = plainFileName(given);
      const there = await keeper.find(source, name);
      if (there !== undefined && how === 'only') throw new GatewayError('conflict', `${name} is there already.`);
      const goesOn = there !== undefined && how === 'on';
      if (goesOn && isTaken(there)) throw taken(name);
      if (!goesOn) await discard(there);
      const id = goesOn ? there.upload.id : await begin(name);
      if (goesOn) await keeper.close(source, name, false);
      const start = goesOn ? there.upload.receivedBytes : 0;
      const writing = startWriting(start, (bytes) => intake.append(organizationId, id, start, bytes));
      return {
        start,
        writing,
        async close() {
          await writing.close();
          const now = await keeper.find(source, name);
          // Somebody else wrote, renamed or removed it in the meantime.
          if (now?.upload.id !== id) throw new GatewayError('conflict', `${name} was replaced while it was written.`);
          await keeper.close(source, name, true);
          await takeAtOnce(name, id);
        },
      };
    },
    async rename(from, given) {
      const to = plainFileName(given);
      if (isReceipt(to) || isReceipt(from)) throw reserved();
      const entry = await required(from);
      if (from === to) return;
      if (!entry.closed && !isTaken(entry)) {
        throw new GatewayError('conflict', `${from} is still being written, or broke off: end it first.`);
      }
      const replaced = await keeper.find(source, to);
      await keeper.rename(source, from, to);
      await discard(replaced);
      if (!isTaken(entry)) await takeAtOnce(to, entry.upload.id);
    },
    async remove(name) {
      const of = ofReceipt(name);
      if (of !== undefined) {
        await required(of);
        await keeper.hideReceipt(source, of);
        return;
      }
      const entry = await required(name);
      await keeper.remove(source, name);
      await discard(entry);
    },
  };

  async function takeAtOnce(name: string, id: string): Promise<void> {
    if (isTemporary(name)) return;
    const { pickUp } = await settings.get(organizationId, sourceSystemId);
    if (pickUp === 'close') await intake.finish(organizationId, id);
  }

  /** What was not taken goes with its name; what was taken has become an upload of its own. */
  async function discard(entry: SftpEntry | undefined): Promise<void> {
    if (entry !== undefined && !isTaken(entry)) await intake.abandon(organizationId, entry.upload.id);
  }
  return folder;
}

/** A file, and its receipt once it was taken. */
function listed({ name, upload, changedAt, hasReceipt }: SftpEntry): Listed[] {
  const file = { name, sizeBytes: upload.receivedBytes, changedAt };
  if (upload.sha256 === undefined || !hasReceipt) return [file];
  const receipt = receiptText(upload);
  const told = upload.run?.finishedAt == null ? upload.completedAt : new Date(upload.run.finishedAt);
  return [file, { name: receiptName(name), sizeBytes: receipt.length, changedAt: told ?? changedAt }];
}

function isTaken({ upload }: SftpEntry): boolean {
  return upload.sha256 !== undefined;
}

function isReceipt(name: string): boolean {
  return ofReceipt(name) !== undefined;
}

function reserved(): GatewayError {
  return new GatewayError('forbidden', 'Names that end with .receipt.json are those of receipts.');
}

function taken(name: string): GatewayError {
  return new GatewayError('forbidden', `${name} was taken already: send it anew, as a whole.`);
}

function noReading(): GatewayError {
  return new GatewayError('forbidden', 'Only receipts can be read here.');
}

function tooMany(): GatewayError {
  return new GatewayError('quota_exceeded', `The folder has ${String(MOST_FILES)} files: remove some.`);
}
