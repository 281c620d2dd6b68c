import { isPasswordName } from '../../domain/secret-name.ts';
import type { Problem } from '../../domain/problem.ts';
import type { ElementView } from '../../pipeline/ports.ts';
import { valueOf } from './values.ts';

/**
 * That a person's record has a password in it, and where: in an element (`password`, `passWord`), in an attribute, or in an
 * extension field. The password itself is not read. What is done about it is the rule of the organization.
 */
export function passwordNote(object: ElementView, at: string): Problem | undefined {
  const place = placeOfPassword(object, at);
  if (place === undefined) return undefined;
  const message = `Passwords of people are not taken: that at ${place} is not kept.`;
  return { code: 'password_not_accepted', message, at: place };
}

function placeOfPassword(element: ElementView, at: string): string | undefined {
  if (isPasswordName(element.name)) return hasText(element) ? at : undefined;
  const { attributes, children } = element;
  const attribute = Object.keys(attributes).find((name) => isPasswordName(localName(name)));
  if (attribute !== undefined && attributes[attribute]?.trim() !== '') return `${at}/@${localName(attribute)}`;
  if (children.length === 0) return undefined;
  if (isNamedPassword(element)) return at;
  for (const child of children) {
    const place = placeOfPassword(child, `${at}/${child.name}`);
    if (place !== undefined) return place;
  }
  return undefined;
}

/** `fieldName` and `fieldValue`. */
function isNamedPassword({ children }: ElementView): boolean {
  const name = children.find((child) => child.name === 'fieldName');
  const value = children.find((child) => child.name === 'fieldValue');
  return name !== undefined && isPasswordName(valueOf(name) ?? '') && value !== undefined && hasText(value);
}

/** Attributes of a namespace are `{namespace}name`. */
function localName(attribute: string): string {
  return attribute.replace(/^\{.*\}/, '');
}

function hasText({ text, children }: ElementView): boolean {
  return text.trim() !== '' || children.some(hasText);
}
