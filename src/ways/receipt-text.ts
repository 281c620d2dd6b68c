import type { WishedUpload } from '../domain/upload.ts';

/**
 * The receipt of a file as it is written beside it: JSON, the same words as at the REST door. It says how things stand at the
 * moment when it is read.
 */
export function receiptText(upload: WishedUpload): Buffer {
  const { id, name, receivedBytes, sha256, completedAt, wish, runId, run, repeats } = upload;
  const receipt = {
    id,
    name,
    state: repeats === undefined ? (runId === undefined ? 'received' : 'requested') : 'repeated',
    receivedBytes,
    sha256: sha256 ?? null,
    completedAt: completedAt?.toISOString() ?? null,
    mode: wish.mode,
    runId: runId ?? null,
    run: run ?? null,
    repeats: repeats === undefined ? null : { ...repeats, completedAt: repeats.completedAt.toISOString() },
  };
  return Buffer.from(`${JSON.stringify(receipt, null, 2)}\n`);
}
