import { expect, it } from '@jest/globals';
import { parseXml } from '../formats/xml/index.ts';
import { plainLetters } from './plain-letters.ts';
import { createSecretRemover } from './secret-remover.ts';

it.each([
  ['&#71;&#x47;&amp;#71;&#38;#71;', 'GGGG'],
  ['&#60;&#233;&lt;&#x1F393;', '&#60;&#233;&lt;&#x1F393;'],
  ['\\u0047 \\\\u0047 \\\\\\u0047 \\u005c \\u003c', 'G G \\\\G \\ \\u003c'],
  ['%47 %2547 %25%34%37 %3C', 'G G %2547 %3C'],
  ['a<![CDATA[<b>&]]>c<!-- <![CDATA[ -->d<?p ?>e', 'a&lt;b&gt;&amp;cde'],
  ['<?xml version="1.0"?><a/><!-- ', '<?xml version="1.0"?><a/><!-- '],
])('%j has the letters %j', (text, plain) => {
  expect(plainLetters(text)).toBe(plain);
});

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const xml = (text: string): string => text.replace(/[&<>]/g, (c) => `&#${c.charCodeAt(0)};`);
const halves = ['Geheim!42&', '<x>wort'] as const;
const [first, second] = halves.map(xml) as [string, string];
/** How XML spells one text. */
const parsedAlike: Readonly<Record<string, string>> = {
  'sections of CDATA': `<a>é <![CDATA[Gehei]]><![CDATA[m!42&<]]>x&gt;wort</a>`,
  'a section of CDATA': `<a>é <![CDATA[${halves.join('')}]]></a>`,
  'a comment in it': `<a>é ${first}<!-- c -->${second}</a>`,
  'a processing instruction in it': `<a>é ${first}<?p i?>${second}</a>`,
  'a letter as a reference': `<a>é &#71;&#x65;h${first.slice(3)}${second}</a>`,
  'a letter of an attribute as a reference': `<a b="&#71;${first.slice(1)}${second}">é</a>`,
  'base64 with a letter as a reference': `<a>é ${base64('gw:Geheim!42&<x>wort').replace('R', '&#82;')}</a>`,
};
it.each(Object.keys(parsedAlike))('a secret is removed from XML however it spells one text: %s', (how) => {
  const { octets } = createSecretRemover({ userName: 'gw', password: halves.join('') });
  const document = `<?xml version="1.0"?>${parsedAlike[how] ?? ''}`;
  for (const encoding of ['utf8', 'utf16le'] as const) {
    const left = octets(Buffer.from(`\ufeff${document}`, encoding));
    const { text, attributes } = parseXml(left);
    expect([text, attributes.b].join('|')).toMatch(/^é (\[removed\])\||^é\|\[removed\]$/);
  }
});

it.each(['<a>&#71;&#101;</a>', '<!-- \\u0047 --><a><![CDATA[%47]]></a>', '<a><!-- ', '<a><![CDATA[ '])(
  'a secret is the only reason to write XML otherwise: %s',
  (document) => {
    const { octets } = createSecretRemover({ password: 'mot de passé' });
    expect(octets(Buffer.from(document)).toString()).toBe(document);
  },
);
