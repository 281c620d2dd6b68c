/**
 * `npm run fuzz [-- --seconds 60 --seed 1 --target ims-enterprise]`: tries every target with made bytes, each for its share
 * of the time. A target that crashes, hangs or eats memory is a finding: its bytes are kept in var/fuzz, to become a fixture.
 */
import { spawn } from 'node:child_process';
import { closeSync, copyFileSync, mkdirSync, openSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { targets } from './targets.ts';
import type { Job, Told } from './job.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    target: { type: 'string' },
  },
});
const names = targets.map(({ name }) => name).filter((name) => values.target === undefined || name === values.target);
if (names.length === 0)
  throw new Error(`No target is named ${values.target ?? ''}: ${targets.map(({ name }) => name).join(', ')}`);
const seed = Number(values.seed);
const forMs = (Number(values.seconds) * 1_000) / names.length;
const folder = join(import.meta.dirname, '../../var/fuzz');
mkdirSync(folder, { recursive: true });
print(`seed ${seed}, ${Math.round(forMs / 100) / 10} s for each of ${names.length} targets`);

/** A message that takes so long has hung. */
const hangMs = 20_000;
/** Far more than any message should need. */
const memoryLimitMb = 300;

let findings = 0;
for (const target of names) {
  const { line, fault, input } = await tryOut(target);
  print(`${target}: ${line}`);
  if (fault === undefined) continue;
  findings += 1;
  const kept = join(folder, `${target}-${seed}.bin`);
  copyFileSync(input, kept);
  print(`  ${fault}\n  Kept in ${kept}. Again: npm run fuzz -- --seed ${seed} --target ${target}`);
}
process.exitCode = findings > 0 ? 1 : 0;

/** In a process of its own, so that one that hangs or eats memory can be ended; its input is in a file. */
async function tryOut(target: string): Promise<Told & { input: string }> {
  const input = join(folder, 'current.bin');
  closeSync(openSync(input, 'w'));
  const job: Job = { target, seed, forMs, input };
  const script = join(import.meta.dirname, 'try-target.ts');
  const child = spawn(process.execPath, [`--max-old-space-size=${memoryLimitMb}`, script, JSON.stringify(job)], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const watch = setInterval(() => {
    if (Date.now() - statSync(input).mtimeMs > hangMs) child.kill('SIGKILL');
  }, 1_000);
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = await new Promise<string>((resolve) => {
    child.once('close', (code, signal) => resolve(signal ?? `exit code ${String(code)}`));
  });
  clearInterval(watch);
  // What runs out of memory ends itself, by SIGABRT.
  if (ended === 'SIGKILL') return { line: 'hung', fault: `a message took more than ${hangMs} ms`, input };
  if (said === '') return { line: 'died', fault: `${ended}, most likely of memory beyond ${memoryLimitMb} MB`, input };
  return { ...(JSON.parse(said) as Told), input };
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
