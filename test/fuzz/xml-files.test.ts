import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createEnterpriseFiles } from '../../src/dialects/ims-enterprise/index.ts';
import { createLis2Bulk } from '../../src/dialects/lis2/index.ts';
import { createSaipSnapshots } from '../../src/dialects/saip/index.ts';
import type { FileDialect, FilePackage } from '../../src/pipeline/file-ports.ts';
import { readAll } from '../generate/read-generated.ts';
import { fixtures } from '../xml-files/read-fixture.ts';
import { xmlInputs } from './arbitraries.ts';
import type { Seeds } from './seeds.ts';

const dialects: readonly (readonly [folder: string, dialect: FileDialect])[] = [
  ['ims-enterprise-files', createEnterpriseFiles()],
  ['lis2-bulk', createLis2Bulk()],
  ['saip-snapshot', createSaipSnapshots()],
];

/** A short run, another one every time; what fails is printed with its seed. */
describe("strangers' files", () => {
  test.each(dialects)(
    '%s: read or told in words, wherever their bytes are cut',
    async (folder, dialect) => {
      const property = fc.asyncProperty(
        xmlInputs(seedsOf(folder)),
        fc.integer({ min: 1, max: 99 }),
        async (bytes, size) => {
          const { records, problems } = await readAll(dialect, packageOf(bytes, bytes.length));
          expect(await readAll(dialect, packageOf(bytes, size))).toEqual({ records, problems });
          expect(typeof (await dialect.recognises(packageOf(bytes, size)))).toBe('boolean');
          // Postgres takes neither U+0000 nor half a surrogate pair (rule 3); JSON writes both as escapes.
          expect(JSON.stringify([records, problems])).not.toMatch(/\\u0000|\\ud[89a-f][0-9a-f]{2}/);
          for (const { problem } of problems) expect(problem.message.length).toBeLessThan(4_000);
        },
      );
      await fc.assert(property, { numRuns: 300, interruptAfterTimeLimit: 4_000 });
    },
    60_000,
  );
});

function packageOf(bytes: Buffer, size: number): FilePackage {
  const open = async function* (): AsyncGenerator<Buffer> {
    await Promise.resolve();
    // Small pieces at the beginning, where the encoding is told; the rest at once.
    for (let at = 0; at < Math.min(bytes.length, 600); at += size) yield bytes.subarray(at, Math.min(at + size, 600));
    if (bytes.length > 600) yield bytes.subarray(600);
  };
  return { name: 'package.xml', files: [{ name: 'package.xml', sizeBytes: bytes.length, open }] };
}

function seedsOf(folder: string): Seeds {
  const root = join(fixtures, folder);
  const messages = readdirSync(root).flatMap((name) =>
    readdirSync(join(root, name))
      .filter((file) => file.endsWith('.xml'))
      .map((file) => readFileSync(join(root, name, file), 'utf8')),
  );
  const words = (pattern: RegExp): string[] => [
    ...new Set(messages.flatMap((message) => [...message.matchAll(pattern)].map(([, word]) => (word ?? '').trim()))),
  ];
  return { messages, names: words(/<([A-Za-z][\w:.-]*)/g), values: words(/>([^<>]{1,80})</g) };
}
