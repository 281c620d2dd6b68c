import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A file that is made from the code and committed; `path` is relative to the repository. */
export type GeneratedFile = { path: string; text: string };

/** Each `scripts/generate-*.ts` exports this. */
type Generator = { generate(): Promise<GeneratedFile[]> };

const root = join(import.meta.dirname, '..');

/** `npm run generate` writes every generated file; with `--check`, it only tells which ones are out of date. */
const check = process.argv.includes('--check');
const stale: string[] = [];
let count = 0;
for (const file of await generateAll()) {
  count += 1;
  if ((await readCommitted(file.path)) === file.text) continue;
  stale.push(file.path);
  if (!check) await write(file);
}
for (const path of stale) console.log(check ? `${path} is out of date: run "npm run generate"` : `wrote ${path}`);
console.log(`${count} generated files, ${stale.length} ${check ? 'out of date' : 'rewritten'}`);
if (check && stale.length > 0) process.exitCode = 1;

async function generateAll(): Promise<GeneratedFile[]> {
  const names = (await readdir(import.meta.dirname)).filter((name) => /^generate-.+\.ts$/.test(name)).sort();
  const files = [];
  for (const name of names) {
    const generator = (await import(`./${name}`)) as Generator;
    files.push(...(await generator.generate()));
  }
  return files;
}

async function readCommitted(path: string): Promise<string | undefined> {
  return readFile(join(root, path), 'utf8').catch(() => undefined);
}

async function write({ path, text }: GeneratedFile): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}
