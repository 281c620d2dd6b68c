import type { ElementView } from '../../pipeline/ports.ts';

/**
 * Reading values liberally (the receiver's checklist): children in any order and namespace, unknown ones ignored,
 * every value trimmed, whitespace alone or `xsi:nil` the same as absent.
 */
export function child(parent: ElementView | undefined, ...names: readonly string[]): ElementView | undefined {
  return parent?.children.find((each) => names.includes(each.name));
}

export function children(parent: ElementView | undefined, ...names: readonly string[]): readonly ElementView[] {
  return parent === undefined ? [] : parent.children.filter((each) => names.includes(each.name));
}

const nil = '{http://www.w3.org/2001/XMLSchema-instance}nil';

/** An element's own text, trimmed; undefined when there is nothing in it. */
export function valueOf(element: ElementView | undefined): string | undefined {
  if (element === undefined || isNil(element)) return undefined;
  const value = element.text.trim();
  return value === '' ? undefined : value;
}

/** A language string: the text is in `textString` (`text` in the 2007 draft), or stands bare. The language is never judged. */
export function textOf(element: ElementView | undefined): string | undefined {
  if (element === undefined || isNil(element)) return undefined;
  return element.children.length === 0 ? valueOf(element) : valueOf(child(element, 'textString', 'text'));
}

/** A vocabulary value; senders put it into `instanceValue`, into `instanceIdentifier`, or into both. */
export function tokenOf(element: ElementView | undefined): string | undefined {
  if (element === undefined || element.children.length === 0) return textOf(element);
  return textOf(child(element, 'instanceValue')) ?? identifierOf(element);
}

/** Both words that a vocabulary value may be known by. */
export function tokensOf(element: ElementView | undefined): string[] {
  return [tokenOf(element), identifierOf(element)].filter((each) => each !== undefined);
}

/** The value of a `name = value` part (partName...): by `instanceName`, else by the identifier. */
export function partNameOf(part: ElementView): string | undefined {
  return textOf(child(part, 'instanceName')) ?? identifierOf(part);
}

/** Samples fill an identifier that they have no use for with `?`, `unknown` or a number. */
function identifierOf(element: ElementView | undefined): string | undefined {
  const identifier = textOf(child(element, 'instanceIdentifier'));
  return identifier === undefined || /^(?:\?|unknown|\d+)$/i.test(identifier) ? undefined : identifier;
}

/** undefined when the word is neither yes nor no. */
export function booleanOf(value: string | undefined): boolean | undefined {
  const word = value?.toLowerCase() ?? '';
  if (['true', '1', 'yes'].includes(word)) return true;
  return ['false', '0', 'no'].includes(word) ? false : undefined;
}

/** `Logon ID`, `logonId`, `LOGON_ID`: how vocabulary words are compared. */
export function foldedWord(word: string): string {
  return word.toLowerCase().replace(/[\s_-]/g, '');
}

function isNil(element: ElementView): boolean {
  const value = element.attributes[nil]?.trim();
  return value === 'true' || value === '1';
}
