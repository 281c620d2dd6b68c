import { parentPort, workerData } from 'node:worker_threads';
import fc from 'fast-check';
import { inputsFor } from './inputs-for.ts';
import { faultOf, tally } from './judge.ts';
import { targets } from './targets.ts';
import { inputSizeLimit, type Job, type Told } from './worker-protocol.ts';

/** Tries one target for the time of its job; the smallest input that fails is the one that is kept. */
const { target: name, seed, forMs, current } = workerData as Job;
const target = targets.find((each) => each.name === name);
if (target === undefined) throw new Error(`no target is named ${name}`);
const [began, length] = [new BigInt64Array(current, 0, 1), new BigInt64Array(current, 8, 1)];
const bytes = new Uint8Array(current, 16);

let fault: string | undefined;
const property = fc.property(inputsFor(target), (input) => {
  remember(input);
  const found = faultOf(target, input);
  if (found === undefined) return;
  fault = found;
  throw new Error(found);
});
const run = fc.check(property, { seed, numRuns: 2 ** 30, interruptAfterTimeLimit: forMs, endOnFailure: false });
began[0] = 0n;
const smallest = run.counterexample?.[0];
if (smallest !== undefined) remember(smallest);
began[0] = 0n;
const told: Told = {
  line: `${run.numRuns} inputs, ${tally()}`,
  ...(run.failed && fault !== undefined ? { fault } : {}),
};
parentPort?.postMessage(told);

function remember(input: Buffer): void {
  const kept = input.subarray(0, inputSizeLimit - 16);
  bytes.set(kept);
  length[0] = BigInt(kept.length);
  Atomics.store(began, 0, BigInt(Date.now()));
}
