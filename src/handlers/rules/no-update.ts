import { defineHandler, type HandlerPlugin } from '../../pipeline/plugins/index.ts';
import { aliased, orgUnits, pointsOf } from '../points.ts';
import { stating, wishing } from '../wishes.ts';

/** IPSIS's own word for each field, by the field. */
export const userFields = {
  orgDefinedId: 'OrgDefinedId',
  userName: 'UserName',
  formattedName: 'FormattedName',
  givenName: 'FirstName',
  middleName: 'MiddleName',
  familyName: 'LastName',
  preferredGivenName: 'PreferredFirstName',
  preferredFamilyName: 'PreferredLastName',
  email: 'Email',
  active: 'Status',
  roles: 'Role',
} as const;

export const orgUnitFields = {
  code: 'Code',
  name: 'Name',
  shortName: 'ShortName',
  description: 'Description',
  startsAt: 'StartDate',
  endsAt: 'EndDate',
  active: 'Status',
  parents: 'Parents',
} as const;

/** One handler a field: the source system sets it when the record is new, and never overwrites it. */
export const noUpdate: readonly HandlerPlugin[] = [
  ...Object.entries(userFields).map(([field, word]) => protecting(field, word, 'user', ['handle.user.replace'])),
  ...Object.entries(orgUnitFields).map(([field, word]) =>
    protecting(field, word, 'org-unit', pointsOf('replace', orgUnits)),
  ),
];

function protecting(field: string, word: string, entity: string, points: readonly string[]): HandlerPlugin {
  return defineHandler({
    name: `${entity}-${kebab(field)}-no-update`,
    summary: `The source system may not overwrite \`${field}\`: it is set on creation only.`,
    points,
    stage: 'rule',
    alias: aliased(`${word}NoUpdate`),
    make: () => wishing({ keep: [field] }, stating),
  });
}

function kebab(field: string): string {
  return field.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
