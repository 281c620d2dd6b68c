import { answering, commonEnumerations, commonService, commonSimpleTypes, commonTypes } from './common.ts';
import { operation, types, usualOperations } from './notation.ts';
import type { ServiceContract } from './service.ts';

/** Membership Management Service of the draft. */
export const mms: ServiceContract = {
  ...commonService,
  code: 'mms',
  name: 'MembershipManagementService',
  namespace: 'http://www.imsglobal.org/services/es/mms2p0/xsd/imsmms_v2p0',
  managers: [
    {
      name: 'MembershipManager',
      operations: [
        ...usualOperations('Membership'),
        // Named in the WSDL of PeopleSoft, without messages; LIS 2.0 has these.
        operation('readMembershipIdsForPerson', 'personSourcedId', 'sourcedIdSet?'),
        operation('readMembershipIdsForPersonWithRole', 'personSourcedId role', 'sourcedIdSet?'),
        operation('readMembershipIdsForCollection', 'groupSourcedId collection:MembershipIdType?', 'sourcedIdSet?'),
      ],
    },
  ],
  types: {
    ...commonTypes,
    ...types({
      // Messages of PeopleSoft write CollectionSourcedID, its schema collectionSourcedID; its snapshots leave it out.
      Membership: 'sourcedId CollectionSourcedID:GUID? collectionSourcedID:GUID? membershipIdType? members:Member+',
      Member: 'sourcedId idType:string? role+',
      Role: 'roleType:string subrole:string? timeFrame? status? dateTime:dateTime? dataSource? recordInfo? extension?',
      TimeFrame: 'begin? end? adminPeriod:string?',
    }),
  },
  enumerations: {
    ...commonEnumerations,
    MembershipIdType: ['courseTemplate', 'courseOffering', 'courseSection', 'sectionAssociation', 'group'],
    Status: ['Active', 'Inactive'],
  },
  simpleTypes: commonSimpleTypes,
  elements: { enterprise: types({ Enterprise: 'membership*' }).Enterprise ?? [] },
  documentation:
    `Membership Management Service of the ES/LIS 2.0 draft of 2007 (PeopleSoft SAIP), as Passerelle serves it. ${answering} ` +
    'A membership of several members, as in a snapshot, is kept as one membership a member, of the sourcedId {membership}-{person}.',
};
