import { answering, commonCodeMinors, commonEnumerations, commonSimpleTypes, commonTypes } from './common.ts';
import { operation, types, usualOperations } from './notation.ts';
import type { ServiceContract } from './service.ts';

/** Membership Management Service 2.0. */
export const mms: ServiceContract = {
  code: 'mms',
  name: 'MembershipManagementService',
  namespace: 'http://www.imsglobal.org/services/lis/mms2p0/wsdl11/sync/imsmms_v2p0',
  soapAction: 'http://www.imsglobal.org/soap/lis/mms2p0/',
  managers: [
    {
      name: 'MembershipManager',
      operations: [
        ...usualOperations('Membership'),
        operation('readMembershipIdsForPerson', 'personSourcedId', 'sourcedIdSet?', 'All memberships of a person.'),
        // The draft has the out-parameter sourcedIdSet in the request: it may stand in either.
        operation(
          'readMembershipIdsForPersonWithRole',
          'personSourcedId role sourcedIdSet?',
          'sourcedIdSet?',
          'Those in which the person has the roleType; sourcedIdSet is passed over in the request.',
        ),
        operation(
          'readMembershipIdsForCollection',
          'groupSourcedId collection:MembershipIdType',
          'sourcedIdSet?',
          'All memberships in a course or a group.',
        ),
      ],
    },
  ],
  types: {
    ...commonTypes,
    ...types({
      MembershipRecord: 'sourcedGUID membership',
      MembershipRecordSet: 'membershipRecord*',
      // The draft requires membershipIdType; a reply leaves it out where the sender's own word was none of them.
      Membership: 'collectionSourcedId membershipIdType? member dataSource?',
      Member: 'personSourcedId role+',
      Role: 'roleType:string subRole:string? timeFrame? status? dateTime:dateTime? creditHours:integer? dataSource? recordInfo? extension?',
      TimeFrame: 'begin:dateTime? end:dateTime? restrict:boolean? adminPeriod:Text?',
    }),
  },
  enumerations: {
    ...commonEnumerations,
    MembershipIdType: ['courseTemplate', 'courseOffering', 'courseSection', 'sectionAssociation', 'group'],
    Status: ['Active', 'Inactive'],
    imsx_CodeMinorValue: [
      ...commonCodeMinors,
      'idalloc',
      'unknownvocab',
      'unknownextension',
      'unsupportedLISoperation',
    ],
  },
  simpleTypes: commonSimpleTypes,
  unsupportedOperation: 'unsupportedLISoperation',
  documentation: `Membership Management Service of LIS 2.0, as Passerelle serves it. ${answering} A membership has exactly one member.`,
};
