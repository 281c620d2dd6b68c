import type { ElementView } from '../../pipeline/ports.ts';

/*
 * Reading values liberally: children in any order and namespace, unknown ones passed over, every value trimmed, blanks alone
 * the same as absent.
 */

export function child(parent: ElementView | undefined, name: string): ElementView | undefined {
  return parent?.children.find((each) => each.name === name);
}

export function children(parent: ElementView | undefined, name: string): readonly ElementView[] {
  return parent === undefined ? [] : parent.children.filter((each) => each.name === name);
}

/** An element's own text; undefined when there is nothing in it. */
export function textOf(element: ElementView | undefined): string | undefined {
  return filled(element?.text);
}

export function attributeOf(element: ElementView, name: string): string | undefined {
  return filled(element.attributes[name]);
}

/** undefined when the word is neither yes nor no: `enrollallowed` is written `0` and `false`, `primaryrole` `Yes`. */
export function booleanOf(value: string | undefined): boolean | undefined {
  const word = value?.toLowerCase() ?? '';
  if (['1', 'true', 'yes'].includes(word)) return true;
  return ['0', 'false', 'no'].includes(word) ? false : undefined;
}

/** `Logon ID`, `logonid`: how words of vocabularies are compared. */
export function foldedWord(word: string | undefined): string {
  return word?.toLowerCase().replace(/[\s_-]/g, '') ?? '';
}

function filled(value: string | undefined): string | undefined {
  const trimmed = value?.trim() ?? '';
  return trimmed === '' ? undefined : trimmed;
}
