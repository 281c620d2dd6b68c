import { createHash } from 'node:crypto';
import { GatewayError } from '../domain/problem.ts';
import type { NewUpload, Upload, WishedUpload } from '../domain/upload.ts';
import type { Log } from '../log.ts';
import type { Delivery, Digests, Intake, RequestRun } from '../pipeline/intake.ts';
import type { UploadStore, WishStore } from '../domain/upload-stores.ts';
import { plainFileName } from './plain-file-name.ts';
import { createTurns } from './turns.ts';

export interface IntakeParts {
  readonly uploads: UploadStore;
  readonly wishes: WishStore;
  readonly requestRun: RequestRun;
  /** Bytes that are kept of one source system. */
  readonly quotaBytes: number;
  /** How long an upload may rest before it has ended. */
  readonly expiryMs: number;
  /** How long bytes are kept once they were processed. */
  readonly keepMs: number;
  /** How many are received at once, of all source systems together. */
  readonly atOnce: number;
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
  readonly now?: () => number;
}

/** What the ways in, and what looks after them, work with. */
export interface LiveIntake extends Intake {
  /** Requests the runs of uploads that ended, and whose request or its note was lost with a process. Answers of how many it could. */
  catchUp(organizationId: number): Promise<number>;
  removeExpired(organizationId: number): Promise<number>;
  /** Removes the bytes of files that were processed long ago; what they were stays known. */
  forgetBytes(organizationId: number): Promise<number>;
}

/** A request that takes longer than this was lost. */
const LOST_REQUEST_MS = 60_000;

/** Takes files in: into the spool first, then to a run. */
export function createIntake(parts: IntakeParts): LiveIntake {
  const { uploads, wishes, requestRun, expiryMs, log, now = Date.now } = parts;
  const turns = createTurns(parts.atOnce);
  const expiry = (): Date => new Date(now() + expiryMs);

  async function wished(organizationId: number, id: string): Promise<WishedUpload> {
    const upload = await wishes.find(organizationId, id);
    if (upload === undefined) throw new GatewayError('not_found', `There is no upload ${id.slice(0, 40)}.`);
    return upload;
  }

  async function room({ organizationId, sourceSystemId, announcedBytes = 0 }: Delivery): Promise<number> {
    const left = parts.quotaBytes - (await wishes.keptBytes(organizationId, sourceSystemId));
    if (left < announcedBytes || left <= 0) throw quotaExceeded(parts.quotaBytes);
    return left;
  }

  /** The run of an upload that has ended, unless it has one, or repeats one that has. Who was killed may have requested it, and not noted it. */
  async function settle(organizationId: number, id: string): Promise<WishedUpload> {
    const upload = await wished(organizationId, id);
    if (upload.runId !== undefined || upload.repeats !== undefined) return upload;
    const requested = await wishes.requested(organizationId, id);
    const repeated =
      upload.wish.reprocess || requested !== undefined ? undefined : await wishes.repeated(organizationId, id);
    if (repeated !== undefined) {
      await wishes.settle(organizationId, id, { repeats: repeated.id });
      log.info({ uploadId: id, repeats: repeated.id }, 'the same bytes as before were delivered');
      return wished(organizationId, id);
    }
    const { sourceSystemId, wish } = upload;
    const { mode, options, requestedBy } = wish;
    const runId =
      requested ?? (await requestRun({ organizationId, sourceSystemId, uploadId: id, mode, options, requestedBy }));
    await wishes.settle(organizationId, id, { runId });
    log.info({ uploadId: id, runId, way: upload.way, sizeBytes: upload.receivedBytes }, 'a file was received');
    return { ...upload, runId };
  }

  /** The bytes are safe: that the run cannot be requested at this moment is made good later. */
  async function settleOrLater(organizationId: number, id: string): Promise<WishedUpload> {
    try {
      return await settle(organizationId, id);
    } catch (error) {
      log.error({ uploadId: id, err: error }, 'the run of an upload could not be requested; it will be tried again');
      return wished(organizationId, id);
    }
  }

  /** One that cannot be, however often it is tried, keeps nobody waiting behind it. */
  async function caughtUp(organizationId: number, id: string): Promise<boolean> {
    try {
      await settle(organizationId, id);
      return true;
    } catch (error) {
      log.error({ uploadId: id, err: error }, 'the run of an upload could not be requested; it will be tried again');
      return false;
    }
  }

  const intake: LiveIntake = {
    async begin(delivery) {
      const { organizationId, wish, wish: _, ...rest } = { ...delivery, name: plainFileName(delivery.name) };
      await room(delivery);
      const upload = await uploads.begin(organizationId, newUpload(rest));
      await wishes.put(organizationId, upload.id, wish, expiry());
      return wished(organizationId, upload.id);
    },
    async append(organizationId, id, offset, bytes) {
      const upload = await wished(organizationId, id);
      refuseEnded(upload);
      return turns.take(`${String(organizationId)} ${String(upload.sourceSystemId)}`, async () => {
        // What another process left behind without having judged it.
        if (upload.trustedBytes < upload.receivedBytes) await uploads.truncate(organizationId, id, upload.trustedBytes);
        await wishes.trust(organizationId, id, null);
        await wishes.postpone(organizationId, id, expiry());
        const left = upload.announcedBytes === undefined ? await room({ ...upload, organizationId }) : undefined;
        const within = left === undefined ? bytes : limited(bytes, left, () => quotaExceeded(parts.quotaBytes));
        return uploads.append(organizationId, id, offset, within);
      });
    },
    async appendChecked(organizationId, id, offset, bytes, check) {
      const upload = await wished(organizationId, id);
      refuseEnded(upload);
      if (upload.trustedBytes !== offset) throw elsewhere(upload.trustedBytes);
      return turns.take(`${String(organizationId)} ${String(upload.sourceSystemId)}`, async () => {
        if (upload.trustedBytes < upload.receivedBytes) await uploads.truncate(organizationId, id, offset);
        await wishes.trust(organizationId, id, offset);
        await wishes.postpone(organizationId, id, expiry());
        try {
          const end = await uploads.append(organizationId, id, offset, bytes);
          check();
          await wishes.trust(organizationId, id, null);
          return end;
        } catch (error) {
          await uploads.truncate(organizationId, id, offset);
          throw error;
        }
      });
    },
    async finish(organizationId, id, { sha256 } = {}) {
      const upload = await wished(organizationId, id);
      if (upload.sha256 === undefined) {
        if (upload.trustedBytes < upload.receivedBytes) throw elsewhere(upload.trustedBytes);
        await uploads.complete(organizationId, id, sha256);
      }
      return settleOrLater(organizationId, id);
    },
    async receive(delivery, bytes, digests = {}) {
      const { organizationId } = delivery;
      const { id } = await intake.begin(delivery);
      try {
        const watched = digests.sha512 === undefined ? undefined : createHash('sha512');
        await intake.append(organizationId, id, 0, watched === undefined ? bytes : hashing(bytes, watched));
        refuseOther512(digests, watched?.digest('hex'));
        return await intake.finish(organizationId, id, digests);
      } catch (error) {
        // Its id was told to nobody. That it cannot be removed now does not matter: it expires.
        await uploads.remove(organizationId, id).catch(() => undefined);
        throw error;
      }
    },
    find: (organizationId, id) => wishes.find(organizationId, id),
    list: (organizationId, sourceSystemId, limit, after) => wishes.list(organizationId, sourceSystemId, limit, after),
    async reprocess(organizationId, id, { mode, options, requestedBy }) {
      const { sourceSystemId, sha256 } = await wished(organizationId, id);
      if (sha256 === undefined)
        throw new GatewayError('conflict', 'The upload has not ended: its bytes are still coming.');
      if (!(await wishes.hasBytes(organizationId, id))) {
        throw new GatewayError('conflict', 'The bytes of the upload are not kept any more: send the file again.');
      }
      return requestRun({ organizationId, sourceSystemId, uploadId: id, mode, options, requestedBy });
    },
    async abandon(organizationId, id) {
      refuseEnded(await wished(organizationId, id));
      await uploads.remove(organizationId, id);
    },
    async catchUp(organizationId) {
      const before = new Date(now() - LOST_REQUEST_MS);
      let settled = 0;
      let page = await wishes.unsettled(organizationId, before);
      while (page.length > 0) {
        for (const { id } of page) if (await caughtUp(organizationId, id)) settled += 1;
        page = await wishes.unsettled(organizationId, before, page.at(-1)?.id);
      }
      return settled;
    },
    forgetBytes: (organizationId) => wishes.forgetBytes(organizationId, new Date(now() - parts.keepMs)),
    removeExpired: (organizationId) => wishes.removeExpired(organizationId, new Date(now() - expiryMs)),
  };
  return intake;
}

function newUpload({
  sourceSystemId,
  name,
  way,
  receivedFrom,
  announcedBytes,
}: Omit<Delivery, 'organizationId' | 'wish'>): NewUpload {
  return {
    sourceSystemId,
    name,
    way,
    receivedFrom,
    ...(announcedBytes === undefined ? {} : { announcedBytes }),
  };
}

function refuseEnded({ sha256 }: Upload): void {
  if (sha256 === undefined) return;
  throw new GatewayError('conflict', 'The upload has ended: nothing can be added to it, or taken from it.');
}

function elsewhere(bytes: number): GatewayError {
  return new GatewayError('conflict', `The upload has ${String(bytes)} bytes: go on from there.`);
}

function quotaExceeded(quotaBytes: number): GatewayError {
  return new GatewayError(
    'quota_exceeded',
    `Of one source system ${String(quotaBytes)} bytes are kept, and this file would be too much. Delete uploads that did not end, or ask the operator of the gateway for more room.`,
  );
}

function refuseOther512({ sha512 }: Digests, found: string | undefined): void {
  if (sha512 === undefined || found === sha512.toLowerCase()) return;
  throw new GatewayError(
    'checksum_mismatch',
    `The bytes that came have the SHA-512 ${found ?? ''}, not ${sha512}. Something changed them on their way: send them again.`,
  );
}

async function* hashing(
  bytes: AsyncIterable<Buffer>,
  hash: { update(bytes: Buffer): unknown },
): AsyncGenerator<Buffer> {
  for await (const chunk of bytes) {
    hash.update(chunk);
    yield chunk;
  }
}

async function* limited(
  bytes: AsyncIterable<Buffer>,
  limitBytes: number,
  tooMuch: () => GatewayError,
): AsyncGenerator<Buffer> {
  let left = limitBytes;
  for await (const chunk of bytes) {
    left -= chunk.length;
    if (left < 0) throw tooMuch();
    yield chunk;
  }
}
