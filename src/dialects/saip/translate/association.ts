import type { AssociationFields } from '../../../domain/entities.ts';
import {
  child,
  children,
  courseStatus,
  demanded,
  type Reading,
  sourcedIdOf,
  state,
  stateAttribute,
  textOf,
} from '../../../formats/ims/index.ts';
import { extensionStep } from './mode.ts';

/** The list is the full list: a section that is not in it leaves the association. */
export const sectionAssociation: Reading<AssociationFields> = {
  point: 'translate.saip.section_association',
  what: 'a sectionAssociation of PeopleSoft SAIP',
  object: 'sectionAssociation',
  start: () => ({}),
  steps: [
    {
      name: 'base',
      read(record, fields) {
        if (record.sourcedId !== '') fields.code = record.sourcedId;
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
      required: true,
      read(record, fields) {
        const found = child(record.object, 'courseSectionIdList');
        const list = demanded(record, found, 'The list of sections', `${record.at}/courseSectionIdList`);
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
};
