import type fc from 'fast-check';
import { jsonInputs, xmlInputs } from './arbitraries.ts';
import { seedsOf } from './seeds.ts';
import type { Target } from './targets.ts';

/** The bytes that a target is tried with. */
export function inputsFor(target: Target): fc.Arbitrary<Buffer> {
  return target.grammar === 'json' ? jsonInputs() : xmlInputs(seedsOf(target));
}
