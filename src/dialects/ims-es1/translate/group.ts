import type { OrgUnitFields } from '../../../domain/entities.ts';
import {
  addParent,
  child,
  children,
  demanded,
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
  point: 'translate.ims-es1.group',
  what: 'a group of IMS Enterprise Services 1.0',
  object: 'group',
  start: () => ({ type: '' }),
  steps: [
    {
      name: 'base',
      read: stateOwnCode,
    },
    {
      name: 'name',
      read(record, fields) {
        const description = child(record.object, 'description');
        const text = (name: 'descShort' | 'descLong' | 'descFull'): string | undefined =>
          limitedText(child(description, name), maxLengths[name], `${record.at}/description/${name}`);
        const [short, long, full] = [text('descShort'), text('descLong'), text('descFull')];
        const at = `${record.at}/description/descShort`;
        state(fields, 'name', demanded(record, short ?? long, 'The name of the group', at));
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
      attributesOnly: true,
      read(record, fields) {
        for (const name of ['orgName', 'orgUnit', 'orgType'])
          stateAttribute(fields, name, textOf(child(child(record.object, 'org'), name)));
      },
    },
    extensionStep,
    {
      // A sender may leave the type open and tell a course by its extension alone, which has been read by now.
      name: 'type',
      required: true,
      read(record, fields) {
        const values = children(child(record.object, 'groupType'), 'typeValue', 'typevalue');
        const stated = values.map((value) => textOf(child(value, 'type'))).find((type) => type !== undefined);
        const isOpen = stated === undefined || stated.toLowerCase() === 'unspecified';
        const type = isOpen && fields.attributes?.course !== undefined ? 'Course' : stated;
        state(fields, 'type', demanded(record, type, 'The type of the group', `${record.at}/groupType/typeValue/type`));
      },
    },
  ],
};
