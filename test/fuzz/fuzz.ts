/**
 * `npm run fuzz [-- --seconds 60 --seed 1 --target ims-enterprise]`: tries every target with made bytes, each for its share
 * of the time. A target that crashes, hangs or eats memory is a finding: its bytes are kept in var/fuzz, to become a fixture.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { targets } from './targets.ts';
import { inputSizeLimit, type Job, type Told } from './worker-protocol.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    target: { type: 'string' },
  },
});
const chosen = targets.filter(({ name }) => values.target === undefined || name === values.target);
if (chosen.length === 0)
  throw new Error(`no target is named ${values.target ?? ''}: ${targets.map(({ name }) => name).join(', ')}`);
const seed = Number(values.seed);
const msEach = (Number(values.seconds) * 1_000) / chosen.length;
console.log(`seed ${seed}, ${Math.round(msEach / 100) / 10} s for each of ${chosen.length} targets`);

/** A message that takes so long has hung: what takes longer than it should is told by the worker itself. */
const hangMs = 20_000;
/** Far more than any message should need. */
const memoryLimitMb = 300;

let findings = 0;
for (const { name } of chosen) {
  const { fault, input, line } = await tryOut(name);
  console.log(`${name}: ${line}`);
  if (fault === undefined) continue;
  findings += 1;
  console.log(`  ${fault}\n  kept in ${keep(name, input)}; again: npm run fuzz -- --seed ${seed} --target ${name}`);
}
process.exitCode = findings > 0 ? 1 : 0;

interface Tried {
  readonly line: string;
  readonly fault?: string;
  readonly input: Buffer;
}

/** Runs in a thread of its own, so that what hangs or eats memory can be ended, and its input is still known. */
function tryOut(target: string): Promise<Tried> {
  const current = new SharedArrayBuffer(inputSizeLimit);
  const job: Job = { target, seed, forMs: msEach, current };
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData: job,
    resourceLimits: { maxOldGenerationSizeMb: memoryLimitMb },
  });
  return new Promise((resolve) => {
    const settle = (told: Told): void => {
      clearInterval(watch);
      void worker.terminate();
      resolve({ line: told.line, ...(told.fault === undefined ? {} : { fault: told.fault }), input: inputIn(current) });
    };
    const clock = new BigInt64Array(current, 0, 1);
    const watch = setInterval(() => {
      const since = Number(Atomics.load(clock, 0));
      if (since > 0 && Date.now() - since > hangMs)
        settle({ line: 'hung', fault: `a message took more than ${hangMs} ms` });
    }, 500);
    worker.once('message', settle);
    worker.once('error', (error) => settle({ line: 'broke', fault: error.message }));
  });
}

/** Layout: 8 bytes start of the run, 8 bytes length, then the bytes. */
function inputIn(current: SharedArrayBuffer): Buffer {
  const length = Number(new BigInt64Array(current, 8, 1)[0] ?? 0n);
  return Buffer.from(new Uint8Array(current, 16, length));
}

function keep(target: string, input: Buffer): string {
  const folder = join(import.meta.dirname, '../../var/fuzz');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${target}-${seed}.bin`);
  writeFileSync(path, input);
  return path;
}
