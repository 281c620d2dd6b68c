import fc from 'fast-check';
import type { Seeds } from './seeds.ts';

/** Values that have broken parsers before. */
const oddValues = [
  '',
  ' \n\t ',
  '0',
  '-1',
  '1e999',
  'NaN',
  '9999-99-99',
  '2027-02-30T25:61:61Z',
  '0000-00-00',
  '2027-01-01T00:00:00.000000000000+99:99',
  '__proto__',
  'constructor',
  'toString',
  'a'.repeat(1_025),
  'é'.repeat(700),
  '\u{1f9ed}\u202e\ufeff\u0301',
  '3',
  'XLS',
  'a.b',
  'file:///etc/passwd',
];

/** Pieces of XML, well-formed by themselves or not. */
const oddPieces = [
  '<![CDATA[ ]] > ]]>',
  '<!-- - -->',
  '<?pi data?>',
  '<?xml version="1.0"?>',
  '<!DOCTYPE a>',
  '<!DOCTYPE a SYSTEM "b">',
  '<!DOCTYPE a [<!ENTITY b "c">]>',
  '&lt;&amp;&#x1F9ED;',
  '&#0;',
  '&b;',
  '<a xmlns="urn:a" xmlns:b="urn:b" b:c="d"/>',
  'xsi:nil="true"',
  ']]>',
  '</',
  '<',
  '>',
  '"',
  '\u0000',
  '\ufeff',
];

/** Bytes for a target that reads XML: messages by the grammar, and known messages that were changed. */
export function xmlInputs(seeds: Seeds): fc.Arbitrary<Buffer> {
  const text = fc.oneof({ weight: 2, arbitrary: grown(seeds) }, { weight: 3, arbitrary: changed(seeds) });
  return fc.tuple(text, encodings).map(([written, encode]) => encode(written));
}

const encodings: fc.Arbitrary<(text: string) => Buffer> = fc.oneof(
  { weight: 20, arbitrary: fc.constant((text: string) => Buffer.from(text, 'utf8')) },
  { weight: 1, arbitrary: fc.constant((text: string) => Buffer.from(`\ufeff${text}`, 'utf16le')) },
  { weight: 1, arbitrary: fc.constant((text: string) => Buffer.from(text, 'utf16le')) },
  { weight: 1, arbitrary: fc.constant((text: string) => Buffer.from(text, 'latin1')) },
);

interface Tree {
  name: string;
  attributes: [string, string][];
  content: (Tree | string)[];
}

/** A document of known names in any shape. */
function grown({ names, values }: Seeds): fc.Arbitrary<string> {
  const name = fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(...names.map((each) => each.replace(/^.*:/, ''))) },
    { weight: 1, arbitrary: fc.constantFrom('__proto__', 'constructor', 'a', 'é') },
  );
  const value = fc.oneof(fc.constantFrom(...values), fc.constantFrom(...oddValues), fc.string({ maxLength: 20 }));
  const { tree } = fc.letrec<{ tree: Tree; content: Tree | string }>((tie) => ({
    tree: fc.record({
      name,
      attributes: fc.array(fc.tuple(name, value), { maxLength: 2 }),
      content: fc.array(tie('content'), { maxLength: 6 }),
    }),
    content: fc.oneof({ depthSize: 'medium', maxDepth: 12 }, value, tie('tree')),
  }));
  return fc.array(tree, { minLength: 1, maxLength: 3 }).map((trees) => trees.map(written).join(''));
}

function written(node: Tree | string): string {
  if (typeof node === 'string') return escaped(node);
  const attributes = [...new Map(node.attributes)].map(([name, value]) => ` ${name}="${escaped(value)}"`).join('');
  return `<${node.name}${attributes}>${node.content.map(written).join('')}</${node.name}>`;
}

function escaped(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

/** One change of a text. Places are parts of its length, so that they mean something in every text. */
interface Edit {
  kind:
    'cut' | 'repeat' | 'move' | 'insert' | 'value' | 'rename' | 'drop element' | 'repeat element' | 'graft' | 'nest';
  from: number;
  to: number;
  times: number;
  piece: string;
  /** A piece that is character data. */
  value: string;
  name: string;
  grown: string;
}

/** As much as a message may have. */
const maxLength = 2_000_000;

function changed(seeds: Seeds): fc.Arbitrary<string> {
  const { messages, names, values } = seeds;
  const place = fc.double({ min: 0, max: 1, noNaN: true });
  const edit: fc.Arbitrary<Edit> = fc.record({
    // Most changes leave a message well-formed, so that it reaches what is behind the parser.
    kind: fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom('value', 'rename', 'drop element', 'repeat element', 'graft') },
      { weight: 1, arbitrary: fc.constantFrom('cut', 'repeat', 'move', 'insert', 'nest') },
    ),
    from: place,
    to: place,
    times: fc.oneof(
      { weight: 20, arbitrary: fc.integer({ min: 2, max: 5 }) },
      { weight: 1, arbitrary: fc.constantFrom(3_000, 30_000) },
    ),
    value: fc
      .oneof(fc.constantFrom(...oddValues), fc.constantFrom(...values), fc.string({ maxLength: 20 }))
      .map(escaped),
    piece: fc.oneof(
      fc.constantFrom(...oddPieces),
      fc.constantFrom(...oddValues.map(escaped)),
      fc.constantFrom(...values),
    ),
    name: fc.constantFrom(...names),
    grown: grown(seeds),
  });
  return fc
    .tuple(fc.constantFrom(...messages), fc.array(edit, { minLength: 1, maxLength: 4 }))
    .map(([message, edits]) => edits.reduce(apply, message));
}

function apply(text: string, { kind, from, to, times, piece, value, name, grown: tree }: Edit): string {
  const [start, end] = [Math.floor(Math.min(from, to) * text.length), Math.floor(Math.max(from, to) * text.length)];
  const span = text.slice(start, end);
  switch (kind) {
    case 'cut':
      return text.slice(0, start) + text.slice(end);
    case 'repeat':
      return text.slice(0, start) + repeated(span, times) + text.slice(end);
    case 'move':
      return text.slice(0, start) + text.slice(end) + span;
    case 'insert':
      return text.slice(0, start) + repeated(piece, times % 7) + text.slice(start);
    case 'value':
      return replaceNext(text, start, />[^<>]*<\//, `>${value}</`);
    case 'rename':
      return text.replaceAll(nameAt(text, start), name);
    case 'drop element':
      return replaceNext(text, start, element, '');
    case 'graft':
      return replaceNext(text, start, element, tree);
    case 'nest':
      return replaceNext(text, start, element, (found) => nested(found, name, times));
    case 'repeat element':
      return replaceNext(text, start, element, (found) => repeated(found, times));
  }
}

const element = /<([\w:]+)[^<>/]*>[^]*?<\/\1>/;

function repeated(text: string, times: number): string {
  return text.repeat(Math.max(1, Math.min(times, Math.floor(maxLength / Math.max(1, text.length)))));
}

/** Deep, with long names, and many leaves at the bottom: what is named by its path becomes large. */
function nested(leaf: string, name: string, times: number): string {
  const long = `${name.replace(/^.*:/, '')}${'x'.repeat(500)}`;
  return `<extension>${`<${long}>`.repeat(80)}${repeated(leaf, times)}${`</${long}>`.repeat(80)}</extension>`;
}

function replaceNext(text: string, start: number, pattern: RegExp, by: string | ((found: string) => string)): string {
  const replaced = typeof by === 'string' ? () => by : by;
  return text.slice(0, start) + text.slice(start).replace(pattern, replaced);
}

function nameAt(text: string, start: number): string {
  return /<([\w:]+)/.exec(text.slice(start))?.[1] ?? 'sourcedId';
}

const jsonNames = [
  'messages',
  'verb',
  'entity',
  'kind',
  'sourcedId',
  'fields',
  'type',
  'code',
  'name',
  'active',
  'startsAt',
  'parents',
  'role',
  'roles',
  'attributes',
  'userSourcedId',
  'orgUnit',
  'sections',
  'userName',
  'email',
  'primary',
  '__proto__',
  'constructor',
] as const;
const jsonValues = [
  'replace',
  'update',
  'delete',
  'read',
  'user',
  'org_unit',
  'association',
  'enrollment',
  'section',
  'group',
] as const;

/** Bytes for a target that reads JSON: values of known names in any shape, and JSON that was cut or changed. */
export function jsonInputs(): fc.Arbitrary<Buffer> {
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'medium', maxDepth: 8 },
      fc.constantFrom<unknown>(...jsonValues, ...oddValues, null, true, false, 0, -1, 1e21),
      fc.string(),
      fc.array(tie('value'), { maxLength: 5 }),
      fc
        .array(fc.tuple(fc.constantFrom(...jsonNames), tie('value')), { maxLength: 8 })
        .map((entries) => Object.fromEntries(entries) as unknown),
    ),
  }));
  const command = fc.record({
    verb: fc.constantFrom('replace', 'update', 'delete', 'read'),
    entity: fc.constantFrom('user', 'org_unit', 'association', 'enrollment'),
    sourcedId: fc.constantFrom('S', ...oddValues),
    fields: value,
  });
  const text = fc
    .oneof(
      value,
      fc.array(command, { maxLength: 4 }),
      command.map(({ fields }) => fields),
    )
    .map((any) => JSON.stringify(any));
  const cut = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    piece: fc.constantFrom('', '"', '{', '\\ud800', '\\u0000', '\u0000', '\ufeff'),
  });
  const cuts = fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(cut, { maxLength: 2 }) },
  );
  return fc
    .tuple(text, cuts)
    .map(([json, edits]) =>
      Buffer.from(
        edits.reduce(
          (all, { at, piece }) =>
            all.slice(0, Math.floor(at * all.length)) + piece + all.slice(Math.floor(at * all.length)),
          json,
        ),
      ),
    );
}
