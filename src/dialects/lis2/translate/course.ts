import { literalOrgUnitTypes, type OrgUnitFields } from '../../../domain/entities.ts';
import { extensionAttributes } from './extension.ts';
import { courseParent, departmentParent, semesterParent } from './parents.ts';
import { missing, state, stateAttribute, type Step } from './record.ts';
import { courseStatus } from './status.ts';
import { orgUnitDates } from './time-frame.ts';
import { child, textOf } from './values.ts';

/** The parts that templates, offerings and sections share. */
function base(kind: 'template' | 'offering' | 'section'): Step<OrgUnitFields> {
  return {
    name: 'base',
    read(record, fields) {
      fields.type = literalOrgUnitTypes[kind];
      fields.code = record.sourcedId;
    },
  };
}

const title: Step<OrgUnitFields> = {
  name: 'title',
  read(record, fields) {
    const value = textOf(child(record.object, 'title'));
    if (value === undefined) throw missing('The title', `${record.at}/title`);
    fields.name = value;
  },
};

const catalogDescription: Step<OrgUnitFields> = {
  name: 'catalog description',
  read(record, fields) {
    const description = child(record.object, 'catalogDescription');
    stateAttribute(fields, 'catalogDescription', textOf(child(description, 'shortDescription')));
    state(fields, 'description', textOf(child(description, 'longDescription')));
  },
};

/** What has no field of its own, under the names that LIS gives it. */
function attributes(...names: readonly string[]): Step<OrgUnitFields> {
  return {
    name: 'attributes',
    read(record, fields) {
      for (const name of names) stateAttribute(fields, name, textOf(child(record.object, name)));
    },
  };
}

export const courseTemplateSteps: readonly Step<OrgUnitFields>[] = [
  base('template'),
  title,
  departmentParent,
  courseStatus,
  catalogDescription,
  attributes('label', 'courseNumber', 'defaultCredits'),
  extensionAttributes,
];

export const courseOfferingSteps: readonly Step<OrgUnitFields>[] = [
  base('offering'),
  title,
  courseParent('parentTemplateId', 'template', 'template'),
  semesterParent,
  departmentParent,
  orgUnitDates,
  courseStatus,
  catalogDescription,
  attributes('label', 'defaultCredits'),
  extensionAttributes,
];

export const courseSectionSteps: readonly Step<OrgUnitFields>[] = [
  base('section'),
  title,
  courseParent('parentOfferingId', 'offering', 'offering'),
  semesterParent,
  departmentParent,
  orgUnitDates,
  courseStatus,
  catalogDescription,
  attributes(
    'label',
    'defaultCredits',
    'category',
    'maxNumberofStudents',
    'numberofStudents',
    'location',
    'notes',
    'meeting',
  ),
  extensionAttributes,
];
