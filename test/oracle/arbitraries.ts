import fc from 'fast-check';
import type { WriteCommand } from '../../src/domain/command.ts';
import type { SourceSystemOptions } from '../../src/domain/source-system.ts';
import { enrollmentFields, orgUnitFields, associationFields, sourcedIds, userFields } from './arbitrary-fields.ts';
import type { Edit } from './model.ts';
import { lmsRoles, lmsTypes, type Options, roleMap, typeMap } from './world.ts';

/** One step of a history: a message of a source system, or an edit by an administrator. */
export type Step = { source: string; commands: WriteCommand[] } | Edit;
export type History = { options: Options; steps: Step[] };

/**
 * `calm` leaves out what depends on who comes first (docs/projection.md, 10): contested codes and identities, types that
 * change, adoption, forgetting and edits that need an LMS object.
 */
export type Mood = 'calm' | 'wild';

export const sourceCodes = ['banner', 'lis'] as const;

export function histories(mood: Mood, maxLength: number): fc.Arbitrary<History> {
  return fc.record({
    options: fc.record({ banner: options(mood), lis: options(mood) }),
    steps: fc.array(step(mood), { minLength: 1, maxLength }),
  });
}

export function step(mood: Mood): fc.Arbitrary<Step> {
  return fc.oneof(
    { weight: 6, arbitrary: message(mood) },
    { weight: 1, arbitrary: mood === 'calm' ? calmEdit : wildEdit },
  );
}

function message(mood: Mood): fc.Arbitrary<Step> {
  return fc.constantFrom(...sourceCodes).chain((source) =>
    fc.record({
      source: fc.constant(source),
      commands: fc.array(command(mood, source), { minLength: 1, maxLength: mood === 'calm' ? 1 : 5 }),
    }),
  );
}

export function command(mood: Mood, source: string): fc.Arbitrary<WriteCommand> {
  const unitKind = fc.constantFrom('group' as const, 'template' as const, 'offering' as const, 'section' as const);
  return fc.oneof(
    { weight: 4, arbitrary: commandOf(mood, 'user', 'person', (id) => userFields(mood, id)) },
    {
      weight: 8,
      arbitrary: unitKind.chain((kind) =>
        commandOf(mood, 'org_unit', kind, (id) => orgUnitFields(mood, source, kind, id)),
      ),
    },
    {
      weight: 2,
      arbitrary: commandOf(mood, 'association', 'association', (id) => associationFields(mood, source, id)),
    },
    { weight: 6, arbitrary: commandOf(mood, 'enrollment', 'membership', (id) => enrollmentFields(id)) },
  );
}

/** What the commands of a history do; copies and renames depend on other rows, and so on who comes first. */
const calmWays = [
  ...['replace', 'replace', 'replace', 'replace', 'create', 'update', 'update', 'update if there'],
  ...['add', 'remove', 'delete', 'delete'],
] as const;
const ways = { calm: calmWays, wild: [...calmWays, 'copy', 'rename', 'rename', 'leave', 'leave'] } as const;

function commandOf(
  mood: Mood,
  entity: WriteCommand['entity'],
  kind: WriteCommand['kind'],
  fieldsOf: (sourcedId: string) => fc.Arbitrary<object>,
): fc.Arbitrary<WriteCommand> {
  const id = fc.constantFrom(...sourcedIds[kind]);
  return fc.tuple(fc.constantFrom(...ways[mood]), id, id).chain(([way, sourcedId, other]) => {
    const head = { entity, kind, sourcedId };
    if (way === 'rename') {
      return fc.constant({ ...head, verb: 'rename', newSourcedId: other } as WriteCommand);
    }
    if (way === 'leave' && entity === 'enrollment') {
      return fc
        .constantFrom('inactive', 'inactive', 'active')
        .map((meanwhile) => ({ ...head, verb: 'delete', wishes: { leaves: { meanwhile, days: 1 } } }) as WriteCommand);
    }
    if (way === 'delete' || way === 'leave') return fc.constant({ ...head, verb: 'delete' } as WriteCommand);
    return fieldsOf(sourcedId).map((fields) => ({ ...head, ...wish(way, other, fields) }) as WriteCommand);
  });
}

function wish(way: (typeof ways)['wild'][number], other: string, fields: object): object {
  switch (way) {
    case 'create':
      return { verb: 'replace', mustNotExist: true, fields };
    case 'copy':
      return { verb: 'replace', copyOf: other, fields };
    case 'update if there':
      return { verb: 'update', mustExist: true, fields };
    case 'add':
    case 'remove':
      return { verb: 'update', lists: way, fields: 'roles' in fields ? { roles: fields.roles } : fields };
    case 'replace':
    case 'update':
    case 'delete':
    case 'rename':
    case 'leave':
      return { verb: way, fields };
  }
}

function options(mood: Mood): fc.Arbitrary<Partial<SourceSystemOptions>> {
  const keep = fc.subarray([
    'name',
    'code',
    'parents',
    'active',
    'startsAt',
    'userName',
    'givenName',
    'roles',
    'relations',
  ]);
  const overwrite = fc.oneof(
    { weight: 3, arbitrary: fc.constant('yes' as const) },
    fc.constant('no' as const),
    keep.map((fields) => ({ keep: fields })),
  );
  if (mood === 'calm') {
    return fc.record({ overwrite: fc.record({ user: fc.constant('yes' as const), orgUnit: overwrite }) });
  }
  const mostly = <T>(usual: T, other: T) => fc.constantFrom(usual, usual, usual, other);
  return fc.record({
    identityRule: mostly<'org_defined_id' | 'user_name'>('org_defined_id', 'user_name'),
    adoptOrgUnits: fc.boolean(),
    userDelete: fc.constantFrom('inactivate', 'delete'),
    dependants: mostly<'detach' | 'forget'>('detach', 'forget'),
    overwrite: fc.record({ user: overwrite, orgUnit: overwrite }),
  });
}

const source = fc.constantFrom(...sourceCodes);

/** A word is mapped to one thing or not at all, so that the order of a link and a map does not matter. */
const calmEdit: fc.Arbitrary<Edit> = fc.oneof(
  fc
    .record({
      edit: fc.constant('type' as const),
      source,
      sisType: fc.constantFrom(...(Object.keys(typeMap) as (keyof typeof typeMap)[])),
      to: fc.boolean(),
    })
    .map(({ to, ...edit }) => ({ ...edit, to: to ? typeMap[edit.sisType] : null })),
  fc
    .record({
      edit: fc.constant('role' as const),
      source,
      sisRole: fc.constantFrom(...(Object.keys(roleMap) as (keyof typeof roleMap)[])),
      to: fc.boolean(),
    })
    .map(({ to, ...edit }) => ({ ...edit, to: to ? roleMap[edit.sisRole] : null })),
  fc.record({
    edit: fc.constant('role' as const),
    source,
    sisRole: fc.constant('Mentor'),
    to: fc.constant('assistant'),
  }),
);

const wildEdit: fc.Arbitrary<Edit> = fc.oneof(
  calmEdit,
  fc.record({
    edit: fc.constant('type' as const),
    source,
    sisType: fc.constantFrom('TERM', 'CourseSection', ' courseSECTION', 'CourseGroup', 'SectionAssociation', 'CLUB'),
    to: fc.option(fc.constantFrom(...lmsTypes.map((type) => type.code))),
  }),
  fc.record({
    edit: fc.constant('role' as const),
    source,
    sisRole: fc.constantFrom('Learner', 'LEARNER ', 'Mentor', 'Alumni'),
    to: fc.option(fc.constantFrom(...lmsRoles.map((role) => role.code))),
  }),
  fc.record({ edit: fc.constant('options' as const), source, options: options('wild') }),
  fc.record({
    edit: fc.constant('options' as const),
    source: fc.constant('banner'),
    options: fc.record({
      sectionBringsOffering: fc.option(fc.constant({ semesterType: 'TERM', departmentType: 'DEPARTMENT' })),
    }),
  }),
  override('user', 'person', ['email', 'nickname']),
  override('org_unit', 'offering', ['name', 'description']),
  override('org_unit', 'section', ['name', 'description']),
  fc.record({
    edit: fc.constant('owned' as const),
    user: fc.subarray(['email', 'nickname']),
    orgUnit: fc.subarray(['name', 'description']),
  }),
);

function override(entity: 'user' | 'org_unit', kind: WriteCommand['kind'], fields: string[]): fc.Arbitrary<Edit> {
  return fc
    .record({
      source,
      sourcedId: fc.constantFrom(...sourcedIds[kind]),
      field: fc.constantFrom(...fields),
      value: fc.option(fc.constantFrom('ours', 'ours too')),
    })
    .map(({ source, sourcedId, field, value }) => ({
      edit: 'override',
      entity,
      target: `${source}/${kind}/${sourcedId}`,
      field,
      value,
    }));
}
