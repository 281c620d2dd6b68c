import type { Command } from '../../domain/command.ts';
import type { EntityKind, OrgUnitWireKind } from '../../domain/entities.ts';
import { GatewayError } from '../../domain/problem.ts';
import { parseJson } from '../../formats/json/index.ts';
import { findNonXmlCharacter } from '../../formats/xml/index.ts';
import type { Message } from '../../pipeline/ports.ts';
import { orgUnitCallKind, renaming } from './fields.ts';
import { check, parseCommand } from './parse-command.ts';
import { type RawCommand, RecordMistakes, type RestVerb } from './raw-command.ts';
import { collections, dialectName, operationOf, type RestTranslation } from './rest-translation.ts';
import { parseList } from './translate-list.ts';

export const verbs = { PUT: 'replace', PATCH: 'update', DELETE: 'delete', GET: 'read' } as const satisfies Record<
  string,
  RestVerb
>;

/**
 * `PUT|PATCH|DELETE|GET /sis/v1/{collection}/{sourcedId}`, `POST|GET /sis/v1/{collection}` and
 * `POST /sis/v1/{collection}/{sourcedId}/rename`; the body of a PUT, PATCH or POST of an object is its fields.
 */
export function translateCall(message: Message, url: URL): RestTranslation {
  const [, collection = '', encodedId, act] = /^\/sis\/v1\/([^/]+)(?:\/([^/]+)(\/rename)?)?$/.exec(url.pathname) ?? [];
  const entity = (collections as Record<string, EntityKind | undefined>)[collection];
  const call =
    entity === undefined ? undefined : callOf(message, { entity, encodedId, renames: act !== undefined }, url);
  if (call === undefined) {
    throw new GatewayError('not_found', 'There is no such call at this door; the calls stand in /openapi.json.');
  }
  return {
    dialect: dialectName,
    operation: operationOf(message),
    commands: [orRefuse(call)],
    unreadable: new Map(),
  };
}

interface Place {
  readonly entity: EntityKind;
  readonly encodedId: string | undefined;
  readonly renames: boolean;
}

/** What makes the command of a call; undefined = there is no such call. */
function callOf(message: Message, { entity, encodedId, renames }: Place, url: URL): (() => Command) | undefined {
  const { method, body, headers } = message;
  const about = (): Pick<RawCommand, 'entity' | 'kind' | 'at' | 'fieldsAt'> => ({
    entity,
    kind: entity === 'org_unit' ? kindOf(url) : undefined,
    at: '',
    fieldsAt: '',
  });
  if (encodedId === undefined) {
    if (method === 'GET') return () => parseList(entity, queryOf(url), '');
    if (method !== 'POST') return undefined;
    const wishes = { allocate: true } as const;
    return () => parseCommand({ ...about(), verb: 'replace', sourcedId: undefined, fields: parseJson(body), wishes });
  }
  const sourcedId = (): string => decodeId(encodedId);
  if (renames) {
    if (method !== 'POST') return undefined;
    return () => {
      const wishes = check(renaming, parseJson(body), '');
      return parseCommand({ ...about(), verb: 'rename', sourcedId: sourcedId(), fields: undefined, wishes });
    };
  }
  const verb = (verbs as Record<string, RestVerb | undefined>)[method];
  if (verb === undefined) return undefined;
  const fields = (): unknown => (verb === 'replace' || verb === 'update' ? parseJson(body) : undefined);
  const wishes = verb === 'replace' ? precondition(headers['if-none-match']) : {};
  return () => parseCommand({ ...about(), verb, sourcedId: sourcedId(), fields: fields(), wishes });
}

/** "If-None-Match: *" asks that there be no such object yet (RFC 9110, 13.1.2). Objects have no entity tags here. */
function precondition(header: string | undefined): { mustNotExist?: true } {
  if (header === undefined) return {};
  if (header.trim() === '*') return { mustNotExist: true };
  throw new GatewayError('invalid_request', 'If-None-Match takes * here, and nothing else.', {
    field: 'If-None-Match',
  });
}

/** Each parameter once: of two filters of one name, one would be forgotten silently. And what no record can hold finds none. */
function queryOf({ searchParams }: URL): Record<string, string> {
  const query = Object.fromEntries(searchParams);
  const repeated = Object.keys(query).find((name) => searchParams.getAll(name).length > 1);
  if (repeated !== undefined)
    throw new GatewayError('invalid_request', `The parameter ${repeated} is given twice.`, { field: repeated });
  for (const [name, value] of Object.entries(query)) {
    const foreign = findNonXmlCharacter(value);
    if (foreign === undefined) continue;
    throw new GatewayError('invalid_request', `The parameter ${name} holds the character ${foreign}.`, { field: name });
  }
  return query;
}

function kindOf(url: URL): OrgUnitWireKind | undefined {
  const given = url.searchParams.get('kind');
  return given === null ? undefined : check(orgUnitCallKind, given, '/kind');
}

function decodeId(encoded: string): string {
  try {
    const id = decodeURIComponent(encoded);
    // Half a surrogate pair cannot be percent-encoded.
    if (findNonXmlCharacter(id) === undefined) return id;
  } catch {
    // fall through: both are the same mistake of the sender
  }
  throw new GatewayError(
    'invalid_data',
    'The sourcedId in the path is not valid percent-encoded UTF-8 text, or has a character that XML cannot hold.',
    {
      field: 'sourcedId',
    },
  );
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
