import type { SchemaContract } from '../../../formats/wsdl/index.ts';
import { common, operation, types, usualOperations } from './common.ts';
import { service } from './service.ts';

const data: SchemaContract = {
  prefix: 'd',
  namespace: 'http://www.imsglobal.org/services/mms/xsd/imsMemberManDataSchema_v1p0',
  types: types({
    Membership: 'groupSourcedId:c.SourcedId member',
    Member: 'memberSourcedId:c.SourcedId idType:string? role+',
    Role: 'roleType:string subRole:string? timeFrame:c.TimeFrame? status:string? dateTime:dateTime? c.dataSource? extension:c.Extension?',
  }),
  enumerations: {},
  simpleTypes: {},
  elements: {},
  imports: [{ schema: common, file: 'common.xsd' }],
};

const pairs = 'membershipIDPairSet:IdPairSet?';

/** Membership Management Service 1.0. The set is spelled with a capital ID, the pair in it is not. */
export const mms = service(
  {
    code: 'mms',
    name: 'MembershipManagementService',
    manager: 'MembershipManager',
    object: 'Membership',
    set: 'membershipIDPairSet',
  },
  data,
  [
    ...usualOperations('Membership', 'membershipIDPairSet'),
    operation('readMembershipsForPerson', 'personSourcedId:c.SourcedId', pairs),
    operation('readMembershipsForGroup', 'groupSourcedId:c.SourcedId', pairs),
  ],
);
