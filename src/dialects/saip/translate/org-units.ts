import { literalOrgUnitTypes, type OrgUnitFields } from '../../../domain/entities.ts';
import {
  child,
  children,
  courseParent,
  courseStatus,
  demanded,
  departmentParent,
  orgUnitDates,
  relatedParents,
  type Reading,
  semesterParent,
  state,
  stateAttribute,
  type Step,
  textOf,
} from '../../../formats/ims/index.ts';
import { extensionStep } from './mode.ts';
import { meetings } from './meetings.ts';

const base: Step<OrgUnitFields> = {
  name: 'base',
  read(record, fields) {
    if (record.sourcedId !== '') fields.code = record.sourcedId;
  },
};

/** Messages name a section by its label alone, snapshots by its title alone. */
const title: Step<OrgUnitFields> = {
  name: 'title',
  read(record, fields) {
    const name = textOf(child(record.object, 'title')) ?? textOf(child(record.object, 'label'));
    state(fields, 'name', demanded(record, name, 'The title', `${record.at}/title`));
  },
};

/** Institutions, departments and terms. `org` names the group itself here, not its department. */
export const group: Reading<OrgUnitFields> = {
  point: 'translate.saip.group',
  what: 'a group of PeopleSoft SAIP',
  object: 'group',
  start: () => ({ type: '' }),
  steps: [
    base,
    {
      name: 'type',
      required: true,
      read(record, fields) {
        const values = children(child(record.object, 'groupType'), 'typevalue');
        const types = values.map((value) => textOf(child(value, 'type')));
        const type = types.find((each) => each !== undefined);
        state(fields, 'type', demanded(record, type, 'The type of the group', `${record.at}/groupType/typevalue/type`));
      },
    },
    {
      name: 'name',
      read(record, fields) {
        const description = child(record.object, 'description');
        const shortName = textOf(child(description, 'shortDescription'));
        const longName = textOf(child(description, 'longDescription'));
        const name = shortName ?? longName ?? textOf(child(child(record.object, 'org'), 'orgName'));
        const at = `${record.at}/description/shortDescription`;
        state(fields, 'name', demanded(record, name, 'The name of the group', at));
        state(fields, 'shortName', shortName);
        state(fields, 'description', longName);
      },
    },
    orgUnitDates,
    relatedParents,
    {
      name: 'organization',
      attributesOnly: true,
      read(record, fields) {
        stateAttribute(fields, 'orgId', textOf(child(child(record.object, 'org'), 'id')));
      },
    },
    extensionStep,
  ],
};

export const courseTemplate = course(
  'template',
  'courseTemplate',
  ['label', 'courseNumber', 'defaultCredits'],
  [courseParent('parentTemplateId', 'parent', 'template')],
);

export const courseOffering = course(
  'offering',
  'courseOffering',
  ['label', 'defaultCredits'],
  [courseParent('parentTemplateId', 'template', 'template'), semesterParent, orgUnitDates],
);

export const courseSection = course(
  'section',
  'courseSection',
  ['label', 'defaultCredits', 'category', 'maxNumberofStudents'],
  [courseParent('parentOfferingId', 'offering', 'offering'), semesterParent, orgUnitDates, meetings],
);

function course(
  kind: 'template' | 'offering' | 'section',
  object: string,
  attributes: readonly string[],
  own: readonly Step<OrgUnitFields>[],
): Reading<OrgUnitFields> {
  return {
    point: `translate.saip.course_${kind}`,
    what: `a ${object} of PeopleSoft SAIP`,
    object,
    start: () => ({ type: literalOrgUnitTypes[kind] }),
    steps: [
      base,
      title,
      ...own,
      departmentParent,
      courseStatus,
      {
        name: 'catalog description',
        read(record, fields) {
          const description = child(record.object, 'catalogDescription');
          stateAttribute(fields, 'catalogDescription', textOf(child(description, 'shortDescription')));
          state(fields, 'description', textOf(child(description, 'longDescription')));
        },
      },
      {
        name: 'attributes',
        attributesOnly: true,
        read(record, fields) {
          for (const name of attributes) stateAttribute(fields, name, textOf(child(record.object, name)));
        },
      },
      extensionStep,
    ],
  };
}
