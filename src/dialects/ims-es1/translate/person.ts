import type { InstitutionRole, UserFields } from '../../../domain/entities.ts';
import {
  booleanOf,
  child,
  children,
  demanded,
  nameFieldOf,
  state,
  textOf,
  valueOf,
  type Reading,
} from '../../../formats/ims/index.ts';
import { extensionStep } from './extension.ts';
import { limitedText, maxLengths } from './limits.ts';

/** Addresses, telephone numbers, demographics, photos and passwords are never read. */
export const person: Reading<UserFields> = {
  point: 'translate.ims-es1.person',
  what: 'a person of IMS Enterprise Services 1.0',
  object: 'person',
  start: () => ({}),
  steps: [
    {
      name: 'base',
      read(record, fields) {
        if (!record.partial) fields.orgDefinedId = record.sourcedId;
      },
    },
    {
      // formatName is required, and senders write it as xsi:nil.
      name: 'names',
      read(record, fields) {
        state(fields, 'formattedName', textOf(child(record.object, 'formatName')));
        for (const part of children(child(record.object, 'name'), 'partName')) {
          const field = nameFieldOf(valueOf(child(part, 'namePartType')) ?? '');
          if (field !== undefined) state(fields, field, textOf(child(part, 'namePartValue')));
        }
        const { givenName, familyName, formattedName } = fields;
        const at = `${record.at}/name/partName`;
        demanded(record, givenName ?? familyName ?? formattedName, 'The name of the person', at);
      },
    },
    {
      name: 'e-mail',
      read(record, fields) {
        state(fields, 'email', textOf(child(record.object, 'email')));
      },
    },
    {
      name: 'user name',
      read(record, fields) {
        const value = child(child(record.object, 'userId'), 'userIdValue');
        state(fields, 'userName', limitedText(value, maxLengths.userIdValue, `${record.at}/userId/userIdValue`));
      },
    },
    {
      name: 'institution roles',
      read(record, fields) {
        const roles = children(record.object, 'institutionRole').flatMap((element): InstitutionRole[] => {
          const role = textOf(child(element, 'institutionRoleType'));
          const primary = booleanOf(valueOf(child(element, 'primaryRoleType'))) ?? false;
          return role === undefined ? [] : [{ role, primary }];
        });
        if (roles.length > 0) fields.roles = roles;
      },
    },
    extensionStep,
  ],
};
