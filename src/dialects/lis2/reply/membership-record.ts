import type { EnrollmentFields } from '../../../domain/entities.ts';
import { membershipIdType } from '../../../formats/ims/index.ts';
import type { Tree } from '../../../formats/wsdl/index.ts';
import { extension } from './text.ts';

export function membership(fields: EnrollmentFields): Tree {
  const { kind, sourcedId } = fields.orgUnit;
  const attributes = extension('http://www.imsglobal.org/lis/mmsv2p0/extensionvocabularyv1p0', fields.attributes);
  return {
    collectionSourcedId: sourcedId,
    membershipIdType: membershipIdType(kind),
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
