import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readXmlRecords } from './read-xml-records.ts';
import type { RecordLimits, RecordShape } from './record-shape.ts';

const strict: RecordShape = { isRoot: (name) => name === 'list', lists: new Map([['a', 'b']]) };
const loose: RecordShape = { ...strict, isLooseRecord: (name) => name !== 'other' };

/** As much as is looked at for the encoding, before anything is read. */
const head = `<!--${' '.repeat(250)}-->\n`;

/** Everything that is told of a file, which comes in pieces: the root, and what the rest is cut into. */
async function told(file: string, shape: RecordShape, size: number, limits: Partial<RecordLimits>): Promise<string[]> {
  const bytes = Buffer.from(file.startsWith('<?xml') ? file.replace('?>', `?>${head}`) : head + file);
  const root = bytes.indexOf('>', bytes.indexOf('list')) + 1;
  const pieces = async function* (): AsyncGenerator<Buffer> {
    await Promise.resolve();
    yield bytes.subarray(0, root);
    for (let at = root; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  };
  const lines: string[] = [];
  for await (const { records, fault } of readXmlRecords(pieces(), shape, limits)) {
    lines.push(...records.map((record) => JSON.stringify(record)));
    if (fault !== undefined) lines.push(JSON.stringify(fault));
  }
  return lines;
}

/** What is plain comes more often than what is not: one odd thing in a record, and all of it is. */
const name = fc.constantFrom('a', 'a', 'a', 'b', 'b', 'c-d', 'e.f', 'x:g');
const some = fc.constantFrom(
  ...['text', ' ', '\n', '1 > 0', '&amp;', 'é', 'text', ' ', '\n', '1 > 0', '&amp;', 'é'],
  ...['', ' ', '\n', 'text', '1 > 0', '&amp;&lt;&gt;', "&apos;'&quot;", 'é', '\r\n', '\t', '  \n  '],
  ...['🎓', ']', '&#65;', '\r', '<!-- </a> -->', '<![CDATA[</a>]]>', '<?go </a> ?>', '\u0085'],
);
const wrong = fc.constantFrom('&lol;', ']]>', '\u0001', '\ufffe', '</b>', '<b>', '<', '</list>', '<a x=1/>', '<b/ >');
const attributes = fc.constantFrom(
  ...[
    '',
    '',
    '',
    '',
    '',
    '',
    '',
    '',
    '',
    '',
    ' x="1"',
    ' x="2"',
    ' x="1" y-z="it\'s > 2"',
    ' ',
    ' x="&amp;"',
    " x='1'",
    ' x="a\nb"',
    ' x="é"',
  ],
  ...[' xmlns="urn:other"', ' xmlns:x="urn:x"', ' xml:lang="en"', '  x="1"', ' x = "1"'],
);
const badAttributes = fc.constantFrom(' x="1" x="2"', ' x="1"y="2"', ' x="<"', ' n:y="1"', ' x', ' x="1', ' 1="2"');

const element = (inside: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(name, attributes, inside, fc.constantFrom('', '', '', '', ' ', '\n')).map(([tag, list, text, blank]) => {
    return text === '' ? `<${tag}${list}${blank}/>` : `<${tag}${list}>${text}</${tag}${blank}>`;
  });
const deep = element(fc.array(fc.oneof(some, element(some)), { maxLength: 6 }).map((parts) => parts.join('')));
const broken = fc.oneof(
  wrong,
  badAttributes.map((list) => `<a${list}>1</a>`),
  wrong.map((text) => `<a>${text}</a>`),
  wrong.map((text) => `<a><b>${text}</b></a>`),
);
const files = fc
  .tuple(
    fc.constantFrom(
      '<list>',
      '<list xmlns="urn:l">',
      '<x:list xmlns:x="urn:x" xmlns="urn:d">',
      '<?xml version="1.0"?>\n<list >',
    ),
    fc.array(
      fc.oneof({ weight: 8, arbitrary: deep }, { weight: 3, arbitrary: some }, { weight: 1, arbitrary: broken }),
      {
        maxLength: 12,
      },
    ),
    fc.constantFrom('</list>', '</list>\n<list><a>1</a></list>', '</list >', '</other>', '', '</list><a>1</a>'),
  )
  .map(([root, records, end]) => {
    const close = root.includes('x:list') ? end.replace('</list', '</x:list') : end;
    return `${root}<a/><b x="1">1</b><a/>${records.join('')}${close}`;
  });

describe('what is plain', () => {
  // A file that comes in single bytes is read by the parser alone.
  it.each([
    ['one document', strict],
    ['several', loose],
  ])('is read as the parser reads it, in files of %s', async (_, shape) => {
    await fc.assert(
      fc.asyncProperty(
        files,
        fc.constantFrom({}, { maxElements: 2 }, { maxDepth: 2 }, { maxRecordNames: 2 }, { partSize: 2 }),
        async (file, limits) => {
          expect(await told(file, shape, 10_000, limits)).toEqual(await told(file, shape, 1, limits));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('is most of a file as programs write them', async () => {
    const record = '<a>\r\n  <b x="1">O&apos;Neill &amp; sons</b>\r\n  <b/>\r\n</a>\r\n';
    const text = `<list>${record.repeat(2_000)}</list>`;
    const lines = await told(text, strict, 65_536, {});
    expect(lines).toHaveLength(2_000);
    expect(lines.at(-1)).toContain('"text":"O\'Neill & sons"');
    expect(lines.at(-1)).toContain('"line":7998');
  });

  it('is read with tags of thousands of kinds, too', async () => {
    const lines = await told(
      `<list><a/>${Array.from({ length: 3_000 }, (_, index) => `<a n="${index}"/>`).join('')}</list>`,
      strict,
      65_536,
      {},
    );
    expect(lines).toHaveLength(3_001);
  });
});
