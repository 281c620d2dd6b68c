import { z } from 'zod';
import type { ListCommand, ListFilter } from '../../domain/command.ts';
import type { EntityKind, OrgUnitWireKind, WireKind } from '../../domain/entities.ts';
import { parentRoles } from '../../domain/entities.ts';
import { GatewayError } from '../../domain/problem.ts';
import { instant } from '../../formats/json/index.ts';
import { orgUnitCallKind, orgUnitKind, sourcedId } from './fields.ts';
import { check } from './parse-command.ts';

const flag = z.enum(['true', 'false']);
const text = z.string().trim().min(1).optional();

const common = {
  records: flag.optional().meta({ description: '`true`: the records with the ids, at most 5,000.' }),
  changedSince: z.string().optional().meta({
    description:
      'A savePoint of an earlier answer: what was declared or deleted since then, deleted ones by their ids alone. Nothing is missed, something may come twice.',
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

/** `GET /sis/v1/{collection}?...`: what this source system declared and has not deleted. */
export function parseList(entity: EntityKind, query: URLSearchParams): ListCommand {
  const asked = check(listQueries[entity] as z.ZodObject, Object.fromEntries(query), '') as Asked;
  const { kind, records, changedSince } = asked;
  if ((asked.parentRole === undefined) !== (asked.parentSourcedId === undefined))
    throw new GatewayError('incomplete_data', 'parentRole and parentSourcedId are asked for together.', {
      field: 'parentRole',
    });
  return {
    entity,
    kind: kindOf(entity, kind),
    verb: 'list',
    sourcedId: '',
    filter: { ...filterOf(asked), ...(changedSince === undefined ? {} : { changedSince: savePoint(changedSince) }) },
    ...(records === 'true' ? { records: true } : {}),
  } as ListCommand;
}

interface Asked {
  kind?: OrgUnitWireKind;
  records?: 'true' | 'false';
  changedSince?: string;
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

function savePoint(sent: string): string {
  const { success, data } = instant.safeParse(sent);
  if (success) return data;
  throw new GatewayError('save_point_invalid', `"${sent}" is no save point: send the savePoint of an earlier answer.`, {
    field: 'changedSince',
  });
}
