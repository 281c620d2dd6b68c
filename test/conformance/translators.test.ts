import { expect, test } from '@jest/globals';
import { describeTranslator, element } from '../../src/testing/kits/index.ts';
import { shippedPlugins } from '../../src/app/shipped-plugins.ts';
import { examples } from './translator-examples.ts';

const steps = shippedPlugins.flatMap(({ translators = [] }) => translators);

/** It has nothing to read: the id of an enrollment is known before all steps. */
const nothingToRead = /^(?:lis2|saip|ims-es1)-membership-base$/;

test('every shipped step of a translator passes the kit, with an example of its own', () => {
  const without = steps.filter(({ name }) => (examples[name] ?? []).length === 0 && !nothingToRead.test(name));
  expect(without.map(({ name }) => name)).toEqual([]);
  const known = new Set(steps.map(({ name }) => name));
  expect(Object.keys(examples).filter((name) => !known.has(name))).toEqual([]);
});

for (const step of steps) {
  describeTranslator(
    step,
    examples[step.name] ?? [{ name: 'reads nothing', object: element('membership'), fields: {} }],
  );
}
