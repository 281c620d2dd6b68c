import type { OrgUnitFields } from '../../../domain/entities.ts';
import {
  addParent,
  child,
  children,
  missing,
  orgUnitDates,
  state,
  stateAttribute,
  stateOwnCode,
  textOf,
  valueOf,
  type Reading,
} from '../../../formats/ims/index.ts';
import { extensionStep } from './extension.ts';
import { identifierOf, limitedText, maxLengths } from './limits.ts';

/** Sites, schools, courses and groups of courses. Every parent is a group as well. */
export const group: Reading<OrgUnitFields> = {
  object: 'group',
  start: () => ({ type: '' }),
  steps: [
    {
      name: 'base',
      read(record, fields) {
        const values = children(child(record.object, 'groupType'), 'typeValue', 'typevalue');
        fields.type = values.map((value) => textOf(child(value, 'type'))).find((type) => type !== undefined) ?? '';
        stateOwnCode(record, fields);
      },
    },
    {
      name: 'name',
      read(record, fields) {
        const description = child(record.object, 'description');
        const text = (name: 'descShort' | 'descLong' | 'descFull'): string | undefined =>
          limitedText(child(description, name), maxLengths[name], `${record.at}/description/${name}`);
        const [short, long, full] = [text('descShort'), text('descLong'), text('descFull')];
        state(fields, 'name', short ?? long);
        state(fields, 'shortName', short);
        state(fields, 'description', full ?? long);
      },
    },
    orgUnitDates,
    {
      name: 'parents',
      read(record, fields) {
        children(record.object, 'relationship').forEach((relationship, index) => {
          const relation = valueOf(child(relationship, 'relation'))?.toLowerCase();
          if (relation !== 'parent' && relation !== '1') return;
          const at = `${record.at}/relationship[${index + 1}]/sourceId`;
          const element = child(relationship, 'sourceId', 'sourcedId');
          const sourcedId = identifierOf(element, 'group', { at, quirks: record.quirks });
          addParent(fields, { role: 'parent', kind: 'group', sourcedId });
        });
      },
    },
    {
      name: 'organization',
      read(record, fields) {
        for (const name of ['orgName', 'orgUnit', 'orgType'])
          stateAttribute(fields, name, textOf(child(child(record.object, 'org'), name)));
      },
    },
    extensionStep,
    {
      // A sender may leave the type open and tell a course by its extension alone.
      name: 'course',
      read(_, fields) {
        const open = fields.type === '' || fields.type?.toLowerCase() === 'unspecified';
        if (open && fields.attributes?.course !== undefined) fields.type = 'Course';
      },
    },
  ],
  complete(record, fields) {
    if (fields.type === '') throw missing('The type of the group', `${record.at}/groupType/typeValue/type`);
    if (fields.name === undefined) throw missing('The name of the group', `${record.at}/description/descShort`);
  },
};
