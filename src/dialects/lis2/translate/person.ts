import type { UserFields } from '../../../domain/entities.ts';
import { booleanOf, extensionFields, overlooked, stateAttribute, type Step } from '../../../formats/ims/index.ts';
import { agents } from './person-agents.ts';
import { personEmail } from './person-email.ts';
import { personNames, preferredNames } from './person-names.ts';
import { institutionRoles, userName } from './person-roles.ts';

/** The parts of a person, in order. Demographics, addresses and passwords are never read. */
export const personSteps: readonly Step<UserFields>[] = [
  {
    name: 'base',
    read(record, fields) {
      if (!record.partial && record.sourcedId !== '') fields.orgDefinedId = record.sourcedId;
    },
  },
  personNames,
  preferredNames,
  personEmail,
  institutionRoles,
  userName,
  {
    name: 'extension fields',
    read(record, fields) {
      for (const { name, value } of extensionFields(record.object)) {
        if (name.toLowerCase() !== 'isactive') {
          stateAttribute(fields, name, value);
          continue;
        }
        const active = booleanOf(value);
        if (active === undefined)
          overlooked(record, 'IsActive is neither true nor false', value, `${record.at}/extension`);
        else fields.active = active;
      }
    },
  },
  agents,
];
