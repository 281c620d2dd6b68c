import type { ListFilter } from '../../../domain/command.ts';
import type { EntityKind } from '../../../domain/entities.ts';
import { GatewayError } from '../../../domain/problem.ts';
import { parseJson } from '../../json/index.ts';
import { unpadded } from '../sourced-id.ts';
import { child, textOf } from '../values.ts';
import type { ImsRequest } from './request.ts';

const orgUnitTexts = ['type', 'code', 'name', 'shortName', 'description'] as const;

/** What can be asked for; `attributes.{name}` beside. LIS leaves the query to the implementation. */
const texts: Readonly<Record<EntityKind, readonly string[]>> = {
  user: [
    'orgDefinedId',
    'userName',
    'email',
    'formattedName',
    'givenName',
    'middleName',
    'familyName',
    'nickname',
    'preferredGivenName',
    'preferredFamilyName',
  ],
  org_unit: orgUnitTexts,
  association: ['code', 'name'],
  enrollment: ['personSourcedId', 'collectionSourcedId', 'role'],
};

const maxFields = 10;

/**
 * What a queryObject asks for: of persons a bare e-mail address (Turnitin), of all a JSON object of field names and texts,
 * `{"email":"a@b.example","attributes.campus":"North"}`, that must all be so. Throws `unknown_query`.
 */
export function parseQuery({ body, quirks }: ImsRequest, entity: EntityKind): ListFilter {
  const at = `/${body.name}/queryObject`;
  const query = textOf(child(body, 'queryObject')) ?? '';
  if (entity === 'user' && /^[^\s@{}"]+@[^\s@{}"]+$/.test(query)) return { equals: { email: query } };
  const asked = objectIn(query);
  const known = texts[entity];
  const isKnown = ([name, value]: [string, unknown]): boolean =>
    (known.includes(name) || /^attributes\../.test(name)) && typeof value === 'string' && value.trim() !== '';
  if (asked.length === 0 || asked.length > maxFields || !asked.every(isKnown)) {
    const address = entity === 'user' ? 'an e-mail address, or ' : '';
    const message = `A query is ${address}a JSON object of 1 to ${maxFields} names and texts (${known.join(', ')}, attributes.{name}): ${at} is ${JSON.stringify(query.slice(0, 100))}.`;
    throw new GatewayError('unknown_query', message, { at });
  }
  return filterOf(asked as [string, string][], (id) => unpadded(id.trim(), quirks.trimPadding));
}

function objectIn(query: string): [string, unknown][] {
  try {
    const parsed = parseJson(Buffer.from(query));
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? Object.entries(parsed) : [];
  } catch (error) {
    if (error instanceof GatewayError) return [];
    throw error;
  }
}

/** What a membership refers to is no text of its record. */
function filterOf(asked: readonly [string, string][], idOf: (text: string) => string): ListFilter {
  const { personSourcedId, collectionSourcedId, role, ...equals } = Object.fromEntries(asked);
  return {
    ...(personSourcedId === undefined ? {} : { userSourcedId: idOf(personSourcedId) }),
    ...(collectionSourcedId === undefined ? {} : { orgUnit: { kind: null, sourcedId: idOf(collectionSourcedId) } }),
    ...(role === undefined ? {} : { role }),
    ...(Object.keys(equals).length === 0 ? {} : { equals }),
  };
}
