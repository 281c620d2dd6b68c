import type { EnrollmentFields, OrgUnitWireKind } from '../../../domain/entities.ts';
import type { Tree } from '../../../formats/wsdl/index.ts';
import { extension } from './text.ts';

const idTypes: Readonly<Record<OrgUnitWireKind, string>> = {
  group: 'group',
  template: 'courseTemplate',
  offering: 'courseOffering',
  section: 'courseSection',
  association: 'sectionAssociation',
};

export function membership(fields: EnrollmentFields): Tree {
  const { kind, sourcedId } = fields.orgUnit;
  const attributes = extension('http://www.imsglobal.org/lis/mmsv2p0/extensionvocabularyv1p0', fields.attributes);
  return {
    collectionSourcedId: sourcedId,
    membershipIdType: kind === null ? undefined : idTypes[kind],
    member: {
      personSourcedId: fields.userSourcedId,
      role: fields.roles.map((entry, index) => ({
        roleType: entry.role,
        subRole: entry.subRole,
        timeFrame:
          entry.startsAt === undefined && entry.endsAt === undefined
            ? undefined
            : { begin: entry.startsAt, end: entry.endsAt },
        status: entry.active ? 'Active' : 'Inactive',
        extension: index === 0 ? attributes : undefined,
      })),
    },
  };
}
