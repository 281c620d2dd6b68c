import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseXml } from './parse-xml.ts';
import { element, writeIndentedXml, writeXml } from './write-xml.ts';

describe('a written XML document', () => {
  it('is compact, or indented for people', () => {
    const tree = element('a', [
      element('b', 'x', { n: '1', left: undefined }),
      element('c', [element('d')]),
      element('e'),
    ]);
    expect(writeXml(tree)).toBe('<?xml version="1.0" encoding="UTF-8"?>\n<a><b n="1">x</b><c><d/></c><e/></a>');
    expect(writeIndentedXml(tree)).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n<a>\n  <b n="1">x</b>\n  <c>\n    <d/>\n  </c>\n  <e/>\n</a>\n',
    );
  });

  it('escapes whatever it is given, and reads back the same', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (text, attribute) => {
        const read = parseXml(Buffer.from(writeXml(element('a', text, { b: attribute }))));
        expect(read.text).toBe(xmlText(text));
        expect(read.attributes.b).toBe(xmlText(attribute));
      }),
    );
  });

  it('replaces what XML cannot hold', () => {
    expect(writeXml(element('a', 'x\u0000\u0001\ud800\uffffy'))).toContain('<a>x\ufffd\ufffd\ufffd\ufffdy</a>');
  });
});

function xmlText(value: string): string {
  return value.toWellFormed().replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd');
}
