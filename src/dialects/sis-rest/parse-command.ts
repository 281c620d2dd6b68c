import { z } from 'zod';
import type { Command } from '../../domain/command.ts';
import {
  type EntityKind,
  type EnrollmentFields,
  literalOrgUnitTypes,
  type OrgUnitFields,
  type OrgUnitWireKind,
} from '../../domain/entities.ts';
import type { Problem } from '../../domain/problem.ts';
import { syntheticEnrollmentId } from '../../domain/synthetic-enrollment-id.ts';
import { type Defined, describeIssues, type Mistake } from '../../formats/json/index.ts';
import {
  associationFields,
  enrollmentChanges,
  enrollmentFields,
  enrollmentPair,
  orgUnitFields,
  sourcedId as sourcedIdSchema,
  userFields,
} from './fields.ts';
import { type RawCommand, RecordMistakes, type RestVerb } from './raw-command.ts';
import { withoutPasswords, withoutSecrets } from './secrets.ts';
import { checkWishes, withWishes } from './wishes.ts';

/**
 * Makes a Command of what was sent, or throws RecordMistakes. A PATCH asks for something that is there (RFC 5789, section
 * 2: it modifies "an existing resource"): a typing error in a sourcedId must not make an object of a few fields.
 */
export function parseCommand(raw: RawCommand): Command {
  checkWishes(raw);
  const { raw: plain, notes } = withoutPasswords(raw);
  const stated = plain.verb === 'rename' ? parseRename(plain) : parsers[plain.entity](plain as StatingCommand);
  const parsed = withWishes(withoutSecrets(stated, raw.fieldsAt, notes), raw.wishes ?? {});
  const command: Command = parsed.verb === 'update' ? { ...parsed, mustExist: true } : parsed;
  return raw.at === '' ? command : { ...command, at: raw.at };
}

type StatingCommand = RawCommand & { verb: Exclude<RestVerb, 'rename'> };

function parseRename(raw: RawCommand): Command {
  const { entity, at, wishes } = raw;
  const { newSourcedId } = check(renamed, { newSourcedId: wishes?.newSourcedId }, at);
  const kind = entity === 'org_unit' ? (raw.kind ?? missingKind(raw)) : kinds[entity];
  return { entity, kind, verb: 'rename', sourcedId: ownId(raw), newSourcedId } as Command;
}

const kinds = { user: 'person', association: 'association', enrollment: 'membership' } as const;

const parsers: Record<EntityKind, (raw: StatingCommand) => Command> = {
  user: (raw) => {
    const key = { entity: 'user', kind: 'person', sourcedId: ownId(raw) } as const;
    if (raw.verb === 'delete' || raw.verb === 'read') return { ...key, verb: raw.verb };
    return { ...key, verb: raw.verb, fields: blankIsEmpty(check(userFields, raw.fields, raw.fieldsAt)) };
  },
  association: (raw) => {
    const key = { entity: 'association', kind: 'association', sourcedId: ownId(raw) } as const;
    if (raw.verb === 'delete' || raw.verb === 'read') return { ...key, verb: raw.verb };
    return { ...key, verb: raw.verb, fields: blankIsEmpty(check(associationFields, raw.fields, raw.fieldsAt)) };
  },
  org_unit: parseOrgUnit,
  enrollment: parseEnrollment,
};

function parseOrgUnit(raw: StatingCommand): Command {
  const sourcedId = ownId(raw);
  if (raw.verb === 'delete' || raw.verb === 'read') {
    return { entity: 'org_unit', kind: raw.kind ?? missingKind(raw), sourcedId, verb: raw.verb };
  }
  const { type: stated, ...others } = blankIsEmpty(check(orgUnitFields, raw.fields, raw.fieldsAt));
  const kind = raw.kind ?? (stated === undefined ? missingKind(raw) : kindOfType(stated));
  const key = { entity: 'org_unit', kind, sourcedId } as const;
  if (raw.verb === 'update') {
    // An update must not reset the type of what is there.
    return { ...key, verb: 'update', fields: stated === undefined ? others : { ...others, type: stated } };
  }
  // A copy has the type of what it is made from, unless it states another.
  const type = stated ?? (isCopy(raw) ? undefined : (literalTypeOf(kind) ?? missingType(raw)));
  const fields = { ...others, ...(type === undefined ? {} : { type }) } as OrgUnitFields;
  return { ...key, verb: 'replace', fields };
}

function parseEnrollment(raw: StatingCommand): Command {
  const key = { entity: 'enrollment', kind: 'membership' } as const;
  switch (raw.verb) {
    case 'read':
      return { ...key, verb: 'read', sourcedId: ownId(raw) };
    case 'delete': {
      if (raw.sourcedId !== undefined) return { ...key, verb: 'delete', sourcedId: ownId(raw) };
      const pair = withKind(check(enrollmentPair, raw.fields, raw.fieldsAt));
      return { ...key, verb: 'delete', sourcedId: syntheticEnrollmentId(pair.userSourcedId, pair.orgUnit), pair };
    }
    case 'replace': {
      if (isCopy(raw)) return { ...key, verb: 'replace', ...changesOf(raw) } as Command;
      const fields = withKind(check(enrollmentFields, raw.fields, raw.fieldsAt));
      return { ...key, verb: 'replace', sourcedId: enrollmentId(raw, fields), fields };
    }
    case 'update':
      return { ...key, verb: 'update', ...changesOf(raw) };
  }
}

/** Of a membership that need not be stated whole. */
function changesOf(raw: RawCommand): { sourcedId: string; fields: Partial<EnrollmentFields> } {
  const { orgUnit, ...others } = check(enrollmentChanges, raw.fields, raw.fieldsAt);
  const fields = orgUnit === undefined ? others : { ...others, orgUnit: reference(orgUnit) };
  return { sourcedId: enrollmentId(raw, fields), fields };
}

function isCopy({ wishes }: RawCommand): boolean {
  return wishes?.copyOf !== undefined;
}

/** An enrollment's own id, or the synthetic one of its pair (rule 5). */
function enrollmentId(raw: RawCommand, fields: Partial<EnrollmentFields>): string {
  if (raw.sourcedId !== undefined || raw.wishes?.allocate === true) return ownId(raw);
  if (fields.userSourcedId !== undefined && fields.orgUnit !== undefined) {
    return syntheticEnrollmentId(fields.userSourcedId, fields.orgUnit);
  }
  return refuse(
    raw.fieldsAt,
    'userSourcedId',
    'An enrollment without a sourcedId of its own is known by its userSourcedId and orgUnit; state both.',
  );
}

const identified = z.object({ sourcedId: sourcedIdSchema });
const renamed = z.object({ newSourcedId: sourcedIdSchema });

function ownId(raw: RawCommand): string {
  // The gateway gives one.
  if (raw.wishes?.allocate === true) return '';
  return check(identified, { sourcedId: raw.sourcedId }, raw.at).sourcedId;
}

type OrgUnitReference = string | { kind: OrgUnitWireKind | null; sourcedId: string };

function reference(sent: OrgUnitReference): EnrollmentFields['orgUnit'] {
  return typeof sent === 'string' ? { kind: null, sourcedId: sent } : sent;
}

function withKind<T extends { orgUnit: OrgUnitReference }>(
  sent: T,
): Omit<T, 'orgUnit'> & Pick<EnrollmentFields, 'orgUnit'> {
  return { ...sent, orgUnit: reference(sent.orgUnit) };
}

function kindOfType(type: string): OrgUnitWireKind {
  const literal = Object.entries(literalOrgUnitTypes).find(([, name]) => name === type)?.[0];
  return literal === undefined || literal === 'association' ? 'group' : (literal as OrgUnitWireKind);
}

function literalTypeOf(kind: OrgUnitWireKind): string | undefined {
  return kind === 'group' ? undefined : literalOrgUnitTypes[kind];
}

function missingKind(raw: RawCommand): never {
  return refuse(raw.at, 'kind', 'State the kind of the org unit: group, template, offering or section.');
}

function missingType(raw: RawCommand): never {
  return refuse(raw.fieldsAt, 'type', "A group states its type, in the SIS's own word (`DEPARTMENT`, `TERM`...).");
}

function refuse(parentAt: string, field: string, message: string): never {
  throw new RecordMistakes([{ code: 'incomplete_data', message, at: `${parentAt}/${field}`, field }]);
}

/** A blank text says nothing: as an id it would make one person of all who have it. */
function blankIsEmpty<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, value === '' ? null : value])) as T;
}

export function check<S extends z.ZodType>(schema: S, value: unknown, at: string): Defined<z.output<S>> {
  const { success, data, error } = schema.safeParse(value);
  if (success) return data as Defined<z.output<S>>;
  const [first, ...others] = describeIssues(error, value, at).map(toProblem);
  if (first === undefined) throw new Error('zod refused a value without an issue');
  throw new RecordMistakes([first, ...others]);
}

const codes = { missing: 'incomplete_data', too_long: 'value_too_long', malformed: 'invalid_data' } as const;

function toProblem({ sort, at, field, message }: Mistake): Problem {
  return { code: codes[sort], message, at, ...(field === undefined ? {} : { field }) };
}
