import type { SchemaContract } from '../../../formats/wsdl/index.ts';
import { common, operation, types, usualOperations } from './common.ts';
import { service } from './service.ts';

const data: SchemaContract = {
  prefix: 'd',
  namespace: 'http://www.imsglobal.org/services/pms/xsd/imsPersonManDataSchema_v1p0',
  types: types({
    Person:
      'formatName!:string name? recordInfo:c.RecordInfo? c.email? c.URL? systemRole:string? userId:c.UserId? address? demographics? institutionRole* tel* photo:string? c.dataSource? extension:c.Extension?',
    Name: 'partName*',
    PartName: 'namePartType:string namePartValue:string?',
    Address:
      'pobox:string? extadd:string? street:string* locality:string? region:string? postcode:string? country:string?',
    Demographics: 'bday:string? gender:string?',
    InstitutionRole: 'institutionRoleType:string primaryRoleType:string?',
    Tel: 'telType:string telValue:string?',
  }),
  enumerations: {},
  simpleTypes: {},
  elements: {},
  imports: [{ schema: common, file: 'common.xsd' }],
};

const pairs = 'personIdPairSet:IdPairSet?';

/** Person Management Service 1.0; `readAllPersons` is an addition of itslearning. */
export const pms = service(
  {
    code: 'pms',
    name: 'PersonManagementService',
    manager: 'PersonManager',
    object: 'Person',
    set: 'personIdPairSet',
  },
  data,
  [
    ...usualOperations('Person', 'personIdPairSet'),
    operation('readPersonsForGroup', 'groupSourcedId:c.SourcedId', pairs),
    operation(
      'readAllPersons',
      'PageIndex:int PageSize:int CreatedFrom:dateTime? OnlyManuallyCreatedUsers:boolean? ConvertFromManual:boolean?',
      `${pairs} virtualCount:int?`,
    ),
  ],
);
