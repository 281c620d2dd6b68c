import { describe, expect, it } from '@jest/globals';
import { GatewayError } from '../../domain/problem.ts';
import type { ElementView } from '../../pipeline/ports.ts';
import { defaultXmlLimits, parseXml, parseXmlFragments } from './parse-xml.ts';

const parse = (text: string, charset?: string): ElementView => parseXml(Buffer.from(text), defaultXmlLimits, charset);

function refusal(act: () => unknown): GatewayError {
  try {
    act();
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

function latin1(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

function utf16(text: string, order: 'le' | 'be', mark = true): Buffer {
  const bytes = Buffer.from((mark ? '\ufeff' : '') + text, 'utf16le');
  return order === 'le' ? bytes : bytes.swap16();
}

describe('an XML document', () => {
  it('becomes elements by local name and namespace, with their text', () => {
    const root = parse('<a:r xmlns:a="urn:a" xmlns="urn:d"> x <b>1</b><a:b>2</a:b><c xmlns="">3</c> y</a:r>');
    expect([root.name, root.namespace, root.text]).toEqual(['r', 'urn:a', ' x  y']);
    expect(root.children.map((child) => [child.name, child.namespace, child.text])).toEqual([
      ['b', 'urn:d', '1'],
      ['b', 'urn:a', '2'],
      ['c', '', '3'],
    ]);
  });

  it('keeps attributes by name, or by {namespace}name, and leaves namespace declarations out', () => {
    const root = parse('<r xmlns:x="urn:x" plain="1" x:plain="2" xml:lang="sv"/>');
    expect({ ...root.attributes }).toEqual({
      plain: '1',
      '{urn:x}plain': '2',
      '{http://www.w3.org/XML/1998/namespace}lang': 'sv',
    });
  });

  it('joins text around CDATA, comments, processing instructions and character references', () => {
    expect(parse('<r>a<!-- no -->b<![CDATA[<c>&amp;]]>&#x64;&amp;<?pi no?>e</r>').text).toBe('ab<c>&amp;d&e');
  });

  it('is safe with names that mean something to JavaScript', () => {
    const root = parse('<r __proto__="1" constructor="2"><__proto__>x</__proto__></r>');
    expect(Object.entries(root.attributes)).toEqual([
      ['__proto__', '1'],
      ['constructor', '2'],
    ]);
    expect(root.children[0]?.name).toBe('__proto__');
  });

  it('is read in the encoding that a byte order mark, the content type or the declaration names, in this order', () => {
    const declared = (encoding: string, text = 'é€'): string =>
      `<?xml version="1.0" encoding="${encoding}"?><r>${text}</r>`;
    expect(parse('<r>é€</r>').text).toBe('é€');
    expect(parse('\ufeff<r>é€</r>').text).toBe('é€');
    expect(parseXml(utf16('<r>é€</r>', 'le')).text).toBe('é€');
    expect(parseXml(utf16(declared('utf-16'), 'be')).text).toBe('é€');
    expect(parseXml(utf16(declared('utf-8'), 'le')).text).toBe('é€');
    expect(parseXml(utf16(declared('utf-16'), 'be', false)).text).toBe('é€');
    expect(parseXml(utf16('<r>é€</r>', 'le', false)).text).toBe('é€');
    expect(parseXml(latin1(declared('ISO-8859-1', 'é'))).text).toBe('é');
    expect(
      parseXml(
        Buffer.concat([latin1(declared('windows-1252', '')).subarray(0, -4), Buffer.from([0x80]), latin1('</r>')]),
      ).text,
    ).toBe('€');
    expect(parse(declared('ISO-8859-1'), 'UTF-8').text).toBe('é€');
  });

  it.each([
    ['broken UTF-8', Buffer.concat([Buffer.from('<r>'), Buffer.from([0xc3, 0x28]), Buffer.from('</r>')])],
    ['an encoded surrogate', Buffer.concat([Buffer.from('<r>'), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('</r>')])],
    ['a lone surrogate in UTF-16', utf16('<r>\ud800</r>', 'le')],
    ['UTF-16 of an odd length', utf16('<r/>', 'le').subarray(0, -1)],
    ['an unknown encoding', Buffer.from('<?xml version="1.0" encoding="klingon"?><r/>')],
    ['UTF-16 declared in bytes that are not', Buffer.from('<?xml version="1.0" encoding="UTF-16"?><r/>')],
    ['a numbered encoding that nobody defined', Buffer.from('<?xml version="1.0" encoding="iso-8859-99"?><r/>')],
  ])('is refused as bad_encoding: %s', (_, bytes) => {
    expect(refusal(() => parseXml(bytes)).code).toBe('bad_encoding');
  });

  it.each([
    ['nothing at all', ''],
    ['blank', ' \n'],
    ['text alone', 'hello'],
    ['an unclosed element', '<r><a></r>'],
    ['a cut message', '<r><a>'],
    ['two roots', '<r/><r/>'],
    ['an undeclared prefix', '<x:r/>'],
    ['a duplicate attribute', '<r a="1" a="2"/>'],
    ['an undefined entity', '<r>&copy;</r>'],
    ['U+0000 by reference', '<r>&#0;</r>'],
    ['a raw U+0000', '<r>\u0000</r>'],
    ['a control character', '<r>&#1;</r>'],
    ['a control character that only XML 1.1 allows', '<?xml version="1.1"?><r>&#1;</r>'],
    ['a lone surrogate by reference', '<r>&#xD800;</r>'],
    ['JSON', '{"sourcedId": "1"}'],
  ])('is refused as malformed_xml: %s', (_, text) => {
    expect(refusal(() => parse(text)).code).toBe('malformed_xml');
  });

  it('tells the line and the column of what is wrong', () => {
    expect(refusal(() => parse('<r>\n  <a>\n</r>')).message).toBe(
      'The message is not well-formed XML at line 3, column 4: unexpected close tag.',
    );
  });
});

describe('what XML can do to a server', () => {
  it('a DOCTYPE is refused, whatever it holds', () => {
    for (const dtd of ['r', 'r SYSTEM "file:///etc/passwd"', 'r [<!ENTITY a "b"><!ENTITY c "&a;&a;">]']) {
      expect(refusal(() => parse(`<!DOCTYPE ${dtd}><r>&c;</r>`))).toMatchObject({ code: 'forbidden_xml' });
    }
  });

  it('depth is bounded, and quickly', () => {
    const nested = (levels: number): string => '<a>'.repeat(levels) + '</a>'.repeat(levels);
    expect(parse(nested(100)).name).toBe('a');
    // Of this process, in microseconds: what else the machine does is no matter.
    const started = process.cpuUsage();
    expect(refusal(() => parse(nested(50_000)))).toMatchObject({ code: 'forbidden_xml' });
    expect(process.cpuUsage(started).user).toBeLessThan(1_000_000);
  });

  it('the numbers of elements and of attributes, and the length of a name, are bounded', () => {
    const limits = { maxDepth: 10, maxElements: 5, maxAttributes: 2, maxNameLength: 4 };
    expect(parseXml(Buffer.from('<r><a x="1" y="2"/><a/><a/><a/></r>'), limits).children).toHaveLength(4);
    expect(refusal(() => parseXml(Buffer.from('<r><a/><a/><a/><a/><a/></r>'), limits)).code).toBe('forbidden_xml');
    expect(refusal(() => parseXml(Buffer.from('<r x="1" y="2" z="3"/>'), limits)).code).toBe('forbidden_xml');
    expect(refusal(() => parseXml(Buffer.from('<r xmlns:x="u:1" y="2" z="3"/>'), limits)).code).toBe('forbidden_xml');
    expect(refusal(() => parseXml(Buffer.from('<long5/>'), limits)).code).toBe('forbidden_xml');
  });
});

describe('a message of several documents', () => {
  const names = (text: string): string[] => parseXmlFragments(Buffer.from(text)).map(({ name }) => name);

  it('is read as all its outermost elements, in order', () => {
    expect(names('<a/>\n<b><c/></b>\n')).toEqual(['a', 'b']);
    expect(names('<only/>')).toEqual(['only']);
    expect(names(' \n ')).toEqual([]);
  });

  it('may have XML declarations, comments, and a DOCTYPE that names a DTD, between them', () => {
    const prolog = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE a SYSTEM "a.dtd">';
    expect(names(`${prolog}<a/><!-- next -->${prolog}<b/>`)).toEqual(['a', 'b']);
    expect(names('<!DOCTYPE a PUBLIC "-//X//DTD a//EN" \'a.dtd\'><a/>')).toEqual(['a']);
  });

  it.each([
    ['text between them', '<a/>x<b/>', 'malformed_xml'],
    ['a cut end', '<a/><b>', 'malformed_xml'],
    ['a DOCTYPE with entities', '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', 'forbidden_xml'],
    ['an entity that a named DTD may have', '<!DOCTYPE a SYSTEM "a.dtd"><a>&x;</a>', 'malformed_xml'],
  ])('is refused with %s', (_, text, code) => {
    expect(refusal(() => names(text)).code).toBe(code);
  });

  it('tells the line and the column all the same', () => {
    const text = '<?xml version="1.0"?>\n<a/>\n<?xml version="1.0"?><b></c>';
    expect(refusal(() => names(text)).message).toContain('at line 3, column 28');
  });

  it('shares the limits of a message among them', () => {
    const limits = { maxDepth: 10, maxElements: 3, maxAttributes: 2, maxNameLength: 4 };
    expect(refusal(() => parseXmlFragments(Buffer.from('<a/><a/><a/><a/>'), limits)).code).toBe('forbidden_xml');
  });
});
