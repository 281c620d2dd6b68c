import { GatewayError } from '../../domain/problem.ts';
import type { ElementView } from '../../pipeline/ports.ts';
import { children } from './values.ts';

/** Records of one message, the members of its memberships counted each. */
export const maxRecords = 1_000;

export interface FoundRecord {
  readonly element: ElementView;
  /** `/enterprise/person[2]`; of several documents `/enterprise[2]/person[1]`. */
  readonly at: string;
}

const recordNames: ReadonlySet<string> = new Set(['person', 'group', 'membership']);

/**
 * The persons, groups and memberships of a message, in order: in `enterprise`, in several of them, or without a root ("poor
 * form"). Other elements (properties, comments, what a vendor adds) are passed over.
 *
 * Throws GatewayError: `invalid_request` when there is none, `payload_too_large` when there are too many.
 */
export function findRecords(roots: readonly ElementView[]): FoundRecord[] {
  const found = numbered(roots, '').flatMap((root): FoundRecord[] => {
    if (recordNames.has(root.element.name)) return [root];
    if (root.element.name !== 'enterprise') return [];
    return numbered(root.element.children, root.at, true).filter(({ element }) => recordNames.has(element.name));
  });
  if (found.length === 0) throw nothing(roots);
  const count = found.reduce((sum, { element }) => sum + Math.max(1, children(element, 'member').length), 0);
  if (count <= maxRecords) return found;
  throw new GatewayError(
    'payload_too_large',
    `The message holds ${count} records, the members of memberships counted each; at most ${maxRecords} are taken in one. Send it in several messages, in any order.`,
  );
}

/** The elements with their XPaths; a number is left out where it would say nothing. */
function numbered(elements: readonly ElementView[], path: string, always = false): FoundRecord[] {
  const totals = new Map<string, number>();
  for (const { name } of elements) totals.set(name, (totals.get(name) ?? 0) + 1);
  const seen = new Map<string, number>();
  return elements.map((element) => {
    const place = (seen.get(element.name) ?? 0) + 1;
    seen.set(element.name, place);
    const isNumbered = always || (totals.get(element.name) ?? 0) > 1;
    return { element, at: `${path}/${element.name}${isNumbered ? `[${place}]` : ''}` };
  });
}

function nothing(roots: readonly ElementView[]): GatewayError {
  const [first] = roots;
  const what =
    first === undefined
      ? 'The message is empty'
      : first.name === 'Envelope'
        ? 'This is a SOAP message, and no SOAP service is at this address'
        : `The message holds no person, group or membership; its first element is ${first.name}`;
  return new GatewayError(
    'invalid_request',
    `${what}. Send IMS Enterprise XML: persons, groups and memberships in the element enterprise.`,
  );
}
