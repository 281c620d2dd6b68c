import type { EntityKind, OrgUnitWireKind } from '../../domain/entities.ts';
import { GatewayError } from '../../domain/problem.ts';
import { parseJson } from '../../formats/json/index.ts';
import type { Message } from '../../pipeline/ports.ts';
import { orgUnitCallKind } from './fields.ts';
import { check, parseCommand, type RestVerb, RecordMistakes } from './parse-command.ts';
import { dialectName, operationOf, type RestTranslation } from './rest-translation.ts';

/** The collections of the door, by the last part of their path. */
export const collections = {
  users: 'user',
  'org-units': 'org_unit',
  enrollments: 'enrollment',
  'section-associations': 'association',
} as const satisfies Record<string, EntityKind>;

export const verbs = { PUT: 'replace', PATCH: 'update', DELETE: 'delete', GET: 'read' } as const satisfies Record<
  string,
  RestVerb
>;

/** `PUT|PATCH|DELETE|GET /sis/v1/{collection}/{sourcedId}`; the body is the object's fields. */
export function translateCall(message: Message, url: URL): RestTranslation {
  const [, collection = '', encodedId = ''] = /^\/sis\/v1\/([^/]+)\/([^/]+)$/.exec(url.pathname) ?? [];
  const entity = (collections as Record<string, EntityKind | undefined>)[collection];
  const verb = (verbs as Record<string, RestVerb | undefined>)[message.method];
  if (entity === undefined || verb === undefined) {
    throw new GatewayError('not_found', 'There is no such call at this door; the calls stand in /openapi.json.');
  }
  const states = verb === 'replace' || verb === 'update';
  const command = orRefuse(() =>
    parseCommand({
      verb,
      entity,
      kind: entity === 'org_unit' ? kindOf(url) : undefined,
      sourcedId: decodeId(encodedId),
      fields: states ? parseJson(message.body) : undefined,
      at: '',
      fieldsAt: '',
    }),
  );
  return {
    dialect: dialectName,
    operation: operationOf(message),
    commands: [command],
    unreadable: new Map(),
  };
}

function kindOf(url: URL): OrgUnitWireKind | undefined {
  const given = url.searchParams.get('kind');
  return given === null ? undefined : check(orgUnitCallKind, given, '/kind');
}

function decodeId(encoded: string): string {
  try {
    const id = decodeURIComponent(encoded);
    // U+0000 cannot be stored; half a surrogate pair cannot be percent-encoded.
    if (!id.includes('\u0000')) return id;
  } catch {
    // fall through: both are the same mistake of the sender
  }
  throw new GatewayError('invalid_data', 'The sourcedId in the path is not valid percent-encoded UTF-8 text.', {
    field: 'sourcedId',
  });
}

/** A record that is a message of its own is refused with its first mistake. */
function orRefuse<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof RecordMistakes)) throw error;
    const [{ code, message, at, field }] = error.problems;
    throw new GatewayError(code, message, {
      ...(at === undefined ? {} : { at }),
      ...(field === undefined ? {} : { field }),
      cause: error,
    });
  }
}
