/*
 * How a secret may be spelled by who repeats it: as a fault that quotes a header or the envelope, in a log line that is quoted
 * in a fault. Letters and digits are left as they are by every one of these; of anything else, each character may be
 * spelled in its own way, since encoders differ in what they encode. The patterns never match one text in two ways that go on
 * differently, so that no answer makes them slow. A pattern for each character of a long secret would take seconds to be
 * compiled, for each attempt: of such, the beginning is spelled out, and what follows it goes along as far as it may be the rest.
 */

/** So many characters are spelled out. */
const SPELLED = 48;
/** No spelling of a character is longer. */
const LONGEST_SPELLING = 32;

/** A pattern (flag `u`) for a text: plain, escaped for XML or JSON, percent-encoded or form-encoded, once or several times. */
export function spellings(secret: string): string {
  const tokens = secret.match(/\\+|[^\\]/gsu) ?? [];
  const head = tokens.slice(0, SPELLED).map((token, index) => {
    if (token.startsWith('\\')) return backslashes(token.length, index === 0);
    return character(token, tokens[index - 1]?.startsWith('\\') === true);
  });
  return head.join('') + remainder(tokens.slice(SPELLED).join(''));
}

/** The rest of a long secret: as it is or escaped for XML; else whatever its spellings are made of, which may be more than it. */
function remainder(rest: string): string {
  if (rest === '') return '';
  const escaped = rest.replace(/[&<>"']/g, (char) => `&${entities[char] ?? ''};`);
  const wholes = new Set([rest, escaped, octetsOf(rest), octetsOf(escaped)]);
  const letters = Array.from(new Set(`%&#;\\+${rest}${octetsOf(rest)}`)).filter((char) => !/[A-Za-z0-9]/.test(char));
  const some = `[A-Za-z0-9${letters.map(plain).join('')}]{0,${LONGEST_SPELLING * rest.length}}`;
  return `(?:${[...Array.from(wholes, literal), some].join('|')})`;
}

/** UTF-8 that is read as one octet a character. */
function octetsOf(text: string): string {
  return Buffer.from(text).toString('latin1');
}

function literal(text: string): string {
  return Array.from(text, (char) => (/[A-Za-z0-9]/.test(char) ? char : plain(char))).join('');
}

/**
 * Patterns for a text within base64 or base64url, wherever in the encoded octets it begins. The characters at the edges that
 * hold some of its bits go with it.
 */
export function base64Spellings(octets: Buffer): string[] {
  return [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), octets]).toString('base64');
    const whole = Math.floor(((before + octets.length) * 8) / 6);
    const edge = '[A-Za-z0-9+/_-]?';
    const core = base64Text(encoded.slice(before === 0 ? 0 : before + 1, whole));
    return `${before === 0 ? '' : edge}${core}${edge}(?:=|%(?:25){0,3}3[dD]){0,2}`;
  });
}

/** A pattern for octets that are written as hexadecimal digits. */
export function hexSpelling(octets: Buffer): string {
  return anyCase(octets.toString('hex'));
}

/** A pattern for what is base64 itself, as base64url too, and broken into lines. */
export function base64Text(encoded: string): string {
  const url: Readonly<Record<string, string>> = { '+': '|-', '/': '|_' };
  const head = Array.from(encoded.slice(0, SPELLED), (char) => `(?:${character(char, false)}${url[char] ?? ''})`);
  const rest = encoded.slice(SPELLED);
  if (rest === '') return head.join('\\s{0,2}');
  const whole = rest.replace(/[+/=]/g, (char) => `(?:${plain(char)}${url[char] ?? ''})`);
  return `${head.join('\\s{0,2}')}(?:${whole}|(?:\\s{0,2}[A-Za-z0-9+/=_%&#;-]){0,${LONGEST_SPELLING * rest.length}})`;
}

function character(char: string, afterBackslash: boolean): string {
  if (/[A-Za-z0-9]/.test(char)) return char;
  const forms = [plain(char), ...xml(char), ...percent(char), json(char, afterBackslash)];
  if (char === ' ') forms.push('\\+');
  // JSON within XML.
  if (char === '"' && !afterBackslash) forms.push(...xml(char).map((form) => `\\\\{1,4}${form}`));
  if (char > '\x7f') forms.push(literal(octetsOf(char)));
  return `(?:${forms.join('|')})`;
}

function plain(char: string): string {
  return `\\u{${hex(codeOf(char))}}`;
}

const entities: Readonly<Record<string, string>> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": 'apos' };

function xml(char: string): string[] {
  const name = entities[char];
  const code = codeOf(char);
  const forms = [`#0{0,6}${code};`, `#[xX]0{0,6}${anyCase(hex(code))};`, ...(name === undefined ? [] : [`${name};`])];
  return [`&(?:amp;|#38;|#[xX]26;){0,3}(?:${forms.join('|')})`];
}

function percent(char: string): string[] {
  const code = codeOf(char);
  const latin1 = code > 0x7f && code <= 0xff ? [Buffer.of(code)] : [];
  return [Buffer.from(char), ...latin1].map((octets) =>
    [...octets].map((octet) => `%(?:25){0,3}${anyCase(hex(octet).padStart(2, '0'))}`).join(''),
  );
}

const shortForms: Readonly<Record<string, string>> = {
  '\b': 'b',
  '\t': 't',
  '\n': 'n',
  '\f': 'f',
  '\r': 'r',
  '"': '"',
  "'": "'",
  '/': '/',
};

/** Backslashes that stand before it in the secret are those of the escape as well: nobody can tell where they part. */
function json(char: string, afterBackslash: boolean): string {
  const escape = afterBackslash ? '' : '\\\\{1,4}';
  const units = Array.from({ length: char.length }, (_, index) => hex(char.charCodeAt(index)).padStart(4, '0'));
  const long = units.map((unit, index) => `${index === 0 ? escape : '\\\\{1,4}'}u${anyCase(unit)}`).join('');
  const short = shortForms[char];
  // What is the same as the plain form must not stand twice: each pair would double the ways to match.
  return short === undefined || (afterBackslash && short === char) ? long : `${long}|${escape}${short}`;
}

/** Doubled once or twice by JSON, with those of what follows. At the beginning only from the first of a run, lest a long run is tried from each. */
function backslashes(count: number, first: boolean): string {
  const times = count > SPELLED ? `${SPELLED},` : `${count},${4 * (count + 1)}`;
  return `${first ? '(?<!\\\\)' : ''}(?:${['\\\\', '%(?:25){0,3}5[cC]', ...xml('\\')].join('|')}){${times}}`;
}

function anyCase(digits: string): string {
  return digits.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
}

function hex(code: number): string {
  return code.toString(16);
}

function codeOf(char: string): number {
  return char.codePointAt(0) ?? 0;
}
