import { literalOrgUnitTypes, type OrgUnitFields } from '../../../domain/entities.ts';
import {
  child,
  children,
  courseParent,
  courseStatus,
  departmentParent,
  missing,
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

/** Institutions, departments and terms. `org` names the group itself here, not its department. */
export const group: Reading<OrgUnitFields> = {
  object: 'group',
  start: () => ({ type: '' }),
  steps: [
    {
      name: 'base',
      read(record, fields) {
        const values = children(child(record.object, 'groupType'), 'typevalue');
        const types = values.map((value) => textOf(child(value, 'type')));
        fields.type = types.find((type) => type !== undefined) ?? '';
        if (record.sourcedId !== '') fields.code = record.sourcedId;
        stateAttribute(fields, 'orgId', textOf(child(child(record.object, 'org'), 'id')));
      },
    },
    {
      name: 'name',
      read(record, fields) {
        const description = child(record.object, 'description');
        const shortName = textOf(child(description, 'shortDescription'));
        const longName = textOf(child(description, 'longDescription'));
        state(fields, 'name', shortName ?? longName ?? textOf(child(child(record.object, 'org'), 'orgName')));
        state(fields, 'shortName', shortName);
        state(fields, 'description', longName);
      },
    },
    orgUnitDates,
    relatedParents,
    extensionStep,
  ],
  complete(record, fields) {
    if (fields.type === '') throw missing('The type of the group', `${record.at}/groupType/typevalue/type`);
    if (fields.name === undefined) throw missing('The name of the group', `${record.at}/description/shortDescription`);
  },
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

/** Messages name a section by its label alone, snapshots by its title alone. */
function course(
  kind: 'template' | 'offering' | 'section',
  object: string,
  attributes: readonly string[],
  own: readonly Step<OrgUnitFields>[],
): Reading<OrgUnitFields> {
  return {
    object,
    start: () => ({ type: literalOrgUnitTypes[kind] }),
    steps: [
      {
        name: 'base',
        read(record, fields) {
          if (record.sourcedId !== '') fields.code = record.sourcedId;
          state(fields, 'name', textOf(child(record.object, 'title')) ?? textOf(child(record.object, 'label')));
        },
      },
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
        read(record, fields) {
          for (const name of attributes) stateAttribute(fields, name, textOf(child(record.object, name)));
        },
      },
      extensionStep,
    ],
    complete(record, fields) {
      if (fields.name === undefined) throw missing('The title', `${record.at}/title`);
    },
  };
}
