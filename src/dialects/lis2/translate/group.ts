import type { OrgUnitFields } from '../../../domain/entities.ts';
import type { ElementView } from '../../../pipeline/ports.ts';
import {
  child,
  children,
  demanded,
  departmentParent,
  extensionAttributes,
  orgUnitDates,
  relatedParents,
  state,
  stateOwnCode,
  type Step,
  textOf,
} from '../../../formats/ims/index.ts';

/** The parts of a group: every org unit that is not a course (terms, departments, institutions, programmes...). */
export const groupSteps: readonly Step<OrgUnitFields>[] = [
  {
    name: 'base',
    read: stateOwnCode,
  },
  {
    name: 'type',
    read(record, fields) {
      state(
        fields,
        'type',
        demanded(record, groupType(record.object), 'The type of the group', `${record.at}/groupType/typevalue/id`),
      );
    },
  },
  {
    // The descriptions are plain strings here, language strings elsewhere; both are read.
    name: 'name',
    read(record, fields) {
      const description = child(record.object, 'description');
      const shortDescription = textOf(child(description, 'shortDescription'));
      const longDescription = textOf(child(description, 'longDescription'));
      const name = shortDescription ?? (record.partial ? undefined : longDescription);
      state(
        fields,
        'name',
        demanded(record, name, 'The name of the group', `${record.at}/description/shortDescription`),
      );
      state(fields, 'shortName', shortDescription);
      state(fields, 'description', longDescription);
    },
  },
  orgUnitDates,
  relatedParents,
  departmentParent,
  extensionAttributes,
];

/** `typevalue/id` (Banner, LADOK), else `typevalue/type` (Blackboard, PeopleSoft), of the first typevalue that has one. */
function groupType(group: ElementView): string | undefined {
  for (const value of children(child(group, 'groupType'), 'typevalue', 'typeValue')) {
    const type = textOf(child(value, 'id')) ?? textOf(child(value, 'type'));
    if (type !== undefined) return type;
  }
  return undefined;
}
