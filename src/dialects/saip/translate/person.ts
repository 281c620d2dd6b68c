import type { UserFields } from '../../../domain/entities.ts';
import {
  child,
  children,
  demanded,
  type Reading,
  state,
  type Step,
  textOf,
  valueOf,
} from '../../../formats/ims/index.ts';
import { extensionStep } from './mode.ts';

type NameField = 'givenName' | 'familyName' | 'middleName' | 'namePrefix' | 'nameSuffix' | 'nickname';

/** The draft's elements of a name; the first that has a value is taken. Spanish names come as `paternal` and `maternal` alone. */
const nameParts: Readonly<Record<NameField, readonly string[]>> = {
  givenName: ['firstname', 'givenname'],
  familyName: ['last', 'familyname', 'surname'],
  middleName: ['middle'],
  namePrefix: ['prefix'],
  nameSuffix: ['suffix'],
  nickname: ['nickname'],
};

const steps: readonly Step<UserFields>[] = [
  {
    name: 'base',
    read(record, fields) {
      // The gateway allocates it for a create by proxy.
      if (record.sourcedId !== '') fields.orgDefinedId = record.sourcedId;
    },
  },
  {
    name: 'names',
    read(record, fields) {
      state(fields, 'formattedName', textOf(child(child(record.object, 'formname'), 'formattedName')));
      for (const name of children(record.object, 'name')) {
        const part = (...elements: readonly string[]): string | undefined =>
          elements.map((each) => valueOf(child(child(name, 'partname'), each))).find((value) => value !== undefined);
        const both = [part('paternal'), part('maternal')].filter((each) => each !== undefined).join(' ');
        for (const [field, elements] of Object.entries(nameParts) as [NameField, readonly string[]][]) {
          if (fields[field] === undefined) state(fields, field, part(...elements));
        }
        if (fields.familyName === undefined && both !== '') fields.familyName = both;
      }
      const { givenName, familyName, formattedName } = fields;
      demanded(
        record,
        givenName ?? familyName ?? formattedName,
        'The name of the person',
        `${record.at}/formname/formattedName`,
      );
    },
  },
  {
    name: 'e-mail',
    read(record, fields) {
      state(fields, 'email', textOf(child(child(record.object, 'contactinfo'), 'email')));
    },
  },
  extensionStep,
];

/** Addresses, telephone numbers, birthdays and demographics are never read. */
export const person: Reading<UserFields> = {
  point: 'translate.saip.person',
  what: 'a person of PeopleSoft SAIP',
  object: 'person',
  start: () => ({}),
  steps,
};
