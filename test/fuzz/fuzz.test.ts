import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { inputsFor } from './inputs-for.ts';
import { faultOf } from './judge.ts';
import { targets } from './targets.ts';

/** A short run of `npm run fuzz`, another one every time; what fails is printed with its seed. */
describe("strangers' bytes", () => {
  test.each(targets.map((target) => ({ name: target.name, target })))(
    '$name: refused in words or taken, in bounded time',
    ({ target }) => {
      const property = fc.property(inputsFor(target), (bytes) => {
        expect(faultOf(target, bytes)).toBeUndefined();
      });
      fc.assert(property, { numRuns: 1_000, interruptAfterTimeLimit: 2_500 });
    },
    60_000,
  );
});
