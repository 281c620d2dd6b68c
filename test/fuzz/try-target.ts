import { ftruncateSync, openSync, writeSync } from 'node:fs';
import fc from 'fast-check';
import { inputsFor } from './inputs-for.ts';
import type { Job, Told } from './job.ts';
import { faultOf, tally } from './judge.ts';
import { targets } from './targets.ts';

/** Tries one target for the time of its job; the smallest input that fails is the one that is left in the file. */
const { target: name, seed, forMs, input } = JSON.parse(process.argv[2] ?? '') as Job;
const target = targets.find((each) => each.name === name);
if (target === undefined) throw new Error(`No target is named ${name}.`);
const file = openSync(input, 'w');

let fault: string | undefined;
const property = fc.property(inputsFor(target), (bytes) => {
  remember(bytes);
  const found = faultOf(target, bytes);
  if (found === undefined) return;
  fault = found;
  throw new Error(found);
});
const run = fc.check(property, { seed, numRuns: 2 ** 30, interruptAfterTimeLimit: forMs });
const smallest = run.counterexample?.[0];
if (smallest !== undefined) remember(smallest);
const told: Told = {
  line: `${run.numRuns} inputs, ${tally()}`,
  ...(run.failed && fault !== undefined ? { fault } : {}),
};
process.stdout.write(JSON.stringify(told));

function remember(bytes: Buffer): void {
  ftruncateSync(file, 0);
  writeSync(file, bytes, 0, bytes.length, 0);
}
