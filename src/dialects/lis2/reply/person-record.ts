import type { Relation, UserFields } from '../../../domain/entities.ts';
import { stated, type Tree } from '../../../formats/wsdl/index.ts';
import { extension, text } from './text.ts';

const parts = [
  ['Prefix', 'namePrefix'],
  ['First', 'givenName'],
  ['Middle', 'middleName'],
  ['Last', 'familyName'],
  ['Suffix', 'nameSuffix'],
  ['Nickname', 'nickname'],
] as const;

const preferredParts = [
  ['First', 'preferredGivenName'],
  ['Last', 'preferredFamilyName'],
] as const;

export function person(fields: UserFields): Tree {
  const active = fields.active == null ? {} : { IsActive: String(fields.active) };
  return {
    formname: fields.formattedName == null ? [] : [formname(fields.formattedName)],
    name: [...name('Full', fields, parts), ...name('Preferred', fields, preferredParts)],
    contactinfo:
      fields.email == null
        ? []
        : [{ contactinfoType: token('contactinfotype', 'EmailPrimary'), contactinfoValue: text(fields.email) }],
    agent: (stated(fields.relations) ?? []).map(agent),
    roles: roles(fields),
    extension: extension(vocabulary('extension'), { ...active, ...fields.attributes }),
  };
}

/** The sourcedId is of this service: the domain says so. */
function agent({ kind, sourcedId }: Relation): Tree {
  const word = kind.charAt(0).toUpperCase() + kind.slice(1);
  return { agentType: token('agenttype', word), agentId: text(sourcedId), agentDomain: text('sourcedId') };
}

/** The answer of readPersonCore: a person who has no formatted name is called by the parts of the name. */
export function personCore({ sourcedId, fields }: { sourcedId: string; fields: UserFields }): Tree {
  const parts = [fields.givenName, fields.middleName, fields.familyName].filter((part) => part != null).join(' ');
  return {
    sourcedId,
    formname: formname(fields.formattedName ?? parts),
    userId: fields.userName == null ? undefined : userIdOf(fields.userName),
  };
}

function name(type: string, fields: UserFields, of: readonly (readonly [string, keyof UserFields])[]): Tree[] {
  const partName = of.flatMap(([part, key]) => {
    const value = fields[key];
    return typeof value === 'string' ? [{ ...token('partname', part, value), instanceName: text(part) }] : [];
  });
  return partName.length === 0 ? [] : [{ nameType: token('nametype', type), partName }];
}

function roles(fields: UserFields): Tree[] {
  const institutionRole = (stated(fields.roles) ?? []).map(({ role, primary }) => ({
    institutionroletype: token('institutionroletype', role),
    primaryroletype: String(primary),
  }));
  const userId = fields.userName == null ? [] : [userIdOf(fields.userName)];
  if (institutionRole.length === 0 && userId.length === 0) return [];
  return [{ enterpriserolesType: token('epriserolestype', 'StudentInformationSystem'), institutionRole, userId }];
}

function formname(formattedName: string): Tree {
  return { formnameType: token('formatnametype', 'Full'), formattedName: text(formattedName) };
}

function userIdOf(userName: string): Tree {
  return { userIdValue: text(userName), userIdType: text('Logon ID') };
}

function token(of: string, word: string, value = word): Tree {
  return { instanceIdentifier: text(word), instanceVocabulary: vocabulary(of), instanceValue: text(value) };
}

function vocabulary(of: string): string {
  return `http://www.imsglobal.org/lis/pmsv2p0/${of}vocabularyv1p0`;
}
