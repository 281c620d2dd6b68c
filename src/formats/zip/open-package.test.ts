import { describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { crc32, createDeflateRaw, deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { ZipFile } from 'yazl';
import { handMadeZip, sourceOf, type MadeMember } from '../../../test/zip/hand-made-zip.ts';
import type { ByteSource, FilePackage } from '../../pipeline/file-ports.ts';
import { openPackage, PackageRefused, type PackageLimits, type RefusalReason } from './index.ts';

const open = (bytes: Buffer, limits?: Partial<PackageLimits>, name = 'feed.zip') =>
  openPackage(name, sourceOf(bytes), limits);

/** Every file, read to its end. */
async function readAll({ files }: FilePackage): Promise<Record<string, string>> {
  const texts: Record<string, string> = {};
  for (const file of files) {
    const chunks: Buffer[] = [];
    for await (const chunk of file.open()) chunks.push(chunk);
    texts[file.name] = Buffer.concat(chunks).toString();
    expect(Buffer.concat(chunks)).toHaveLength(file.sizeBytes);
  }
  return texts;
}

async function refusalOf(work: Promise<unknown>): Promise<PackageRefused> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof PackageRefused)) throw new Error(`not refused: ${String(error)}`, { cause: error });
  expect(error.code).toBe('package_refused');
  expect(error.message).toMatch(/^".+": .+\. .+\.$/u);
  return error;
}

describe('a package is', () => {
  test('a zip, its files in the order of their names', async () => {
    const zip = new ZipFile();
    zip.addBuffer(Buffer.from('b'), '02-b.csv');
    zip.addBuffer(Buffer.from('é'.repeat(100_000)), '10-é.csv');
    zip.addBuffer(Buffer.from('a'), '01-a.csv', { compress: false });
    zip.addBuffer(Buffer.alloc(0), 'Empty.csv');
    zip.end();
    const opened = await open(await buffer(zip.outputStream));
    expect(opened.name).toBe('feed.zip');
    expect(opened.files.map(({ name }) => name)).toEqual(['01-a.csv', '02-b.csv', '10-é.csv', 'Empty.csv']);
    const texts = { '01-a.csv': 'a', '02-b.csv': 'b', '10-é.csv': 'é'.repeat(100_000), 'Empty.csv': '' };
    expect(await readAll(opened)).toEqual(texts);
    expect(await readAll(opened)).toEqual(texts);
  });

  test('a zip whatever its name is', async () => {
    const opened = await open(handMadeZip([{ name: 'a.csv' }]), {}, 'upload.bin');
    expect(await readAll(opened)).toEqual({ 'a.csv': 'a,b\n1,2\n' });
  });

  test('zip64, made elsewhere and by hand', async () => {
    const zip = new ZipFile();
    zip.addBuffer(Buffer.from('x'), 'x.csv', { forceZip64Format: true });
    zip.end({ forceZip64Format: true, comment: '' });
    expect(await readAll(await open(await buffer(zip.outputStream)))).toEqual({ 'x.csv': 'x' });
    const made = handMadeZip(
      [
        { name: 'a.csv', zip64: true },
        { name: 'b.csv', method: 0 },
      ],
      { zip64: true },
    );
    expect(await readAll(await open(made))).toEqual({ 'a.csv': 'a,b\n1,2\n', 'b.csv': 'a,b\n1,2\n' });
  });

  test('a zip with a comment, and names in the code page of DOS', async () => {
    const made = handMadeZip([{ name: Buffer.from('caf\x82.csv', 'latin1'), flags: 0 }], {
      comment: Buffer.from('hello'),
    });
    expect((await open(made)).files.map(({ name }) => name)).toEqual(['café.csv']);
  });

  test('a single file, as it is', async () => {
    const opened = await open(Buffer.from('a,b\n1,2\n'), {}, 'users.csv');
    expect(opened.name).toBe('users.csv');
    expect(await readAll(opened)).toEqual({ 'users.csv': 'a,b\n1,2\n' });
    expect(await readAll(await open(Buffer.alloc(0), {}, 'users.csv'))).toEqual({ 'users.csv': '' });
  });
});

describe('refused by the directory', () => {
  const one = (member: Partial<MadeMember>) => handMadeZip([{ name: 'ok.csv' }, { name: 'bad.csv', ...member }]);
  const named = (name: string | Buffer) => one({ name });

  test.each<[string, RefusalReason, Buffer, string]>([
    ['text', 'not_a_zip', Buffer.from('a,b\n1,2\n'), 'its bytes are not those of one'],
    ['nothing', 'not_a_zip', Buffer.alloc(0), 'not those of one'],
    ['a zip cut short', 'broken', handMadeZip([{ name: 'a.csv' }]).subarray(0, -30), 'ends before its directory'],
    [
      'bytes behind the zip',
      'broken',
      Buffer.concat([handMadeZip([{ name: 'a' }]), Buffer.from('\n')]),
      'cannot be read',
    ],
    ['a directory elsewhere', 'broken', handMadeZip([{ name: 'a' }], { directoryAt: 3 }), 'cannot be read'],
    ['a directory behind the end', 'broken', handMadeZip([{ name: 'a' }], { directoryAt: 9e5 }), 'behind its own end'],
    [
      'a zip64 directory beyond all',
      'broken',
      handMadeZip([{ name: 'a' }], { directoryAt: 2 ** 60, zip64: true }),
      'behind',
    ],
    ['fewer members than it says', 'broken', handMadeZip([{ name: 'a' }], { members: 2 }), 'cannot be read'],
    ['more members than it says', 'broken', handMadeZip([{ name: 'a' }, { name: 'b' }], { members: 1 }), 'more files'],
    ['a part of several', 'unsupported', handMadeZip([{ name: 'a' }], { disk: 1 }), 'several parts'],
    ['no files', 'no_files', handMadeZip([]), 'without files'],
    ['a sheet of Excel', 'office_document', one({ name: '[Content_Types].xml' }), 'office program'],
    ['encryption', 'encrypted', one({ flags: 0x801 }), '"bad.csv" in "feed.zip": it is encrypted'],
    ['strong encryption', 'encrypted', one({ flags: 0x841 }), 'file 2 of its directory'],
    ['encryption by AES', 'encrypted', one({ flags: 0x801, method: 99 }), 'encrypted'],
    ['another compression', 'unsupported', one({ method: 9 }), 'method 9 (Deflate64)'],
    ['a link', 'unsupported', one({ madeOn: 3, attributes: (0o120777 << 16) >>> 0 }), 'a link or a device'],
    ['a folder', 'folder', named('sub/'), 'it is a folder'],
    ['a folder by its attributes', 'folder', one({ attributes: 0x10 }), 'it is a folder'],
    ['a file in a folder', 'folder', named('sub/a.csv'), 'it stands in a folder'],
    ['notes of macOS', 'folder', named('__MACOSX/._a.csv'), 'zip -X -j'],
    ['an absolute name', 'bad_name', named('/etc/passwd'), 'absolute'],
    ['an absolute name of Windows', 'bad_name', named('C:a.csv'), 'absolute'],
    ['a name that leads out', 'bad_name', named('../a.csv'), 'leads out'],
    ['a name that leads out from inside', 'bad_name', named('a/../../b.csv'), 'leads out'],
    ['the folder itself', 'bad_name', named('..'), 'leads out'],
    ['a backslash', 'bad_name', named('..\\a.csv'), 'backslash'],
    ['no name', 'bad_name', named(''), 'no name'],
    ['a NUL in the name', 'bad_name', named('a.csv\0.exe'), '"a.csv\\u{0}.exe" in'],
    ['a line end in the name', 'bad_name', named('a\nERROR b.csv'), '"a\\u{a}ERROR b.csv" in'],
    ['a name that turns the text around', 'bad_name', named('a\u202evsc.exe'), '\\u{202e}'],
    ['a name that is no UTF-8', 'bad_name', named(Buffer.from('a\xff.csv', 'latin1')), 'not valid UTF-8'],
    ['a wildcard', 'bad_name', named('a*.csv'), 'one of <'],
    ['a stream of Windows', 'bad_name', named('abc:def'), 'one of <'],
    ['a device of Windows', 'bad_name', named('nul.csv'), 'reserves'],
    ['a blank at the end', 'bad_name', named('a.csv '), 'blank'],
    ['a long name', 'bad_name', named('a'.repeat(300)), '300 characters, at most 200'],
    ['a name twice', 'doubled_name', named('ok.csv'), 'it is there twice'],
    ['a name in two cases', 'doubled_name', named('OK.csv'), 'the same as "ok.csv"'],
    ['a size for a bomb', 'bomb', one({ inflatedBytes: 900_000_000 }), 'more than 200 times'],
    ['a size beyond all', 'too_large', one({ zip64: true, inflatedBytes: 2 ** 50 }), 'at most 4294967296'],
    ['members that share bytes', 'bomb', one({ headerAt: 10 }), 'shares bytes'],
    ['a size that is stored and is not', 'broken', one({ method: 0, inflatedBytes: 9 }), 'size mismatch'],
  ])('%s', async (_, reason, bytes, text) => {
    const refusal = await refusalOf(open(bytes));
    expect(refusal.message).toContain(text);
    expect(refusal.reason).toBe(reason);
  });

  test('by limits that are options', async () => {
    const zip = handMadeZip([{ name: 'a.csv' }, { name: 'b.csv', content: 'x'.repeat(5_000) }]);
    const reasons = async (limits: Partial<PackageLimits>) => (await refusalOf(open(zip, limits))).reason;
    expect(await reasons({ maxFiles: 1 })).toBe('too_many_files');
    expect(await reasons({ maxNameChars: 4 })).toBe('bad_name');
    expect(await reasons({ maxFileBytes: 4_999 })).toBe('too_large');
    expect(await reasons({ maxTotalBytes: 5_007 })).toBe('too_large');
    expect(await reasons({ maxRatio: 50, ratioFreeBytes: 4_999 })).toBe('bomb');
    expect((await open(zip, { maxRatio: 50 })).files).toHaveLength(2);
  });

  test('of too many files nothing is read', async () => {
    const zip = handMadeZip([], { members: 2 ** 48, zip64: true });
    expect((await refusalOf(open(zip))).message).toContain('281474976710656 files, at most 1000');
  });

  test('a single file by its name and its size', async () => {
    expect((await refusalOf(open(Buffer.from('a'), {}, '../users.csv'))).reason).toBe('bad_name');
    expect((await refusalOf(open(Buffer.from('ab'), { maxFileBytes: 1 }, 'users.csv'))).reason).toBe('too_large');
  });
});

describe('refused while a file is read', () => {
  const content = 'a,b\n'.repeat(50_000);
  const packed = deflateRawSync(content);
  const broken = Buffer.from(packed).fill(0xff, 100);

  test.each<[string, RefusalReason, Partial<MadeMember>, string]>([
    ['more bytes than stated', 'bomb', { content, inflatedBytes: 100 }, 'grows over the 100 bytes'],
    ['fewer bytes than stated', 'broken', { content, inflatedBytes: 200_001 }, 'has 200000 bytes, the zip says 200001'],
    ['a wrong checksum', 'checksum', { crc32: 0x1234 }, 'the zip says 00001234'],
    ['a wrong checksum of a stored file', 'checksum', { method: 0, crc32: 1 }, 'the zip says 00000001'],
    ['bytes that do not inflate', 'broken', { content, packed: broken }, 'cannot be inflated'],
    ['compressed bytes cut short', 'broken', { content, packed: packed.subarray(0, 200) }, 'cannot be inflated'],
    [
      'bytes behind the compressed ones',
      'checksum',
      { content, packed: Buffer.concat([packed, Buffer.alloc(300_000)]), crc32: 0 },
      'checksum',
    ],
    ['no local header', 'broken', { headerAt: 60 }, 'not where the directory says'],
    ['a place behind the end', 'broken', { headerAt: 1e6 }, 'not where the directory says'],
    ['a size behind the end', 'broken', { packedBytes: 1e6 }, 'the zip ends before it does'],
  ])('%s', async (_, reason, member, text) => {
    const opened = await open(handMadeZip([{ name: 'a.csv', ...member }]));
    const refusal = await refusalOf(readAll(opened));
    expect(refusal.message).toContain(text);
    expect(refusal.reason).toBe(reason);
    expect(refusal.at).toBe('"a.csv"');
  });

  test('of a bomb no more than a little over its stated size is inflated', async () => {
    const bomb = deflateRawSync(Buffer.alloc(50_000_000));
    const opened = await open(handMadeZip([{ name: 'a.csv', packed: bomb, inflatedBytes: 1_000_000 }]));
    let seen = 0;
    const read = async (): Promise<void> => {
      for await (const chunk of opened.files[0]!.open()) seen += chunk.length;
    };
    expect((await refusalOf(read())).reason).toBe('bomb');
    expect(seen).toBeLessThanOrEqual(1_000_000);
  });
});

test('a file of any size is read in bounded memory', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const liveBytes = async (): Promise<number> => {
    // What was collected is given back a while later, where others have the processor: the least of several looks is what lives.
    let least = Infinity;
    for (let looks = 0; looks < 5; looks += 1) {
      collectGarbage();
      await setTimeout(30);
      const { arrayBuffers, heapUsed } = process.memoryUsage();
      least = Math.min(least, arrayBuffers + heapUsed);
    }
    return least;
  };
  const size = 300_000_000;
  const zeros = Buffer.alloc(1_000_000);
  const deflate = createDeflateRaw();
  const packing = buffer(deflate);
  let sum = 0;
  for (let written = 0; written < size; written += zeros.length) {
    sum = crc32(zeros, sum);
    if (!deflate.write(zeros)) await once(deflate, 'drain');
  }
  deflate.end();
  const member = { name: 'a.csv', packed: await packing, inflatedBytes: size, crc32: sum };
  const opened = await open(handMadeZip([member]), { maxRatio: 2_000 });
  const before = await liveBytes();
  let read = 0;
  let most = 0;
  for await (const chunk of opened.files[0]!.open()) {
    read += chunk.length;
    if (read % 100_000_000 < chunk.length) most = Math.max(most, await liveBytes());
  }
  expect(read).toBe(size);
  expect(most - before).toBeLessThan(16 * 1_048_576);
}, 60_000);

describe('the source', () => {
  const failing = (bytes: Buffer, from: number): ByteSource => ({
    sizeBytes: bytes.length,
    async *read(start, end) {
      await Promise.resolve();
      if (start <= from && from < end) throw new Error('the database is gone');
      yield bytes.subarray(start, end);
    },
  });

  test('fails as itself, not as a broken zip', async () => {
    const zip = handMadeZip([{ name: 'a.csv', content: Buffer.alloc(200_000, 'abc'), method: 0 }]);
    await expect(openPackage('a.zip', failing(zip, zip.length - 1))).rejects.toThrow('the database is gone');
    await expect(readAll(await openPackage('a.zip', failing(zip, 40_000)))).rejects.toThrow('the database is gone');
    const deflated = handMadeZip([{ name: 'a.csv', content: zip, packed: deflateRawSync(zip, { level: 0 }) }]);
    await expect(readAll(await openPackage('a.zip', failing(deflated, 40_000)))).rejects.toThrow(
      'the database is gone',
    );
  });

  test('is released when the consumer has read enough', async () => {
    const zip = handMadeZip([{ name: 'a.csv', content: Buffer.alloc(3_000_000, 'a,b\n'), method: 0 }]);
    const deflated = handMadeZip([{ name: 'a.csv', content: zip, packed: deflateRawSync(zip, { level: 0 }) }]);
    for (const bytes of [zip, deflated]) {
      let reading = 0;
      const source: ByteSource = {
        sizeBytes: bytes.length,
        async *read(start, end) {
          reading += 1;
          try {
            yield* sourceOf(bytes).read(start, end);
          } finally {
            reading -= 1;
          }
        },
      };
      const opened = await openPackage('a.zip', source);
      for await (const chunk of opened.files[0]!.open()) {
        expect(chunk.length).toBeGreaterThan(0);
        break;
      }
      await setTimeout(20);
      expect(reading).toBe(0);
    }
  });

  test('is asked a few times for a directory of many files', async () => {
    const zip = handMadeZip(Array.from({ length: 1_000 }, (_, index) => ({ name: `${index}.csv`, content: '' })));
    let reads = 0;
    const source: ByteSource = {
      sizeBytes: zip.length,
      read(start, end) {
        reads += 1;
        return sourceOf(zip).read(start, end);
      },
    };
    expect((await openPackage('a.zip', source)).files).toHaveLength(1_000);
    expect(reads).toBeLessThan(8);
  });
});

test('a zip with any bytes changed is read or refused, and nothing else', async () => {
  const zip = handMadeZip(
    [{ name: 'a.csv' }, { name: 'b.csv', zip64: true, content: 'x'.repeat(500) }, { name: 'c.csv', method: 0 }],
    { zip64: true, comment: Buffer.from('some words') },
  );
  const changes = fc.array(fc.tuple(fc.nat(zip.length - 1), fc.oneof(fc.nat(255), fc.constantFrom(0, 0xff, 0x50))), {
    minLength: 1,
    maxLength: 4,
  });
  await fc.assert(
    fc.asyncProperty(changes, fc.option(fc.nat(zip.length)), async (changed, cutTo) => {
      const bytes = Buffer.from(zip.subarray(0, cutTo ?? zip.length));
      for (const [at, byte] of changed) if (at < bytes.length) bytes[at] = byte;
      try {
        await readAll(await open(bytes));
      } catch (error) {
        if (!(error instanceof PackageRefused)) throw error;
      }
    }),
    { numRuns: 1_000 },
  );
}, 60_000);
