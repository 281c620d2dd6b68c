import { z } from 'zod';
import type { Defined } from '../../formats/json/index.ts';
import { runModes } from '../../domain/run.ts';
import { run } from '../api/routes/runs/schemas.ts';
import { uploadWays, type WishedUpload } from '../../domain/upload.ts';

const instant = z.iso.datetime();

export const receiptSchema = z
  .object({
    id: z.string().meta({ description: 'The upload. Its bytes are durable as far as `receivedBytes` says.' }),
    name: z.string(),
    way: z.enum(uploadWays).meta({ description: 'How it came in.' }),
    receivedFrom: z
      .string()
      .meta({ description: 'The login, the person or the address (without its query) that it came from.' }),
    state: z.enum(['receiving', 'received', 'requested', 'repeated']).meta({
      description:
        '`receiving`: bytes are still coming. `received`: whole, and its run is about to be requested. `requested`: it has a run. `repeated`: the same bytes with the same wish as the delivery just before, so there is nothing to do; reprocess it if you want it all the same.',
    }),
    receivedBytes: z.int(),
    announcedBytes: z.int().nullable(),
    sha256: z.string().nullable().meta({ description: 'Of all bytes, in hexadecimal.' }),
    createdAt: instant,
    completedAt: instant.nullable(),
    expiresAt: instant.nullable().meta({ description: 'When it is removed unless it has ended.' }),
    mode: z.enum(runModes),
    options: z.object({ snapshot: z.boolean().optional(), force: z.boolean().optional() }),
    requestedBy: z.string(),
    runId: z.string().nullable(),
    run: run
      .pick({
        state: true,
        finishedAt: true,
        counters: true,
        problems: true,
        held: true,
        outcomes: true,
        failure: true,
      })
      .nullable()
      .meta({ id: 'UploadRun', description: 'What became of its run so far, or of the run that it repeats.' }),
    repeats: z
      .object({ id: z.string(), name: z.string(), completedAt: instant, runId: z.string() })
      .nullable()
      .meta({ description: 'The delivery of which this is a repeat.' }),
  })
  .meta({ id: 'UploadReceipt', description: 'What was received of a file, and what becomes of it.' });

export type ReceiptBody = Defined<z.input<typeof receiptSchema>>;

export function receiptOf(upload: WishedUpload): ReceiptBody {
  const { id, name, way, receivedFrom, sha256, completedAt, announcedBytes, runId, repeats, wish } = upload;
  return {
    id,
    name,
    way,
    receivedFrom,
    state: stateOf(upload),
    receivedBytes: upload.trustedBytes,
    announcedBytes: announcedBytes ?? null,
    sha256: sha256 ?? null,
    createdAt: upload.createdAt.toISOString(),
    completedAt: completedAt?.toISOString() ?? null,
    expiresAt: sha256 === undefined ? upload.expiresAt.toISOString() : null,
    mode: wish.mode,
    options: { ...wish.options },
    requestedBy: wish.requestedBy,
    runId: runId ?? null,
    run: upload.run ?? null,
    repeats: repeats === undefined ? null : { ...repeats, completedAt: repeats.completedAt.toISOString() },
  };
}

function stateOf({ sha256, runId, repeats }: WishedUpload): ReceiptBody['state'] {
  if (sha256 === undefined) return 'receiving';
  if (repeats !== undefined) return 'repeated';
  return runId === undefined ? 'received' : 'requested';
}
