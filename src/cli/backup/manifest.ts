import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { CommandError } from '../output.ts';

/** What a backup folder holds: `manifest.json`, `data/` (the Postgres data folder) and, if asked for, `sealing.key`. */
export type Manifest = z.output<typeof manifestSchema>;

const fileSchema = z.object({ path: z.string(), sizeBytes: z.number(), sha256: z.string() });

const manifestSchema = z.object({
  format: z.literal(1),
  product: z.literal('passerelle'),
  version: z.string(),
  /** The major version of the Postgres whose files these are. */
  postgresMajor: z.number(),
  startedAt: z.string(),
  finishedAt: z.string(),
  withKey: z.boolean(),
  files: z.array(fileSchema),
});

const MANIFEST = 'manifest.json';

/** Written last: a folder without it is no whole backup. */
export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  await writeFile(join(folder, MANIFEST), `${JSON.stringify(manifest, null, 1)}\n`, { mode: 0o600 });
}

/** @throws CommandError when the folder is no whole backup of ours. */
export async function readManifest(folder: string): Promise<Manifest> {
  const text = await readFile(join(folder, MANIFEST), 'utf8').catch(() => undefined);
  if (text === undefined) throw new CommandError(`${folder} holds no ${MANIFEST}: it is no whole backup.`);
  const parsed = manifestSchema.safeParse(safeJson(text));
  if (parsed.success) return parsed.data;
  throw new CommandError(`${join(folder, MANIFEST)} is damaged, or from another version.`);
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
