import type { UserFields } from './entities.ts';

/** A person needs one of these: an LMS user without any helps nobody, and is most often a record sent by mistake. */
export const personNames = [
  'formattedName',
  'givenName',
  'familyName',
  'preferredGivenName',
  'preferredFamilyName',
  'userName',
] as const satisfies readonly (keyof UserFields)[];

export function hasName(fields: UserFields): boolean {
  return personNames.some((name) => fields[name] !== undefined && fields[name] !== null);
}
