import fc from 'fast-check';
import {
  type AssociationFields,
  type EnrollmentFields,
  literalOrgUnitTypes,
  type OrgUnitFields,
  type OrgUnitWireKind,
  orgUnitWireKinds,
  type ParentReference,
  type ParentRole,
  type RoleEntry,
  type UserFields,
  type WireKind,
} from '../../src/domain/entities.ts';
import { syntheticEnrollmentId } from '../../src/domain/synthetic-enrollment-id.ts';
import type { Mood } from './arbitraries.ts';

/** Memberships without an id of their own are known by these. */
const pairs: Pick<EnrollmentFields, 'userSourcedId' | 'orgUnit'>[] = [
  { userSourcedId: 'P1', orgUnit: { kind: 'section', sourcedId: 'S1' } },
  { userSourcedId: 'P2', orgUnit: { kind: 'section', sourcedId: 'S1' } },
  { userSourcedId: 'P1', orgUnit: { kind: 'section', sourcedId: 'S2' } },
  { userSourcedId: 'P1', orgUnit: { kind: null, sourcedId: 'C1' } },
];

/** Few ids, so that things meet; some name several kinds, so that references are ambiguous. */
export const sourcedIds: Record<WireKind, string[]> = {
  person: ['P1', 'P2', 'P3', 'P4'],
  group: ['G1', 'G2', 'C2'],
  template: ['C1', 'C2'],
  offering: ['O1', 'C1', 'S1'],
  section: ['S1', 'S2', 'S3', 'S4'],
  association: ['A1', 'S2'],
  membership: [
    'M1',
    'M2',
    'M3',
    'M4',
    'M5',
    'M6',
    ...pairs.map((pair) => syntheticEnrollmentId(pair.userSourcedId, pair.orgUnit)),
  ],
};

/** Calm persons have the same identity in both source systems; wild ones take each other's. */
export function userFields(mood: Mood, sourcedId: string): fc.Arbitrary<UserFields> {
  const calm: Identity = {
    orgDefinedId: fc.constant(`OD-${sourcedId}`),
    userName: maybe(fc.constant(`user.${sourcedId}`)),
  };
  const wild: Identity = {
    orgDefinedId: maybe(fc.constantFrom('P1', 'p1 ', 'OD-2', null)),
    userName: maybe(fc.constantFrom('ann', 'Ann', 'bob', 'user.3', null)),
  };
  return stated({
    ...(mood === 'calm' ? calm : wild),
    givenName: maybe(fc.constantFrom('Ann', 'Bob', null)),
    email: maybe(fc.constantFrom('ann@example.org', null)),
    active: maybe(fc.constantFrom(true, true, false, null)),
    roles: maybe(
      fc.option(
        fc.array(
          fc.record({ role: fc.constantFrom('Student', 'Faculty', 'FACULTY', 'Alumni'), primary: fc.boolean() }),
          { maxLength: 2 },
        ),
      ),
    ),
    relations: seldom(fc.option(relations)),
    attributes: maybe(fc.constantFrom({ campus: 'north' }, null)),
  });
}

/** One may name the person who states it, or somebody who never comes. */
const relations = fc.array(
  fc.record({
    kind: fc.constantFrom('auditor' as const, 'parent' as const),
    sourcedId: fc.constantFrom(...sourcedIds.person, 'P9'),
  }),
  { maxLength: 3 },
);

type Identity = Record<'orgDefinedId' | 'userName', fc.Arbitrary<string | null | undefined>>;

export function orgUnitFields(
  mood: Mood,
  source: string,
  kind: Exclude<OrgUnitWireKind, 'association'>,
  sourcedId: string,
): fc.Arbitrary<OrgUnitFields> {
  const groupType = sourcedId === 'G1' ? 'TERM' : 'DEPARTMENT';
  const wildGroupType = fc.constantFrom(groupType, groupType, groupType, 'TERM', 'CLUB');
  // Some sections are declared as groups, as the list `groups` of handlers does.
  const sectionType = kind === 'section' && sourcedId === 'S3' ? 'CourseGroup' : undefined;
  const type = sectionType ?? (kind === 'group' ? groupType : literalOrgUnitTypes[kind]);
  return stated({
    type: mood === 'wild' && kind === 'group' ? wildGroupType : fc.constant(type),
    code: code(mood, source, kind, sourcedId),
    name: maybe(fc.constantFrom('One', 'Two', null)),
    description: maybe(fc.constantFrom('Some words', null)),
    active: maybe(fc.constantFrom(true, false, null)),
    ...dates(),
    parents: maybe(parents(mood, kind)),
    attributes: maybe(label(mood, source, sourcedId)),
  });
}

export function associationFields(mood: Mood, source: string, sourcedId: string): fc.Arbitrary<AssociationFields> {
  return stated({
    code: code(mood, source, 'association', sourcedId),
    name: maybe(fc.constantFrom('Combined', null)),
    active: maybe(fc.constantFrom(true, false)),
    sections: maybe(fc.array(fc.constantFrom(...sourcedIds.section, 'S9'), { maxLength: 3 })),
  });
}

export function enrollmentFields(sourcedId: string): fc.Arbitrary<EnrollmentFields> {
  const pair = pairs.find((one) => syntheticEnrollmentId(one.userSourcedId, one.orgUnit) === sourcedId);
  return fc.record({
    userSourcedId: pair === undefined ? fc.constantFrom(...sourcedIds.person) : fc.constant(pair.userSourcedId),
    orgUnit: pair === undefined ? anyOrgUnit() : fc.constant(pair.orgUnit),
    roles: fc.array(roleEntry, { minLength: 1, maxLength: 2 }),
  });
}

function anyOrgUnit(): fc.Arbitrary<EnrollmentFields['orgUnit']> {
  return reference(
    { weight: 5, kind: 'section', ids: sourcedIds.section },
    { weight: 2, kind: 'offering', ids: sourcedIds.offering },
    { weight: 1, kind: 'association', ids: sourcedIds.association },
    { weight: 1, kind: 'template', ids: sourcedIds.template },
    { weight: 1, kind: 'group', ids: sourcedIds.group },
  );
}

const roleEntry: fc.Arbitrary<RoleEntry> = stated({
  role: fc.constantFrom('Learner', 'Learner', 'Instructor', 'instructor', 'Mentor', 'Alumni'),
  subRole: maybe(fc.constantFrom('TA', 'Lead')),
  active: fc.constantFrom(true, true, true, false),
  ...plainDates(),
});

/** Upwards mostly, by the right kind mostly. A calm semester is never named as a department, so that a placeholder has one type. */
function parents(mood: Mood, kind: OrgUnitWireKind): fc.Arbitrary<ParentReference[]> {
  const referenceTo = (role: ParentRole, to: OrgUnitWireKind, ids: string[]) =>
    fc
      .tuple(reference({ weight: 1, kind: to, ids }), maybe(fc.constantFrom('Named one', 'Named two')))
      .map(([target, name]) => ({ role, ...target, ...(name === undefined ? {} : { name }) }));
  const semester = referenceTo('semester', 'group', mood === 'calm' ? ['G1'] : ['G1', 'G1', 'G2']);
  const department = referenceTo('department', 'group', ['G2', 'C2']);
  const template = referenceTo('template', 'template', sourcedIds.template);
  const offering = referenceTo('offering', 'offering', sourcedIds.offering);
  const parent = fc
    .constantFrom(...orgUnitWireKinds, 'group' as const)
    .chain((to) => referenceTo('parent', to, sourcedIds[to]));
  const [always, sometimes, seldom] = [inSeven(6), inSeven(3), inSeven(1)];
  const perKind: Record<OrgUnitWireKind, fc.Arbitrary<ParentReference[]>[]> = {
    group: [seldom(semester), sometimes(department), seldom(parent)],
    template: [seldom(semester), sometimes(department), seldom(parent)],
    offering: [sometimes(semester), sometimes(department), always(template), seldom(parent)],
    section: [sometimes(semester), sometimes(department), seldom(template), always(offering), seldom(parent)],
    association: [],
  };
  return fc.tuple(...perKind[kind]).map((lists) => lists.flat());
}

/** The reference so many times in seven, else none. */
function inSeven(times: number): (reference: fc.Arbitrary<ParentReference>) => fc.Arbitrary<ParentReference[]> {
  return (reference) =>
    fc.oneof(
      { weight: times, arbitrary: reference.map((one) => [one]) },
      { weight: 7 - times, arbitrary: fc.constant<ParentReference[]>([]) },
    );
}

type Target = { weight: number; kind: OrgUnitWireKind; ids: string[] };

function reference(...targets: Target[]): fc.Arbitrary<EnrollmentFields['orgUnit']> {
  const target = fc.oneof(
    ...targets.map(({ weight, kind, ids }) => ({
      weight,
      arbitrary: fc.record({ kind: fc.constant(kind), sourcedId: fc.constantFrom(...ids) }),
    })),
  );
  const namedKind = (kind: OrgUnitWireKind) =>
    fc.oneof(
      { weight: 6, arbitrary: fc.constant(kind) },
      { weight: 1, arbitrary: fc.constantFrom(null, ...orgUnitWireKinds) },
    );
  return target.chain(({ kind, sourcedId }) => namedKind(kind).map((named) => ({ kind: named, sourcedId })));
}

/** Calm codes are nobody else's. */
function code(mood: Mood, source: string, kind: OrgUnitWireKind, sourcedId: string) {
  if (mood === 'calm') return fc.constant(`${source} ${kind} ${sourcedId}`);
  return maybe(fc.constantFrom(sourcedId, sourcedId.toLowerCase(), 'X', 'Y', null));
}

function label(mood: Mood, source: string, sourcedId: string): fc.Arbitrary<Record<string, string> | null> {
  if (mood === 'calm') return fc.constant({ label: `${source} label ${sourcedId}` });
  return fc.constantFrom<Record<string, string> | null>({ label: 'X' }, { label: `Label ${sourcedId}` }, {}, null);
}

function dates() {
  return {
    startsAt: maybe(fc.constantFrom('2026-09-01T00:00:00.000Z', '2026-10-01T00:00:00.000Z', null)),
    endsAt: maybe(fc.constantFrom('2026-12-20T00:00:00.000Z', '2027-02-01T00:00:00.000Z', null)),
  };
}

function plainDates() {
  return {
    startsAt: maybe(fc.constant('2026-09-01T00:00:00.000Z')),
    endsAt: maybe(fc.constant('2027-02-01T00:00:00.000Z')),
  };
}

function maybe<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(arbitrary, { nil: undefined });
}

/** Once in three times. */
function seldom<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof({ weight: 1, arbitrary }, { weight: 2, arbitrary: fc.constant(undefined) });
}

/** A record whose undefined fields are not there at all. */
function stated<Fields extends object>(model: {
  [Name in keyof Fields]-?: fc.Arbitrary<Fields[Name] | undefined>;
}): fc.Arbitrary<Fields>;
function stated(model: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<object> {
  return fc
    .record(model)
    .map((fields) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)));
}
