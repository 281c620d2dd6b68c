import type { InstitutionRole, UserFields } from '../../../domain/entities.ts';
import { isSecretName } from '../../../domain/secret-name.ts';
import type { ElementView } from '../../../pipeline/ports.ts';
import {
  booleanOf,
  child,
  children,
  foldedWord,
  state,
  type Step,
  textOf,
  tokenOf,
  valueOf,
} from '../../../formats/ims/index.ts';

/** Every institution role of every `roles`, in the SIS's own words. */
export const institutionRoles: Step<UserFields> = {
  name: 'institution roles',
  read(record, fields) {
    const roles = new Map<string, InstitutionRole>();
    for (const element of inRoles(record.object, 'institutionRole')) {
      const role = tokenOf(child(element, 'institutionroletype', 'institutionRoleType'));
      if (role === undefined) continue;
      const primary = booleanOf(valueOf(child(element, 'primaryroletype', 'primaryRoleType'))) ?? false;
      roles.set(role, { role, primary: primary || roles.get(role)?.primary === true });
    }
    if (roles.size > 0) fields.roles = [...roles.values()];
  },
};

/** The user id of type `Logon ID`, else the first that has a value. Its password is not even looked at. */
export const userName: Step<UserFields> = {
  name: 'user name',
  read(record, fields) {
    const userIds = inRoles(record.object, 'userId').filter(
      (each) => userIdValue(each) !== undefined && !isSecretName(typeOf(each)),
    );
    const chosen = userIds.find((each) => foldedWord(typeOf(each)) === 'logonid') ?? userIds[0];
    if (chosen !== undefined) state(fields, 'userName', userIdValue(chosen));
  },
};

/** Inside `roles`, or beside it as in the 2007 draft. */
function inRoles(person: ElementView, name: string): ElementView[] {
  return [...children(person, 'roles').flatMap((roles) => children(roles, name)), ...children(person, name)];
}

function typeOf(userId: ElementView): string {
  return textOf(child(userId, 'userIdType')) ?? '';
}

function userIdValue(userId: ElementView): string | undefined {
  return textOf(child(userId, 'userIdValue'));
}
