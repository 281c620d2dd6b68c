import type { AssociationFields } from '../../../domain/entities.ts';
import {
  child,
  children,
  courseStatus,
  demanded,
  extensionAttributes,
  sourcedIdOf,
  state,
  stateAttribute,
  stateOwnCode,
  type Step,
  textOf,
} from '../../../formats/ims/index.ts';

/** The parts of a section association. The list is the full list: a section that is not in it leaves the association. */
export const sectionAssociationSteps: readonly Step<AssociationFields>[] = [
  {
    name: 'base',
    read(record, fields) {
      stateOwnCode(record, fields);
    },
  },
  {
    name: 'title',
    read(record, fields) {
      state(fields, 'name', textOf(child(record.object, 'title')));
      stateAttribute(fields, 'label', textOf(child(record.object, 'label')));
    },
  },
  {
    name: 'sections',
    read(record, fields) {
      const list = child(record.object, 'courseSectionIdList');
      if (demanded(record, list, 'The list of sections', `${record.at}/courseSectionIdList`) === undefined) return;
      const at = `${record.at}/courseSectionIdList/courseSectionId`;
      const sections = children(list, 'courseSectionId')
        .map((each, index) => sourcedIdOf(each, `${at}[${index + 1}]`, record.quirks))
        .filter((each) => each !== undefined);
      fields.sections = [...new Set(sections)];
    },
  },
  courseStatus,
  extensionAttributes,
];
