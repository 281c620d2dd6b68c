import { answering, commonEnumerations, commonService, commonSimpleTypes, commonTypes } from './common.ts';
import { operation, types, usualOperations } from './notation.ts';
import type { ServiceContract } from './service.ts';

/** Group Management Service of the draft. */
export const gms: ServiceContract = {
  ...commonService,
  code: 'gms',
  name: 'GroupManagementService',
  namespace: 'http://www.imsglobal.org/services/es/gms2p0/xsd/imsgms_v2p0',
  managers: [
    {
      name: 'GroupManager',
      operations: [
        ...usualOperations('Group'),
        operation('addGroupRelationship', 'sourcedId relationship'),
        operation(
          'removeGroupRelationship',
          'sourcedId relationId:GUID',
          '',
          'The relationId is the sourcedId of the other group, as reads answer it.',
        ),
        operation('readGroupIdsForPerson', 'personSourcedId', 'groupsIdentifierSet?'),
      ],
    },
  ],
  types: {
    ...commonTypes,
    ...types({
      // PeopleSoft writes dataSource twice where it updates.
      Group:
        'sourcedId groupType email:string? url:string? timeframe:TimeFrame? relationship* enrollControl? org? description? dataSource* recordInfo? extension?',
      GroupType: 'scheme:Text typevalue:TypeValue+',
      TypeValue: 'type:Text level:Text?',
      TimeFrame: 'begin? end? adminPeriod:string?',
      Relationship: 'relationId:GUID? relation sourcedId label:Text?',
      EnrollControl: 'enrollAccept:boolean? enrollAllowed:boolean?',
      Org: 'orgName:Text? orgUnit:Text? type:Text? id:Text?',
      Description: 'shortDescription:string longDescription:string? fullDescription?',
      FullDescription: 'mediamode:string? contentRefType:string? mimeType:string? content:string?',
    }),
  },
  enumerations: { ...commonEnumerations, Relation: ['Parent', 'Child', 'Sibling'] },
  simpleTypes: commonSimpleTypes,
  elements: { enterprise: types({ Enterprise: 'group*' }).Enterprise ?? [] },
  documentation:
    `Group Management Service of the ES/LIS 2.0 draft of 2007 (PeopleSoft SAIP), as Passerelle serves it. ${answering} ` +
    'Institutions, departments and terms are groups; typevalue tells which.',
};
