import fc from 'fast-check';
import { expect, test } from '@jest/globals';
import { readFiles } from '../../../test/d2l-csv/read-files.ts';
import { columnsOf, type FileKind, fileKinds } from './columns.ts';
import { type Version, versions } from './versions.ts';

const password = 'hunter2-never-kept';

/** What breaks readers, and what is right, so that some rows come through. */
const cell = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom('', '1', 'TRUE', 'user', 'enrollment', 'department', 'course offering', 'X1'),
  },
  fc.constantFrom(' ', '\u0000', '|', '||a|', 'Parent:', ':', '[{"Type":"Parent","Id":"a"}]', '[[', '__proto__', '"'),
  fc.constantFrom(
    'DELETE',
    'create',
    '2027-02-30',
    '0000-00-00',
    '9999-12-31',
    '\ufeff',
    '𝒳'.repeat(60),
    'é'.repeat(300),
  ),
  fc.string({ unit: 'binary', maxLength: 80 }).map((text) => text.replace(/[\r\n]/g, ' ').toWellFormed()),
);

const file: fc.Arbitrary<{ kind: FileKind; version: Version; rows: string[][] }> = fc
  .record({ kind: fc.constantFrom(...fileKinds), version: fc.constantFrom(...versions) })
  .chain(({ kind, version }) => {
    const cells = columnsOf(kind, version).map(({ name }) => (name === 'password' ? fc.constant(password) : cell));
    return fc.record({
      kind: fc.constant(kind),
      version: fc.constant(version),
      rows: fc.array(fc.tuple(...cells), { minLength: 1, maxLength: 5 }),
    });
  });

test('whatever stands in its rows, each becomes a command with a key, or a problem with its place', async () => {
  await fc.assert(
    fc.asyncProperty(file, async ({ kind, version, rows }) => {
      const lines = [columnsOf(kind, version).map(({ name }) => name), ...rows].map(written);
      const read = await readFiles({ 'manifest.json': `{"version":"${version}"}`, 'a.csv': lines.join('\n') });
      const wrong = new Set(read.problems.map(({ place }) => place.line));
      rows.forEach((_, index) => {
        const records = read.records.filter(({ place }) => place.line === index + 2);
        expect(records).toHaveLength(kind === 'attributes' && wrong.size > 0 ? 0 : wrong.has(index + 2) ? 0 : 1);
      });
      for (const { command } of read.records) expect(command.sourcedId.trim()).not.toBe('');
      expect(JSON.stringify(read)).not.toContain(password);
    }),
    { numRuns: 300 },
  );
});

test('whatever a file begins with, its package is read to the end', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary' }), fc.uint8Array(), async (content, manifest) => {
      const { records } = await readFiles({ 'manifest.json': Buffer.from(manifest), 'a.csv': content });
      expect(records).toEqual([]);
    }),
  );
});

function written(fields: readonly string[]): string {
  return fields.map((field) => `"${field.replaceAll('"', '""')}"`).join(',');
}
