import { z } from 'zod';
import type { ListCommand, ListFilter } from '../../domain/command.ts';
import type { EntityKind, OrgUnitWireKind, WireKind } from '../../domain/entities.ts';
import { parentRoles } from '../../domain/entities.ts';
import type { ProblemCode } from '../../domain/problem.ts';
import { instant } from '../../formats/json/index.ts';
import { orgUnitCallKind, orgUnitKind, sourcedId } from './fields.ts';
import { check } from './parse-command.ts';
import { RecordMistakes } from './raw-command.ts';

const flag = z.enum(['true', 'false']);
const text = z.string().trim().min(1).optional();

/** How many sourcedIds, and records with them, a page has at most, and unless it is said. */
const mostOfPage = 5_000;
const usualPage = 1_000;

const common = {
  records: flag.optional().meta({ description: '`true`: the records with the ids.' }),
  limit: z
    .string()
    .regex(/^[1-9]\d{0,3}$/, `is no number from 1 to ${String(mostOfPage)}`)
    .refine((digits) => Number(digits) <= mostOfPage, `is more than ${String(mostOfPage)}`)
    .optional()
    .meta({ description: `How many a page has: 1 to ${String(mostOfPage)}; ${String(usualPage)} if it is not said.` }),
  after: z.string().optional().meta({
    description: '`next` of the page before, with the same query; its text means nothing to you.',
  }),
  changedSince: z.string().optional().meta({
    description:
      'A savePoint of an earlier answer: what was declared or deleted, or changed in the LMS, since then; deleted ones by their ids alone. Nothing is missed, something may come twice. 410 `save_point_expired` when the gateway was restored to a state before it.',
  }),
  active: flag.optional(),
};

/** What the lists of each collection may be asked for, all of it at once. */
export const listQueries = {
  user: z.strictObject({
    ...common,
    role: text,
    userName: text,
    email: text,
    orgDefinedId: text,
    givenName: text,
    familyName: text,
  }),
  org_unit: z.strictObject({
    ...common,
    kind: orgUnitCallKind,
    userSourcedId: sourcedId.optional().meta({ description: 'Org units in which the person is a member.' }),
    parentRole: z.enum(parentRoles).optional(),
    parentSourcedId: sourcedId
      .optional()
      .meta({ description: 'With parentRole: org units that refer to this one so.' }),
    code: text,
    name: text,
  }),
  association: z.strictObject({ ...common, code: text, name: text }),
  enrollment: z.strictObject({
    ...common,
    userSourcedId: sourcedId.optional(),
    orgUnit: sourcedId.optional().meta({ description: 'The sourcedId of the org unit.' }),
    orgUnitKind: orgUnitKind.optional(),
    role: text,
  }),
} as const satisfies Record<EntityKind, z.ZodObject>;

/**
 * `GET /sis/v1/{collection}?...`, and the command `list`: what this source system declared and has not deleted. Throws
 * RecordMistakes.
 *
 * @param at the JSON pointer of what was asked
 */
export function parseList(entity: EntityKind, query: Readonly<Record<string, unknown>>, at: string): ListCommand {
  const asked = check(listQueries[entity] as z.ZodObject, query, at) as Asked;
  const { kind, records, changedSince, limit, after } = asked;
  if ((asked.parentRole === undefined) !== (asked.parentSourcedId === undefined))
    refuse('incomplete_data', 'parentRole and parentSourcedId are asked for together.', at, 'parentRole');
  return {
    entity,
    kind: kindOf(entity, kind),
    verb: 'list',
    sourcedId: '',
    filter: {
      ...filterOf(asked),
      ...(changedSince === undefined ? {} : { changedSince: savePoint(changedSince, at) }),
    },
    ...(records === 'true' ? { records: true } : {}),
    slice: { size: Number(limit ?? usualPage), ...(after === undefined ? { after: '' } : parseCursor(after, at)) },
  } as ListCommand;
}

/** Where a page ended, opaque to its reader: the last sourcedId, and the save point of the first page. */
export function encodeCursor(after: string, savePoint: string): string {
  return Buffer.from(JSON.stringify([after, savePoint])).toString('base64url');
}

const cursor = z.tuple([z.string().max(10_000), instant]);

function parseCursor(sent: string, at: string): { after: string; savePoint: string } {
  const { success, data } = cursor.safeParse(decoded(sent));
  if (!success || data[0].includes('\u0000'))
    return refuse('invalid_data', 'Give as `after` what `next` of the page before said.', at, 'after');
  return { after: data[0], savePoint: data[1] };
}

function decoded(sent: string): unknown {
  try {
    return JSON.parse(Buffer.from(sent, 'base64url').toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

interface Asked {
  kind?: OrgUnitWireKind;
  records?: 'true' | 'false';
  changedSince?: string;
  limit?: string;
  after?: string;
  active?: 'true' | 'false';
  userSourcedId?: string;
  orgUnit?: string;
  orgUnitKind?: OrgUnitWireKind;
  role?: string;
  parentRole?: (typeof parentRoles)[number];
  parentSourcedId?: string;
  [field: string]: string | undefined;
}

const texts = ['userName', 'email', 'orgDefinedId', 'givenName', 'familyName', 'code', 'name'] as const;

function filterOf(asked: Asked): ListFilter {
  const { active, userSourcedId, orgUnit, orgUnitKind, role, parentRole, parentSourcedId } = asked;
  const equals = Object.fromEntries(
    texts.flatMap((field) => (asked[field] === undefined ? [] : [[field, asked[field]]])),
  );
  return {
    ...(active === undefined ? {} : { active: active === 'true' }),
    ...(userSourcedId === undefined ? {} : { userSourcedId }),
    ...(orgUnit === undefined ? {} : { orgUnit: { kind: orgUnitKind ?? null, sourcedId: orgUnit } }),
    ...(role === undefined ? {} : { role }),
    ...(parentRole === undefined || parentSourcedId === undefined
      ? {}
      : { parent: { role: parentRole, sourcedId: parentSourcedId } }),
    ...(Object.keys(equals).length === 0 ? {} : { equals: equals }),
  };
}

function kindOf(entity: EntityKind, kind: OrgUnitWireKind | undefined): WireKind | undefined {
  if (entity === 'org_unit') return kind;
  return ({ user: 'person', association: 'association', enrollment: 'membership' } as const)[entity];
}

function savePoint(sent: string, at: string): string {
  const { success, data } = instant.safeParse(sent);
  if (success) return data;
  const message = `"${sent.slice(0, 100)}" is no save point: send the savePoint of an earlier answer.`;
  return refuse('save_point_invalid', message, at, 'changedSince');
}

function refuse(code: ProblemCode, message: string, at: string, field: string): never {
  throw new RecordMistakes([{ code, message, at: `${at}/${field}`, field }]);
}
