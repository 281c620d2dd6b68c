import { literalOrgUnitTypes, type OrgUnitFields } from '../../../domain/entities.ts';
import {
  child,
  courseParent,
  courseStatus,
  demanded,
  departmentParent,
  extensionAttributes,
  orgUnitDates,
  semesterParent,
  state,
  stateAttribute,
  stateOwnCode,
  type Step,
  textOf,
} from '../../../formats/ims/index.ts';
import { label } from './label.ts';

/** The parts that templates, offerings and sections share. */
function base(kind: 'template' | 'offering' | 'section'): Step<OrgUnitFields> {
  return {
    name: 'base',
    read(record, fields) {
      if (!record.partial) fields.type = literalOrgUnitTypes[kind];
      stateOwnCode(record, fields);
    },
  };
}

const title: Step<OrgUnitFields> = {
  name: 'title',
  read(record, fields) {
    const value = textOf(child(record.object, 'title'));
    state(fields, 'name', demanded(record, value, 'The title', `${record.at}/title`));
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
  label,
  attributes('courseNumber', 'defaultCredits'),
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
  label,
  attributes('defaultCredits'),
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
  label,
  attributes('defaultCredits', 'category', 'maxNumberofStudents', 'numberofStudents', 'location', 'notes', 'meeting'),
  extensionAttributes,
];
