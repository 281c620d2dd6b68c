import { describe, expect, test } from '@jest/globals';
import { createEnterpriseFiles } from '../../src/dialects/ims-enterprise/index.ts';
import { createLis2Bulk } from '../../src/dialects/lis2/index.ts';
import { createSaipSnapshots } from '../../src/dialects/saip/index.ts';
import { faults } from '../../src/generate/index.ts';
import { foundIn, generate, promisedOf, readAll } from '../generate/read-generated.ts';

const dialects = {
  'ims-enterprise': createEnterpriseFiles(),
  'lis2-bulk': createLis2Bulk(),
  'saip-snapshot': createSaipSnapshots(),
};

describe.each(['ims-enterprise', 'lis2-bulk', 'saip-snapshot'] as const)('a feed in %s', (format) => {
  const dialect = dialects[format];
  const read = (generated: ReturnType<typeof generate>) => readAll(dialect, generated.package, 'banner-ilp');

  test('is read without a problem and without a note', async () => {
    const { records, problems } = await read(generate(format));
    expect(problems).toEqual([]);
    expect(records.flatMap(({ command }) => command.notes ?? [])).toEqual([]);
    const kinds = new Set(records.map(({ command }) => command.kind));
    const known = ['group', 'template', 'section', 'association', 'person', 'membership'];
    expect(kinds).toEqual(new Set(format === 'ims-enterprise' ? known : [...known, 'offering']));
  });

  test('of changes is read without a problem, deletes with it', async () => {
    const { records, problems } = await read(generate(format, { day: 4, since: 3, changes: 0.1 }));
    expect(problems).toEqual([]);
    expect(records.some(({ command: { verb, entity } }) => verb === 'delete' && entity === 'enrollment')).toBe(true);
  });

  test.each(faults.filter(({ only }) => only !== 'csv').map(({ name }) => name))(
    'with the fault %s has the problems that were promised, and no others',
    async (fault) => {
      const generated = generate(format, {}, fault);
      const { problems } = await read(generated);
      expect(foundIn(problems)).toEqual(promisedOf(generated));
      expect(generated.told).not.toEqual([]);
    },
  );

  test('names what is told as the dialect does', async () => {
    const generated = generate(format, {}, 'unknown-references', 'renames');
    const known = new Set(
      (await read(generated)).records.map(({ command: { kind, sourcedId } }) => `${kind} ${sourcedId}`),
    );
    const told = generated.told.map(({ kind, sourcedId }) => `${kind} ${sourcedId}`);
    expect(told.filter((name) => !known.has(name))).toEqual([]);
  });

  test('is recognised by its dialect, and by no other', async () => {
    for (const [name, each] of Object.entries(dialects))
      expect([name, await each.recognises(generate(format).package)]).toEqual([name, name === format]);
  });
});
