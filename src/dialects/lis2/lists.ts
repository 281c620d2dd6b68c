import type { ListEntry } from '../../domain/extension-points.ts';
import {
  type CompiledLists,
  definePlugin,
  defineTranslator,
  type ListPoint,
  pluginApiVersion,
  type Template,
  type TranslatorPlugin,
} from '../../pipeline/plugins/index.ts';
import type { SourceSystem } from '../../pipeline/ports.ts';
import { entities, type LisEntity } from './translate/entities.ts';
import type { StepsOf } from './translate/request.ts';

/** Where a step stands in IPSIS's default list, and what it is called there: `PersonRequest` + `Base` + `Translator`. */
type Place = readonly [sortOrder: number, alias: string];

/** By the kind of object and the name of the step; the other steps are ours, and stand behind these. */
const places: Readonly<Record<string, Readonly<Record<string, Place>>>> = {
  Person: {
    base: [10, 'Base'],
    names: [20, 'FirstAndLastNameRequired'],
    'institution roles': [30, 'InstitutionRoleOptional'],
    'e-mail': [40, 'EmailPrimaryOptional'],
    'user name': [50, 'FirstUserIdAndPasswordOptional'],
  },
  Group: { base: [10, 'Base'], name: [30, 'NameShortDescRequired'] },
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
    collection: [20, 'CollectionRequired'],
    person: [30, 'UserPersonRequired'],
    roles: [40, 'RoleTypeAndStatusRequired'],
  },
};

/** Of options that IPSIS has beside its default lists. */
const optional: Readonly<Record<string, string>> = {
  'preferred names': 'PreferredFirstAndLastNameOptional',
  'extension fields': 'IsActive',
  agents: 'Agents',
};

/** Read only where somebody chooses so: their lists name them. */
const onlyChosen: Readonly<Record<string, readonly string[]>> = { Person: ['agents'] };

/** Without these a record of the kind says nothing that could be declared. */
const required: Readonly<Record<string, readonly string[]>> = { Membership: ['collection', 'person', 'roles'] };

/** The extension points of LIS: for each kind of object, the steps that read its record. */
export const lisPoints: readonly ListPoint[] = entities.map((entity): ListPoint => {
  const ordered = placed(entity);
  return {
    name: pointOf(entity),
    kind: 'translate',
    summary: `Reads the record of a LIS ${entity.name}.`,
    templates: [
      template(
        entity,
        'standard',
        'Everything that is read unless somebody chooses otherwise.',
        ordered.filter(({ step }) => onlyChosen[entity.name]?.includes(step.name) !== true),
      ),
      template(
        entity,
        'ipsis',
        'What IPSIS reads by default.',
        ordered.filter(({ alias }) => alias !== undefined),
      ),
    ],
    standard: () => 'standard',
  };
});

/** The steps that read LIS records, as a plug-in like any other. */
export const lisSteps = definePlugin({
  name: 'passerelle',
  apiVersion: pluginApiVersion,
  translators: entities.flatMap((entity) => placed(entity).map((each) => asPlugin(entity, each))),
});

/** The steps of a source system, as its lists have them; without lists, all of them as they are written down. */
export function stepsOf(lists: CompiledLists | undefined, source: SourceSystem): StepsOf | undefined {
  return lists && ((entity) => lists.translators(source, pointOf(entity)));
}

type Step = LisEntity['steps'][number];
type Placed = { readonly step: Step; readonly sortOrder: number; readonly alias: string | undefined };

/** IPSIS's places first; the others behind them, in their own order. */
function placed({ name, steps }: LisEntity): Placed[] {
  const known = places[name] ?? {};
  const behind = steps.filter((step) => known[step.name] === undefined);
  return [
    ...steps.flatMap((step) => {
      const place = known[step.name];
      return place === undefined ? [] : [{ step, sortOrder: place[0], alias: place[1] }];
    }),
    ...behind.map((step, index) => ({ step, sortOrder: 100 + 10 * index, alias: undefined })),
  ].sort((one, other) => one.sortOrder - other.sortOrder);
}

function asPlugin(entity: LisEntity, { step, alias }: Placed): TranslatorPlugin {
  const point = pointOf(entity);
  const called = alias ?? (entity.name === 'Person' ? optional[step.name] : undefined);
  const isRequired = step.name === 'base' || required[entity.name]?.includes(step.name) === true;
  return defineTranslator({
    name: pluginName(entity, step),
    summary: `Reads the part "${step.name}" of a ${entity.name}.`,
    points: [point],
    stage: step.name === 'base' ? 'read' : 'rule',
    requiredAt: isRequired ? [point] : [],
    alias: () => (called === undefined ? undefined : `${entity.name}Request${called}Translator`),
    make: () => (record, fields) => {
      step.read(record, fields);
    },
  });
}

function pluginName({ name }: LisEntity, step: Step): string {
  return kebab(`lis2${name} ${step.name}`);
}

/** `translate.lis2.course_section` */
function pointOf({ name }: LisEntity): string {
  return `translate.lis2.${kebab(name).replaceAll('-', '_')}`;
}

function kebab(text: string): string {
  return text
    .replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    .replaceAll(' ', '-')
    .replace(/^-/, '');
}

function template(entity: LisEntity, name: string, summary: string, steps: readonly Placed[]): Template {
  const entries = steps.map(({ step, sortOrder }): ListEntry => ({ plugin: pluginName(entity, step), sortOrder }));
  return { name, summary, entries };
}
