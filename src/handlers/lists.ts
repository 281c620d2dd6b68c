import {
  handledEntities,
  handledVerbs,
  type HandledEntity,
  type HandledVerb,
  type ListEntry,
} from '../domain/extension-points.ts';
import type { ListPoint, Template } from '../pipeline/plugins/index.ts';

type Row = readonly [plugin: string, sortOrder: number, options?: Readonly<Record<string, unknown>>];

/** The lists of IPSIS (handler documentation, "default configuration"), by entity and verb. */
const strict = { require: ['code', 'name'] };

const createAndSave = (from: number): Row[] => [
  ['create-lms', from],
  ['create-declared', from + 10],
  ['save-lms', from + 20],
  ['save-declared', from + 30],
];

const orgUnit = (options?: Readonly<Record<string, unknown>>): Row[] => [
  ['read-declared', 10],
  options === undefined ? ['validate', 20] : ['validate', 20, options],
  ...createAndSave(30),
];

const person = (between: readonly Row[]): Row[] => [
  ['read-declared', 10],
  ['read-lms', 20],
  // IPSIS has it as an option of its translators; ours read preferred names always.
  ['preferred-names', 25],
  ...between,
  ['validate-base', 50],
  ['create-lms', 60],
  ['create-declared', 70],
  ['save-lms', 80],
  ['save-declared', 90],
  ['discard-password', 100],
  ['update-parents', 110],
];

const offering = (between: readonly Row[], options?: Readonly<Record<string, unknown>>): Row[] => [
  ['read-declared', 10],
  options === undefined ? ['validate', 20] : ['validate', 20, options],
  ...between,
  ['template-update-departments', 40],
  ...createAndSave(50),
];

const section = (become: 'section' | 'group', ipsis: boolean): Row[] => [
  ['read-declared', 10],
  // The projection takes what nobody calls inactive for active; stating it would win over other source systems.
  ...(ipsis ? [['status-default-active', 20] as const] : []),
  ['parent-department-semester-default-none', 30],
  ipsis ? ['validate', 40, strict] : ['validate', 40],
  ...(ipsis ? [['validate-parent-offering-exists', 50] as const] : []),
  [`create-lms-${become}`, 60],
  ['create-declared', 70],
  [`save-lms-${become}`, 80],
  ['save-declared', 90],
];

const association = (become: 'section' | 'group'): Row[] => [
  ['read-declared', 10],
  ['properties-default-first-section', 20],
  ['validate', 30],
  ['create-lms', 40],
  ['create-declared', 50],
  [`add-lms-${become}`, 60],
  ['unenroll-lms-group-section', 70],
  ['unenroll-lms-offering', 80],
  ['remove-lms-group-section', 90],
  ['save-lms', 100],
  ['save-declared', 110],
];

const enrollment: Row[] = [
  ['read-declared', 10],
  ['status-default-active', 20],
  ['validate-section', 30],
  ['create-declared', 40],
  ['save-declared', 50],
  ['enroll-lms-offering', 60],
  ['enroll-lms-group-section', 70],
  ['unenroll-lms-group-section', 80],
  ['unenroll-lms-offering', 90],
];

const readOrgUnit: Row[] = [
  ['read-declared', 10],
  ['validate-kind', 20],
];

const deletes = (first: readonly Row[], ...rest: readonly Row[]): Row[] => [...first, ...rest];
const ours = 'What the gateway does unless somebody chooses otherwise.';
const theirs = 'As IPSIS has it by default.';

const standard = (rows: readonly Row[], summary = ours): Template => template('standard', summary, rows);
const ipsis = (rows: readonly Row[], summary = theirs): Template => template('ipsis', summary, rows);

/** IPSIS deletes its own record of an org unit and leaves the LMS alone; here the LMS follows, unless that is chosen. */
const deleteOrgUnit = (first: readonly Row[], ipsisAlso: readonly Row[] = []): Template[] => [
  standard(deletes(first, ['delete-lms', 15], ['delete-declared', 20])),
  ipsis(
    deletes([...first, ...ipsisAlso], ['delete-declared', first.length === 0 ? 10 : 20]),
    `${theirs} The LMS object stays.`,
  ),
];
const kindFirst: Row[] = [['validate-kind', 10]];

const templates: Readonly<Record<HandledEntity, Readonly<Record<HandledVerb, readonly Template[]>>>> = {
  user: {
    replace: [
      standard(person([])),
      ipsis(
        person([
          ['status-default-active', 30],
          ['role-default-first-role', 40],
        ]),
        `${theirs} A person without a role gets the first mapped one.`,
      ),
    ],
    delete: [
      template('inactivate', 'The LMS user becomes inactive.', [
        ['inactivate-lms', 10],
        ['delete-declared', 20],
      ]),
      template('delete', 'The LMS user is deleted.', [
        ['delete-lms', 10],
        ['delete-declared', 20],
      ]),
    ],
    read: [
      standard([['read-declared', 10]]),
      ipsis(
        [
          ['read-declared', 10],
          ['read-lms', 20],
        ],
        `${theirs} A person who is not in the LMS is unknown.`,
      ),
    ],
  },
  semester: plain(),
  department: plain(),
  org_unit: plain(),
  course_template: {
    replace: [standard(orgUnit()), ipsis(orgUnit(strict), `${theirs} Code and name must be stated.`)],
    delete: deleteOrgUnit(kindFirst),
    read: [standard(readOrgUnit)],
  },
  course_offering: {
    replace: [
      standard(offering([])),
      ipsis(
        offering([['disallow-parent-changes-if-children-exist', 30]], strict),
        `${theirs} An offering with sections does not move.`,
      ),
    ],
    delete: deleteOrgUnit(kindFirst),
    read: [standard(readOrgUnit)],
  },
  course_section: {
    replace: [
      template('sections', `${ours} Sections become LMS sections.`, section('section', false)),
      template('groups', 'Sections become LMS groups.', section('group', false)),
      template('ipsis-sections', `${theirs} The offering must be there.`, section('section', true)),
      template(
        'ipsis-groups',
        `${theirs} The offering must be there; sections become LMS groups.`,
        section('group', true),
      ),
    ],
    delete: deleteOrgUnit(kindFirst, [['refuse-delete-in-association', 15]]),
    read: [standard(readOrgUnit)],
  },
  section_association: {
    replace: [
      template('sections', `${ours} As IPSIS has it by default.`, association('section')),
      template('groups', 'For sections that become LMS groups.', association('group')),
    ],
    delete: deleteOrgUnit(kindFirst),
    read: [standard(readOrgUnit)],
  },
  enrollment: {
    replace: [standard(enrollment, theirs)],
    delete: [
      standard(
        [
          ['read-declared', 10],
          ['unenroll-lms-group-section', 20],
          ['unenroll-lms-offering', 30],
          ['delete-declared', 40],
        ],
        theirs,
      ),
    ],
    read: [standard([['read-declared', 10]], theirs)],
  },
};

function plain(): Readonly<Record<HandledVerb, readonly Template[]>> {
  return {
    replace: [standard(orgUnit()), ipsis(orgUnit(strict), `${theirs} Code and name must be stated.`)],
    delete: deleteOrgUnit([]),
    read: [standard(readOrgUnit)],
  };
}

function template(name: string, summary: string, rows: readonly Row[]): Template {
  const entries = rows.map(([plugin, sortOrder, options]): ListEntry => ({
    plugin,
    sortOrder,
    ...(options === undefined ? {} : { options }),
  }));
  return { name, summary, entries };
}

const deeds: Readonly<Record<HandledVerb, string>> = {
  replace: 'Handles a replace or an update of',
  delete: 'Handles a delete of',
  read: 'Handles a read of',
};

/** The extension points of handlers, with the lists that are shipped for them. */
export const handlePoints: readonly ListPoint[] = handledEntities.flatMap((entity) =>
  handledVerbs.map((verb): ListPoint => {
    const shipped = templates[entity][verb];
    const [first] = shipped;
    return {
      name: `handle.${entity}.${verb}`,
      kind: 'handle',
      summary: `${deeds[verb]} ${/^[aeou]/.test(entity) && entity !== 'user' ? 'an' : 'a'} ${entity.replaceAll('_', ' ')}.`,
      ...(verb === 'replace' ? { oneOf: [['create-declared', 'save-declared'], ...addsSections(entity)] } : {}),
      templates: shipped,
      standard: (source) =>
        entity === 'user' && verb === 'delete' ? source.options.userDelete : (first?.name ?? 'standard'),
    };
  }),
);

function addsSections(entity: HandledEntity): string[][] {
  return entity === 'section_association' ? [['add-lms-section', 'add-lms-group']] : [];
}
