/**
 * The same text with its letters and digits as themselves, and without what an XML parser passes over between them: sections of
 * CDATA become text, comments and processing instructions go; a letter that is a reference, escaped for JSON or percent-encoded
 * becomes that letter. So a secret is found as it would be once the text is parsed, and what is well-formed stays so. Signs are
 * left as they are spelled: `spellings` knows those.
 */
export function plainLetters(text: string): string {
  return withoutMarkup(text).replace(spelledLetter, lettersKnown());
}

const opening = /<!--|<!\[CDATA\[|<\?(?!xml\s)/g;

const closing: Readonly<Record<string, string>> = { '<!--': '-->', '<![CDATA[': ']]>', '<?': '?>' };

/** What is never closed is no XML, and left alone from there: so each character is looked at once. */
function withoutMarkup(text: string): string {
  let plain = '';
  let at = 0;
  for (;;) {
    opening.lastIndex = at;
    const found = opening.exec(text);
    if (found === null) return plain + text.slice(at);
    const end = closing[found[0]] ?? '';
    const inside = found.index + found[0].length;
    const until = text.indexOf(end, inside);
    if (until === -1) return plain + text.slice(at);
    plain += text.slice(at, found.index);
    if (end === ']]>') plain += escaped(text.slice(inside, until));
    at = until + end.length;
  }
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** References may be escaped again. All backslashes of a run are matched: see `letterOf`. */
const meaning =
  /&(?:amp;|#38;|#[xX]26;){0,3}#(?:0{0,6}(?<decimal>\d{2,3})|[xX]0{0,6}(?<hex>[\dA-Fa-f]{2}));|(?<!\\)(?<run>\\+)u00(?<json>[\dA-Fa-f]{2})|%(?:25){0,3}(?<percent>[\dA-Fa-f]{2})/;

/** The same without groups: an answer may have a million of these, and everybody else waits while they are read. */
const spelledLetter = new RegExp(meaning.source.replace(/\(\?<\w+>/g, '(?:'), 'g');

/** What each spelling means is worked out once. */
function lettersKnown(): (spelled: string) => string {
  const known = new Map<string, string>();
  return (spelled) => {
    const before = known.get(spelled);
    if (before !== undefined) return before;
    const letter = letterOf(spelled);
    known.set(spelled, letter);
    return letter;
  };
}

function letterOf(spelled: string): string {
  const { decimal, hex, run = '', json, percent } = meaning.exec(spelled)?.groups ?? {};
  const code = decimal === undefined ? Number.parseInt(hex ?? json ?? percent ?? '', 16) : Number(decimal);
  const letter = String.fromCharCode(code);
  if (json === undefined) return /[A-Za-z0-9]/.test(letter) ? letter : spelled;
  // The last backslash of an odd run begins the escape, those before it are text; an even run was escaped again as a whole.
  return /[A-Za-z0-9\\]/.test(letter) ? (run.length % 2 === 0 ? '' : run.slice(1)) + letter : spelled;
}
