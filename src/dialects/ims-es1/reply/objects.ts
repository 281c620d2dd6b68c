import type { EnrollmentFields, OrgUnitFields, UserFields } from '../../../domain/entities.ts';
import type { DeclaredRecord } from '../../../domain/outcome.ts';
import { stated, type Tree } from '../../../formats/wsdl/index.ts';
import { maxLengths } from '../translate/limits.ts';
import { roleCode } from '../translate/role-codes.ts';

/** A declared record as the content of `person`, `group` or `membership`; undefined for what this dialect has no object for. */
export function objectTree(record: DeclaredRecord): Tree | undefined {
  switch (record.entity) {
    case 'user':
      return person(record.fields);
    case 'enrollment':
      return membership(record.fields);
    case 'org_unit':
      return group(record.fields);
    case 'association':
      return undefined;
  }
}

const nameParts = [
  ['First', 'givenName'],
  ['Middle', 'middleName'],
  ['Last', 'familyName'],
  ['Prefix', 'namePrefix'],
  ['Suffix', 'nameSuffix'],
  ['Nickname', 'nickname'],
] as const;

function person(fields: UserFields): Tree {
  const partName = nameParts.flatMap(([namePartType, key]) => {
    const namePartValue = fields[key];
    return namePartValue == null ? [] : [{ namePartType, namePartValue }];
  });
  return {
    formatName: fields.formattedName ?? '',
    name: partName.length === 0 ? undefined : { partName },
    email: stated(fields.email),
    userId: fields.userName == null ? undefined : { userIdValue: fields.userName },
    institutionRole: (fields.roles ?? []).map(({ role, primary }) => ({
      institutionRoleType: role,
      primaryRoleType: String(primary),
    })),
    extension: extension(fields.attributes),
  };
}

/** The schema of IMS requires a level, a restriction and a label, which nobody keeps. */
function group(fields: OrgUnitFields): Tree {
  const { orgName, orgUnit, orgType, ...attributes } = { ...fields.attributes };
  const hasOrg = orgName !== undefined || orgUnit !== undefined || orgType !== undefined;
  return {
    groupType: { scheme: 'ItslearningOrganisationTypes', typeValue: [{ type: fields.type, level: '1' }] },
    timeFrame: timeFrame(fields),
    relationship: (fields.parents ?? [])
      .filter(({ role }) => role === 'parent')
      .map(({ sourcedId }) => ({ relation: 'Parent', sourceId: { identifier: sourcedId }, label: 'Parent' })),
    org: hasOrg ? { orgName, orgUnit, orgType } : undefined,
    description: { descShort: fields.shortName ?? fields.name ?? '', ...longer(stated(fields.description)) },
    extension: extension(attributes),
  };
}

/** `descLong` holds 256 characters. */
function longer(text: string | undefined): Tree {
  if (text === undefined) return {};
  return text.length > maxLengths.descLong ? { descFull: text } : { descLong: text };
}

function membership(fields: EnrollmentFields): Tree {
  const attributes = extension(fields.attributes);
  return {
    groupSourcedId: { identifier: fields.orgUnit.sourcedId },
    member: {
      memberSourcedId: { identifier: fields.userSourcedId },
      idType: '1',
      role: fields.roles.map((entry, index) => ({
        roleType: roleCode(entry.role),
        subRole: entry.subRole,
        timeFrame: timeFrame(entry),
        status: entry.active ? 'Active' : 'Inactive',
        extension: index === 0 ? attributes : undefined,
      })),
    },
  };
}

/** Instants as dates: the specification knows nothing finer. */
function timeFrame(dates: {
  readonly startsAt?: string | null | undefined;
  readonly endsAt?: string | null | undefined;
}): Tree | undefined {
  const date = (instant: string | null | undefined): Tree | undefined =>
    instant == null ? undefined : { date: instant.slice(0, 10), restrict: 'false' };
  const [begin, end] = [date(dates.startsAt), date(dates.endsAt)];
  return begin === undefined && end === undefined ? undefined : { begin, end };
}

function extension(fields: Readonly<Record<string, string>> | null | undefined): Tree | undefined {
  const entries = Object.entries(fields ?? {});
  if (entries.length === 0) return undefined;
  return {
    extensionField: entries.map(([fieldName, fieldValue]) => ({ fieldName, fieldType: 'String', fieldValue })),
  };
}
