import { type CompiledLists, defineTranslators, type ReadRecord, stepsOfSource } from '../../pipeline/plugins/index.ts';
import type { SourceSystem } from '../../pipeline/ports.ts';
import { demands } from './demands.ts';
import { entities, type LisEntity } from './translate/entities.ts';
import type { StepsOf } from './translate/request.ts';

/**
 * By the kind of object and the name of the step: where it stands in IPSIS's default list, and what it is called there
 * (`PersonRequest` + `Base` + `Translator`). The other steps are ours, and stand behind these.
 */
const places: Readonly<Record<string, Readonly<Record<string, readonly [sortOrder: number, alias: string]>>>> = {
  Person: {
    base: [10, 'Base'],
    names: [20, 'FirstAndLastNameRequired'],
    'institution roles': [30, 'InstitutionRoleOptional'],
    'e-mail': [40, 'EmailPrimaryOptional'],
    'user name': [50, 'FirstUserIdAndPasswordOptional'],
  },
  Group: { base: [10, 'Base'], type: [20, 'TypeValueIdRequired'], name: [30, 'NameShortDescRequired'] },
  CourseTemplate: { base: [10, 'Base'], title: [20, 'NameTitleRequired'], department: [30, 'DepOrgNameOptional'] },
  CourseOffering: {
    base: [10, 'Base'],
    title: [20, 'NameTitleRequired'],
    template: [30, 'TemplateRequired'],
    semester: [40, 'SemesterOptional'],
    department: [50, 'DepOrgNameOptional'],
    dates: [60, 'StartDateEndDateOptional'],
    status: [70, 'StatusOptional'],
  },
  CourseSection: {
    base: [10, 'Base'],
    offering: [20, 'ParentOfferingIdRequired'],
    title: [30, 'NameRequired'],
    department: [40, 'DepartmentRequired'],
    semester: [50, 'SemesterOptional'],
    dates: [60, 'StartDateEndDateRequired'],
    status: [70, 'StatusOptional'],
  },
  SectionAssociation: {
    base: [10, 'Base'],
    title: [20, 'NameTitleOptional'],
    sections: [30, 'SectionIdRequired'],
    status: [40, 'StatusOptional'],
  },
  Membership: {
    base: [10, 'Base'],
    collection: [20, 'CollectionRequired'],
    person: [30, 'UserPersonRequired'],
    roles: [40, 'RoleTypeAndStatusRequired'],
  },
};

/** Of options that IPSIS has beside its default lists. */
const optional: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Person: {
    'preferred names': 'PreferredFirstAndLastNameOptional',
    'extension fields': 'IsActive',
    agents: 'Agents',
  },
};

/** Beside the base: without these a record of the kind says nothing that could be declared. */
const required: Readonly<Record<string, readonly string[]>> = {
  Group: ['type'],
  Membership: ['collection', 'person', 'roles'],
};

/** Read only where somebody chooses so: their lists name them. */
const onlyChosen: Readonly<Record<string, readonly string[]>> = { Person: ['agents'] };

const attributesOnly: readonly string[] = ['attributes', 'extension fields'];

const points: ReadonlyMap<string, string> = new Map(
  entities.map(({ name }) => [
    name,
    `translate.lis2${name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replace('_', '.')}`,
  ]),
);

/**
 * The extension points of LIS: for each kind of object, the steps that read its record. A record without an envelope
 * (`lis2-record`) is the same record, and read by the same lists.
 */
export const { points: lisPoints, steps: lisSteps } = defineTranslators(entities.map(asRecord));

/** The steps of a source system, as its lists have them; without lists, all of them as they are written down. */
export function stepsOf(lists: CompiledLists | undefined, source: SourceSystem): StepsOf | undefined {
  const ofPoint = stepsOfSource(lists, source);
  return ofPoint && ((entity) => ofPoint(pointOf(entity)));
}

function asRecord(entity: LisEntity): ReadRecord {
  const { name, steps } = entity;
  const aliased = (called: string): string => `${name}Request${called}Translator`;
  return {
    point: pointOf(entity),
    what: `a LIS ${name}`,
    steps: steps.map((step) => ({
      name: step.name,
      demand: demands[name]?.[step.name],
      required: required[name]?.includes(step.name) === true,
      attributesOnly: attributesOnly.includes(step.name),
      onlyChosen: onlyChosen[name]?.includes(step.name) === true,
      read(record, fields) {
        step.read(record, fields);
      },
    })),
    places: Object.fromEntries(
      Object.entries(places[name] ?? {}).map(([step, [sortOrder, alias]]) => [step, [sortOrder, aliased(alias)]]),
    ),
    aliases: Object.fromEntries(Object.entries(optional[name] ?? {}).map(([step, alias]) => [step, aliased(alias)])),
  };
}

function pointOf({ name }: LisEntity): string {
  return points.get(name) ?? '';
}
