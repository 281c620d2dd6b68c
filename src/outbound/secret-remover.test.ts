import { describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import type { EndpointSecrets } from '../domain/endpoint.ts';
import { makeCertificate } from '../testing/certificates.ts';
import { createSecretRemover, proofsIn } from './secret-remover.ts';

const password = ' Sekrit"pw & <...>~~é\\"\\x/\u{1F393}+%41\' ';
const secrets: EndpointSecrets = { userName: 'gate:way', password };

const xml = (text: string): string =>
  text.replace(/[&<>"']/g, (c) => `&${{ '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": 'apos' }[c] ?? ''};`);
const references = (text: string, write: (code: number) => string): string =>
  Array.from(text, (c) => (/[\w ]/.test(c) ? c : `&#${write(c.codePointAt(0) ?? 0)};`)).join('');
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const lowerCase = (text: string): string => text.replace(/%../g, (c) => c.toLowerCase());
const hexOf = (char: string): string => (char.codePointAt(0) ?? 0).toString(16);
const everyOne = (text: string, write: (code: number) => string): string =>
  Array.from({ length: text.length }, (_, at) => write(text.charCodeAt(at))).join('');
const inJson = (code: number): string => `\\u${code.toString(16).padStart(4, '0')}`;
const asciiJson = (text: string): string =>
  JSON.stringify(text).replace(/[^ -~]|[<>&']/gu, (c) =>
    [...Array(c.length).keys()].map((i) => `\\u${c.charCodeAt(i).toString(16).padStart(4, '0')}`).join(''),
  );

/** How others write a text. */
const spelled: Readonly<Record<string, (text: string) => string>> = {
  plain: (text) => text,
  'without blanks at its ends': (text) => text.trim(),
  XML: xml,
  'XML twice': (text) => xml(xml(text)),
  'XML three times': (text) => xml(xml(xml(text))),
  'XML as it needs to be in a text': (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;'),
  'decimal references': (text) => references(text, String),
  'decimal references with noughts': (text) => references(text, (code) => String(code).padStart(4, '0')),
  'hexadecimal references': (text) => references(text, (code) => `x${code.toString(16)}`),
  'hexadecimal references in capitals, escaped': (text) =>
    xml(references(text, (code) => `x${code.toString(16).toUpperCase()}`)),
  JSON: (text) => JSON.stringify(text),
  'JSON twice': (text) => JSON.stringify(JSON.stringify(text)),
  'JSON in XML': (text) => xml(JSON.stringify(text)),
  'JSON with slashes escaped': (text) => JSON.stringify(text).replaceAll('/', '\\/'),
  'ASCII JSON': asciiJson,
  'percent-encoded': encodeURIComponent,
  'percent-encoded in lower case': (text) => lowerCase(encodeURIComponent(text)),
  'percent-encoded twice': (text) => encodeURIComponent(encodeURIComponent(text)),
  'percent-encoded where it must be': (text) => encodeURI(text),
  'form-encoded': (text) => new URLSearchParams({ p: text }).toString().slice(2),
  base64,
  'base64 without padding': (text) => base64(text).replace(/=+$/, ''),
  base64url: (text) => Buffer.from(text).toString('base64url'),
  'base64 of user and password': (text) => base64(`gate:way:${text}`),
  'base64url of user and password': (text) => Buffer.from(`gate:way:${text}`).toString('base64url'),
  'base64, percent-encoded': (text) => lowerCase(encodeURIComponent(base64(text))),
  'letters as references': (text) => Array.from(text, (c) => `&#${c.codePointAt(0) ?? 0};`).join(''),
  'letters as references, escaped': (text) => xml(Array.from(text, (c) => `&#x${hexOf(c)};`).join('')),
  'letters as references, escaped twice': (text) => xml(xml(Array.from(text, (c) => `&#x${hexOf(c)};`).join(''))),
  'JSON, every letter escaped': (text) => everyOne(text, inJson),
  'JSON, every letter escaped in capitals': (text) => everyOne(text, inJson).replace(/[a-f]/g, (c) => c.toUpperCase()),
  'percent-encoded, every letter': (text) => Buffer.from(text).toString('hex').replace(/../g, '%$&'),
  'percent-encoded, every letter, twice': (text) => Buffer.from(text).toString('hex').replace(/../g, '%25$&'),
  'base64 with letters as references': (text) =>
    Array.from(base64(text), (c) => `&#${c.codePointAt(0) ?? 0};`).join(''),
  'base64 twice': (text) => base64(base64(text)),
  'base64 of user and password, twice': (text) => base64(base64(`gate:way:${text}`)),
  'base64 of UTF-16': (text) => Buffer.from(text, 'utf16le').toString('base64'),
  hexadecimal: (text) => Buffer.from(text).toString('hex'),
  'hexadecimal in capitals': (text) => Buffer.from(text).toString('hex').toUpperCase(),
  'hexadecimal of UTF-16': (text) => Buffer.from(text, 'utf16le').toString('hex'),
  'accents apart': (text) => text.normalize('NFD'),
  'UTF-8 taken for Latin-1': (text) => Buffer.from(text).toString('latin1'),
};

describe('a password that is repeated', () => {
  test.each(Object.keys(spelled))('is removed: %s', (how) => {
    const repeated = spelled[how]?.(password) ?? '';
    const { text } = createSecretRemover(secrets);
    const left = text(`got ${repeated} and ${repeated}.`);
    expect(left.match(/\[removed\]/g)).toHaveLength(2);
    // What is left are blanks and quotes at the ends, and the user name.
    expect(left.length).toBeLessThan(90);
    expect(left).not.toMatch(/ekr|pw|41/);
  });

  test.each([0, 1, 2, 3])('is removed from a whole message in base64, %d octets further on', (before) => {
    const message = base64(`${'x'.repeat(before)}<Password>${password}</Password>`);
    for (const said of [message, message.replace(/.{20}/g, '$&\r\n')]) {
      const left = createSecretRemover(secrets).text(said);
      expect(left).toContain('[removed]');
      const decoded = left.split('[removed]').map((part) => Buffer.from(part, 'base64').toString());
      for (const part of decoded) expect(part).not.toMatch(/Se|kr|pw|%4/);
    }
  });

  test('is told from what differs by the case of a letter', () => {
    const { text } = createSecretRemover({ password: 'Horse&Battery' });
    for (const other of ['horse&battery', 'Horse&AMP;Battery', base64('Horse&Battery').toLowerCase(), 'Horse Battery'])
      expect(text(other)).toBe(other);
  });

  test.each(['utf8', 'latin1', 'utf16le'] as const)('is removed from octets in %s, and nothing else is', (encoding) => {
    const { octets } = createSecretRemover({ password: 'mot de passé' });
    const said = (word: string) => Buffer.from(`<a>é ${word} ÿ</a>`, encoding);
    expect(octets(said('mot de passé')).toString('hex')).toBe(said('[removed]').toString('hex'));
    const other = said('mot de pass');
    expect(octets(other)).toEqual(other);
  });

  test.each([
    // The octets of "пароль-ключ" and "mot de pas€e" there, which are other letters in Latin-1.
    ['windows-1251', 'пароль-ключ', 'efe0f0eeebfc2deaebfef7'],
    ['iso-8859-15', 'mot de pas€e', '6d6f7420646520706173a465'],
  ])('is removed from octets in %s, which the content type or the document names', (charset, word, hex) => {
    const { octets } = createSecretRemover({ password: word });
    const said = (head: string, inner: Buffer) =>
      Buffer.concat([Buffer.from(`${head}<a>`), inner, Buffer.from('</a>')]);
    const declared = `<?xml version="1.0" encoding="${charset}"?>`;
    const [secret, removed] = [Buffer.from(hex, 'hex'), Buffer.from('[removed]')];
    expect(octets(said('', secret), charset).toString()).toBe(said('', removed).toString());
    expect(octets(said(declared, secret)).toString()).toBe(said(declared, removed).toString());
    const other = said(declared, Buffer.from(hex, 'hex').subarray(1));
    expect(octets(other)).toEqual(other);
    expect(octets(other, 'x-nobody-knows')).toEqual(other);
  });

  test('is removed from octets in UTF-16 that begin with the higher one', () => {
    const { octets } = createSecretRemover({ password: 'mot de passé' });
    const said = (word: string) => Buffer.from(`\ufeff<a>é ${word}</a>`, 'utf16le').swap16();
    expect(octets(said('mot de passé'))).toEqual(said('[removed]'));
  });
});

describe('a long password', () => {
  const long = Array.from({ length: 60 }, (_, at) => `${password}${String(at)}`).join('');
  const { text, octets } = createSecretRemover({ userName: 'gate:way', password: long });

  test.each(Object.keys(spelled))('is removed to its end: %s', (how) => {
    const repeated = spelled[how]?.(long) ?? '';
    const left = text(`got ${repeated}`);
    expect(left).toMatch(/^got .*\[removed\]/);
    expect(left.length).toBeLessThan(40);
    expect(left).not.toMatch(/ekr|pw|59/);
  });

  test.each(['plain', 'XML', 'base64', 'base64url'])('leaves what follows it alone: %s', (how) => {
    const said = `<Password>${spelled[how]?.(long) ?? ''}</Password><a>is wrong</a>`;
    expect(text(said)).toMatch(/^<Password> ?\[removed\]<\/Password><a>is wrong<\/a>$/);
    expect(octets(Buffer.from(said)).toString()).toMatch(/^<Password> ?\[removed\]<\/Password><a>is wrong<\/a>$/);
  });
});

describe('a short password', () => {
  const { text, octets, sent } = createSecretRemover({ userName: 'u', password: 'p' });
  test('is not told by what is missing: nothing that the other side says is shown', () => {
    expect(text('accepted')).toBe(text('no'));
    expect(text('accepted')).toMatch(/^\[not shown, because .*\]$/);
    expect(octets(Buffer.from('<p/>')).toString()).toBe(octets(Buffer.from('<q/>')).toString());
    expect(octets(Buffer.from('<p/>')).toString()).toMatch(/^<notShown>.*<\/notShown>$/);
  });
  test('is not in what was sent: that is shown as it was before the authenticator wrote into it', () => {
    expect(sent(Buffer.from('<a secret="p"/>'), Buffer.from('<a/>')).toString()).toBe('<a/>');
    const longer = createSecretRemover({ password: 'mot de passe' });
    const proven = Buffer.from('<a secret="mot de passe"/>');
    expect(longer.sent(proven, Buffer.from('<a/>')).toString()).toBe('<a secret="[removed]"/>');
  });
  test('leaves alone what is empty', () => {
    expect(text('')).toBe('');
    expect(octets(Buffer.alloc(0))).toHaveLength(0);
  });
});

test('the lines of a private key are removed, however they are broken', () => {
  const { key } = makeCertificate({ subject: 'gateway', key: 'p256' });
  const { text } = createSecretRemover({ privateKey: key });
  for (const said of [key, JSON.stringify(key), key.replaceAll('\n', ' '), encodeURIComponent(key)])
    for (const line of key.split('\n').filter((each) => /^[\w+/=]{16,}$/.test(each))) {
      expect(text(said)).not.toContain(line);
      expect(text(said)).not.toContain(encodeURIComponent(line));
    }
});

test('without secrets nothing is removed', () => {
  const { text, octets } = createSecretRemover({});
  expect(text('undefined gateway ')).toBe('undefined gateway ');
  expect(octets(Buffer.from('x')).toString()).toBe('x');
});

test('what an authenticator made of the secrets is a proof: its headers, digest and nonce', () => {
  const digest = createHash('sha1').update('x').digest('base64');
  const nonce = 'bm9uY2Vub25jZW5vbmNlMQ==';
  const plan = { headers: { accept: 'application/soap+xml', host: 'sis' }, body: '<e><h/></e>' };
  const made = {
    headers: { ...plan.headers, authorization: 'Token abcdefghijklmnopqrstuv' },
    body: `<e><h><wsse:Password Type="#PasswordDigest">${digest}</wsse:Password><wsse:Nonce>${nonce}</wsse:Nonce><wsu:Created>2026-03-01T10:00:00.000Z</wsu:Created></h></e>`,
  };
  expect(proofsIn(made, plan)).toEqual(['abcdefghijklmnopqrstuv', digest, nonce]);
  const { text } = createSecretRemover({}, proofsIn(made, plan));
  expect(text(`${digest} ${encodeURIComponent(nonce)}`)).toBe('[removed] [removed]');
});

/** Of the processor, at best of three times: the collector works for all that this process has kept. */
function leastMs(work: () => void): number {
  const times = [1, 2, 3].map(() => {
    const before = process.cpuUsage();
    work();
    return process.cpuUsage(before).user / 1_000;
  });
  return Math.min(...times);
}

/** A pattern that tries many ways to match would take years, not milliseconds. */
test.each([
  ['\\"'.repeat(60), '\\\\\\\\"'],
  ['\\'.repeat(60), '\\'],
  ['%25'.repeat(60), '%2525'],
  ['<!--'.repeat(60), '<!--'],
  ['x'.repeat(60), '<![CDATA['],
  ['x'.repeat(60), '<?p?>&amp;#120;'],
  ['&amp;'.repeat(60), '&amp;amp;'],
  ['é\u{1F393}'.repeat(60), '&amp;#233;'],
  [' +'.repeat(60), '+'],
])('the password %j... does not make it slow', (hostile, unit) => {
  const { octets } = createSecretRemover({ userName: 'u', password: `${hostile}x` });
  const answer = Buffer.from(unit.repeat(50_000 / unit.length));
  expect(leastMs(() => octets(answer))).toBeLessThan(5_000);
});

/** A pattern for each of a thousand characters takes seconds to compile, for each attempt anew. */
test.each([
  ['a few', '&<é"'.repeat(250)],
  ['backslashes', '\\'.repeat(1_000)],
  ['what looks encoded', '%2'.repeat(500)],
  ['no two the same', String.fromCharCode(...Array.from({ length: 1_000 }, (_, at) => 0x400 + at))],
])('a password of a thousand special characters costs little: %s', (_, special) => {
  const use = () => {
    const { text, octets } = createSecretRemover({ userName: 'u', password: special }, [base64(special)]);
    expect(text(`got ${special}`)).toBe('got [removed]');
    expect(octets(Buffer.from(`got ${special}`)).toString()).toBe('got [removed]');
    octets(Buffer.from(`${special.slice(0, -1)} `.repeat(200)));
  };
  expect(leastMs(use)).toBeLessThan(1_000);
});

/** Everybody else waits while an answer is read: it took seconds where each letter was spelled. */
test.each(['%41', '%25', '&#65;', '\\u0041', '\\u0041 ', '&amp;#x41;', '<![CDATA[a]]>'])(
  'an answer of 4 MiB is shown in little time where it is made of %s',
  (unit) => {
    const { octets } = createSecretRemover({ userName: 'gw', password: 'Sommer2026+x' }, [
      base64('a proof of some kind'),
    ]);
    const answer = Buffer.from(unit.repeat((4 * 1024 * 1024) / unit.length));
    expect(leastMs(() => octets(answer, 'iso-8859-1'))).toBeLessThan(1_000);
  },
);
