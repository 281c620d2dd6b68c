import type { AssociationFields } from '../../../domain/entities.ts';
import {
  child,
  children,
  courseStatus,
  missing,
  type Reading,
  sourcedIdOf,
  state,
  stateAttribute,
  textOf,
} from '../../../formats/ims/index.ts';
import { extensionStep } from './mode.ts';

/** The list is the full list: a section that is not in it leaves the association. */
export const sectionAssociation: Reading<AssociationFields> = {
  object: 'sectionAssociation',
  start: () => ({}),
  steps: [
    {
      name: 'base',
      read(record, fields) {
        if (record.sourcedId !== '') fields.code = record.sourcedId;
        state(fields, 'name', textOf(child(record.object, 'title')));
        stateAttribute(fields, 'label', textOf(child(record.object, 'label')));
      },
    },
    {
      name: 'sections',
      read(record, fields) {
        const list = child(record.object, 'courseSectionIdList');
        if (list === undefined) return;
        const at = `${record.at}/courseSectionIdList/courseSectionId`;
        const sections = children(list, 'courseSectionId').map((each, index) =>
          sourcedIdOf(each, `${at}[${index + 1}]`, record.quirks),
        );
        fields.sections = [...new Set(sections.filter((each) => each !== undefined))];
      },
    },
    courseStatus,
    extensionStep,
  ],
  complete(record, fields) {
    if (fields.sections === undefined) throw missing('The list of sections', `${record.at}/courseSectionIdList`);
  },
};
