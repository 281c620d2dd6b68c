import {
  answering,
  commonCodeMinors,
  commonEnumerations,
  commonSimpleTypes,
  commonTypes,
  organizationTypes,
} from './common.ts';
import { operation, types, usualOperations } from './notation.ts';
import type { ServiceContract } from './service.ts';

/** Group Management Service 2.0. Inferred: no WSDL of it in the LIS namespace is public. */
export const gms: ServiceContract = {
  code: 'gms',
  name: 'GroupManagementService',
  namespace: 'http://www.imsglobal.org/services/lis/gms2p0/wsdl11/sync/imsgms_v2p0',
  soapAction: 'http://www.imsglobal.org/soap/lis/gms2p0/',
  managers: [
    {
      name: 'GroupManager',
      operations: [
        ...usualOperations('Group'),
        operation(
          'addGroupRelationship',
          'sourcedId relationship',
          '',
          'Parent or Child. The relationship is known by the sourcedId of the parent.',
        ),
        operation(
          'removeGroupRelationship',
          'sourcedId relationId:string',
          '',
          'The relationId is the sourcedId of the parent, as a read answers it.',
        ),
        operation(
          'readGroupIdsForPerson',
          'personSourcedId',
          'sourcedIdSet?',
          'The groups in which the person has a membership.',
        ),
      ],
    },
  ],
  types: {
    ...commonTypes,
    ...organizationTypes,
    ...types({
      GroupRecord: 'sourcedGUID group',
      GroupRecordSet: 'groupRecord*',
      Group:
        'groupType email:string? url:anyURI? timeframe:TimeFrame? relationship* enrollControl? org? description? dataSource? recordInfo? extension?',
      GroupType: 'scheme:Text typevalue:TypeValue+',
      // Senders write the id as a plain string or as a language string, or leave it out: all are read.
      TypeValue: 'id:string? type:Text? level:Text?',
      Relationship: 'relationId:string? relation sourcedId label:Text?',
      TimeFrame: 'begin:dateTime? end:dateTime? restrict:boolean? adminPeriod:Text?',
      Description: 'shortDescription:string longDescription:string? fullDescription:string?',
    }),
  },
  enumerations: {
    ...commonEnumerations,
    Relation: ['Parent', 'Child', 'Sibling'],
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
  documentation:
    `Group Management Service of LIS 2.0, as Passerelle serves it. ${answering} ` +
    'This description is our inference: no WSDL of this service in the LIS 2.0 namespace was available. Operations, element names and ' +
    'order follow the 2007 draft and the messages that student information systems send. ' +
    'Terms, departments and every other unit that is not a course are groups; typevalue tells which.',
};
