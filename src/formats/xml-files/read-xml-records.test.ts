import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ElementView } from '../../pipeline/ports.ts';
import { readXmlRecords, type XmlBatch } from './read-xml-records.ts';
import type { RecordLimits, RecordShape } from './record-shape.ts';

const strict: RecordShape = { isRoot: (name) => name === 'list' };
const loose: RecordShape = {
  ...strict,
  isLooseRecord: (name) => name !== 'other',
  lists: new Map([['group', 'member']]),
};

async function* cut(bytes: Buffer, ...sizes: readonly number[]): AsyncGenerator<Buffer> {
  await Promise.resolve();
  let [at, turn] = [0, 0];
  while (at < bytes.length) {
    const size = Math.max(1, sizes[turn++ % Math.max(1, sizes.length)] ?? bytes.length);
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

interface Read {
  readonly records: readonly string[];
  readonly fault: string | undefined;
}

async function read(
  given: string | Buffer | AsyncIterable<Buffer>,
  shape: RecordShape = strict,
  limits: Partial<RecordLimits> = {},
): Promise<Read> {
  const bytes = typeof given === 'string' || Buffer.isBuffer(given) ? cut(Buffer.from(given as string), 7) : given;
  const batches: XmlBatch[] = [];
  for await (const batch of readXmlRecords(bytes, shape, limits)) batches.push(batch);
  const records = batches.flatMap((batch) =>
    batch.records.map(({ element, at, listFrom }) => {
      return `${at} ${element.line}:${element.column}${listFrom === 0 ? '' : `+${listFrom}`} ${shown(element)}`;
    }),
  );
  const fault = batches.at(-1)?.fault;
  return { records, fault: fault && `${fault.code} ${fault.line}:${fault.column}` };
}

function shown({ name, attributes, children, text }: ElementView): string {
  const inside = [
    ...Object.entries(attributes).map(([key, value]) => `${key}=${value}`),
    text.trim(),
    ...children.map(shown),
  ];
  return `${name}(${inside.filter((each) => each !== '').join(' ')})`;
}

describe('an XML file', () => {
  it('is read record by record, each with its path, its line and its column', async () => {
    const text =
      '<?xml version="1.0"?>\n<list>\n  <a n="1"><b>x &amp; y</b></a>\n  <c/><a><![CDATA[<z>]]></a>\n</list>';
    expect(await read(text)).toEqual({
      records: ['/list/a[1] 3:3 a(n=1 b(x & y))', '/list/c[1] 4:3 c()', '/list/a[2] 4:7 a(<z>)'],
      fault: undefined,
    });
  });

  it('is read alike however its bytes are cut', async () => {
    const text = '\ufeff<list>\r\n<a>Łódź 🎓 ñ</a>\r\n<group><id>1</id><member/><member/></group></list>\r\n<a>é</a>';
    const whole = await read(cut(Buffer.from(text)), loose);
    expect(whole.records).toHaveLength(3);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 8 }), async (sizes) => {
        expect(await read(cut(Buffer.from(text), ...sizes), loose)).toEqual(whole);
      }),
    );
  });

  it.each([
    ['UTF-16, little end first', Buffer.from('\ufeff<list><a>é</a></list>', 'utf16le')],
    ['UTF-16, big end first', Buffer.from('\ufeff<list><a>é</a></list>', 'utf16le').swap16()],
    ['UTF-16 without a mark', Buffer.from('<list><a>é</a></list>', 'utf16le')],
    ['ISO 8859-1, declared', Buffer.from('<?xml version="1.0" encoding="iso-8859-1"?><list><a>é</a></list>', 'latin1')],
    [
      'ASCII, declared, which UTF-8 is meant by',
      Buffer.from('<?xml version="1.0" encoding="us-ascii"?><list><a>é</a></list>'),
    ],
  ])('may be in %s', async (_, bytes) => {
    expect((await read(bytes)).records).toEqual([expect.stringMatching(/^\/list\/a\[1\] .* a\(é\)$/)]);
  });

  it('of several documents, one behind the other, with declarations and without a root, is read where that is meant', async () => {
    const text =
      '<?xml version="1.0"?><list><a/></list>\n<?xml version="1.0"?>\n<!DOCTYPE list SYSTEM "x.dtd">\n<list><a/></list><b/>';
    expect(await read(text, loose)).toEqual({
      records: ['/list/a[1] 1:28 a()', '/list[2]/a[1] 4:7 a()', '/b[1] 4:18 b()'],
      fault: undefined,
    });
    expect(await read(text)).toEqual({
      records: ['/list/a[1] 1:28 a()'],
      fault: expect.stringMatching(/^malformed_xml 2:/),
    });
  });

  it('hands out long lists in parts, none of which is a small rest', async () => {
    const members = (count: number): string =>
      Array.from({ length: count }, (_, index) => `<member>${index}</member>`).join('');
    const parts = async (count: number): Promise<string[]> => {
      const { records } = await read(`<list><group><id>7</id>${members(count)}<type>t</type></group></list>`, loose, {
        partSize: 3,
      });
      return records.map((record) => record.replace(/^\S+ \S+? /, '').replace('/list/group[1] ', ''));
    };
    expect(await parts(5)).toEqual(['group(id(7) member(0) member(1) member(2) member(3) member(4) type(t))']);
    const three = await parts(9);
    expect(three).toHaveLength(3);
    expect(three[0]).toBe('group(id(7) member(0) member(1) member(2))');
    expect(three[2]).toBe('group(id(7) member(6) member(7) member(8) type(t))');
    const { records } = await read(`<list><group>${members(7)}</group></list>`, loose, { partSize: 3 });
    expect(records.map((record) => record.split(' ')[1])).toEqual(['1:7', '1:7+3']);
  });
});

describe('an XML file that is wrong', () => {
  const good = '<a>1</a>';
  it.each([
    ['is cut short', `<list>${good}<a>2</`, 'malformed_xml', 1],
    ['is not nested', `<list>${good}<a></b></list>`, 'malformed_xml', 1],
    ['goes on behind its end', `<list>${good}</list><list>`, 'malformed_xml', 1],
    ['names an entity', `<list>${good}<a>&lol;</a></list>`, 'malformed_xml', 1],
    ['has a DOCTYPE', `<!DOCTYPE list SYSTEM "a.dtd"><list>${good}</list>`, 'forbidden_xml', 0],
    ['is nested too deep', `<list>${good}${'<d>'.repeat(200)}`, 'forbidden_xml', 1],
    [
      'has too many attributes',
      `<list>${good}<a ${Array.from({ length: 101 }, (_, n) => `a${n}=""`).join(' ')}/></list>`,
      'forbidden_xml',
      1,
    ],
    ['has a long name', `<list>${good}<${'n'.repeat(1_001)}/></list>`, 'forbidden_xml', 1],
    [
      'has records of too many names',
      `<list>${good}${Array.from({ length: 100 }, (_, n) => `<n${n}/>`).join('')}</list>`,
      'forbidden_xml',
      100,
    ],
    ['is of another kind', '<other/>', 'unknown_file', 0],
    ['is no XML', 'a,b\n1,2\n', 'unknown_file', 0],
    ['is empty', '', 'malformed_xml', 0],
    ['is blank', ' \n ', 'malformed_xml', 0],
    ['is in an encoding that nobody reads', '<?xml version="1.0" encoding="EBCDIC"?><list/>', 'bad_encoding', 0],
  ])('%s: what stands before is read', async (_, text, code, count) => {
    const { records, fault } = await read(text);
    expect(fault).toMatch(new RegExp(`^${code} \\d+:\\d+$`));
    expect(records).toHaveLength(count);
  });

  it('closes a document by another name: neither it nor what follows is read', async () => {
    for (const end of ['</other>', '</lis>', '</list x>'])
      expect(await read(`<list>${good}${end}<list>${good}</list>`, loose)).toEqual({
        records: ['/list/a[1] 1:7 a(1)'],
        fault: expect.stringMatching(/^malformed_xml /),
      });
    expect(await read('<a><b></a>', loose)).toEqual({ records: [], fault: expect.stringMatching(/^malformed_xml /) });
    expect(await read('<a></list ><a/>', loose)).toEqual({
      records: [],
      fault: expect.stringMatching(/^malformed_xml /),
    });
    expect((await read('<a></a \n><a/>', loose)).records).toHaveLength(2);
  });

  it.each([
    ['ISO 8859-12, which nobody defined', 'iso-8859-12'],
    ['a code page that nobody has', 'cp1259'],
  ])('names as its encoding %s: that is told', async (_, encoding) => {
    const { records, fault } = await read(`<?xml version="1.0" encoding="${encoding}"?><list>${good}</list>`);
    expect({ records, fault }).toEqual({ records: [], fault: 'bad_encoding 1:1' });
  });

  const utf16 = (text: string): Buffer => Buffer.from(`\ufeff<list>\n<a>🎓</a>\n<a>x${text}</a></list>`, 'utf16le');
  it.each([
    ['UTF-16, but for half a pair', utf16('\ud83d')],
    ['UTF-16, big end first, but for half a pair', utf16('\udf93').swap16()],
    ['UTF-16, but for half a character at its end', utf16('').subarray(0, -21)],
  ])('is %s: what stands before is read, however it is cut', async (_, bytes) => {
    for (const size of [1, 3, 1_000])
      expect(await read(cut(bytes, size))).toEqual({ records: ['/list/a[1] 2:1 a(🎓)'], fault: 'bad_encoding 3:5' });
  });

  it('has an octet that its encoding lacks: what stands before is read', async () => {
    const head = '<?xml version="1.0" encoding="iso-8859-8"?><list>\n<a>';
    const bytes = Buffer.from(`${head}\xe0</a>\n<a>x\xdb</a></list>`, 'latin1');
    for (const size of [1, 1_000])
      expect(await read(cut(bytes, size))).toEqual({ records: ['/list/a[1] 2:1 a(א)'], fault: 'bad_encoding 3:5' });
  });

  it('is not UTF-8 at some place: what stands before is read, and the place is told', async () => {
    const bytes = Buffer.concat([
      Buffer.from('<list>\n<a>é</a>\n<a>x'),
      Buffer.from([0xe9]),
      Buffer.from('</a></list>'),
    ]);
    for (const size of [1, 5, 1_000]) {
      expect(await read(cut(bytes, size))).toEqual({ records: ['/list/a[1] 2:1 a(é)'], fault: 'bad_encoding 3:5' });
    }
  });

  it.each([
    ['an element', '<list><a>', 'x'],
    ['a comment', '<list><!--', 'x'],
    ['a comment before the root', '<!--', 'x'],
    ['an attribute', '<list><a b="', 'x'],
    ['a name', '<list><a', 'x'],
    ['a DTD', '<!DOCTYPE list [', '<!ELEMENT a ANY>'],
    ['a processing instruction', '<?go ', 'x'],
    ['a record of many elements', '<list><a>', '<b/>'],
    ['blanks between records', '<list>', ' '],
  ])('has %s without an end: it is given up before it fills the memory', async (_, begin, more) => {
    let given = 0;
    const endless = async function* (): AsyncGenerator<Buffer> {
      await Promise.resolve();
      yield Buffer.from(begin + more.repeat(300));
      for (;;) {
        given += 65_536;
        yield Buffer.from(more.repeat(Math.ceil(65_536 / more.length)));
      }
    };
    const { fault } = await read(endless(), strict, { maxChars: 1_000_000 });
    expect(fault).toMatch(/^forbidden_xml /);
    expect(given).toBeLessThan(2_000_000);
  });
});

it('a list of a hundred thousand members is read in bounded memory', async () => {
  const count = 100_000;
  const file = async function* (): AsyncGenerator<Buffer> {
    await Promise.resolve();
    yield Buffer.from('<list><group><id>1</id>');
    for (let index = 0; index < count; index += 1_000)
      yield Buffer.from(
        Array.from({ length: 1_000 }, (_, next) => `<member><id>${index + next}</id></member>`).join(''),
      );
    yield Buffer.from('</group></list>');
  };
  let [members, largest] = [0, 0];
  for await (const { records } of readXmlRecords(file(), loose)) {
    for (const { element } of records) {
      members += element.children.length - 1;
      largest = Math.max(largest, element.children.length);
    }
  }
  expect(members).toBe(count);
  expect(largest).toBeLessThanOrEqual(1_000);
});
