import type { SchemaContract } from '../../../formats/wsdl/index.ts';
import { common, operation, types, usualOperations } from './common.ts';
import { service } from './service.ts';

const data: SchemaContract = {
  prefix: 'd',
  namespace: 'http://www.imsglobal.org/services/gms/xsd/imsGroupManDataSchema_v1p0',
  types: types({
    Group:
      'groupType recordInfo:c.RecordInfo? c.email? c.URL? timeFrame:c.TimeFrame? relationship* enrollControl? org? description? c.dataSource? extension:c.Extension?',
    GroupType: 'scheme:string typeValue:TypeValue+',
    TypeValue: 'type:string level:string?',
    Relationship: 'relation sourceId:c.SourcedId label:string?',
    EnrollControl: 'enrollAccept:boolean? enrollAllowed:boolean?',
    Org: 'orgName:string? orgUnit:string* orgType:string? id:string?',
    Description: 'descShort descLong? descFull?',
  }),
  enumerations: { Relation: ['KnownAs', 'Parent', 'Child', '1', '2', '3'] },
  simpleTypes: { DescShort: 'string 64', DescLong: 'string 256', DescFull: 'string 2048' },
  elements: {},
  imports: [{ schema: common, file: 'common.xsd' }],
};

/** Group Management Service 1.0. Courses are groups as well. */
export const gms = service(
  { code: 'gms', name: 'GroupManagementService', manager: 'GroupManager', object: 'Group', set: 'groupIdPairSet' },
  data,
  [
    ...usualOperations('Group', 'groupIdPairSet'),
    operation('readGroupsForPerson', 'personSourcedId:c.SourcedId', 'groupIdPairSet:IdPairSet?'),
  ],
);
