import {
  answering,
  commonCodeMinors,
  commonEnumerations,
  commonSimpleTypes,
  commonTypes,
  descriptionTypes,
  mediaEnumerations,
} from './common.ts';
import { operation, types, usualOperations } from './notation.ts';
import type { ServiceContract } from './service.ts';

/** Person Management Service 2.0. */
export const pms: ServiceContract = {
  code: 'pms',
  name: 'PersonManagementService',
  namespace: 'http://www.imsglobal.org/services/lis/pms2p0/wsdl11/sync/imspms_v2p0',
  soapAction: 'http://www.imsglobal.org/soap/lis/pms2p0/',
  managers: [
    {
      name: 'PersonManager',
      operations: [
        ...usualOperations('Person'),
        operation('readPersonCore', 'sourcedId', 'personCore?', 'The name and the user name of a person.'),
      ],
    },
  ],
  types: {
    ...commonTypes,
    ...descriptionTypes,
    ...types({
      PersonRecord: 'sourcedGUID person?',
      PersonRecordSet: 'personRecord*',
      // The draft requires userId; a person may have none.
      PersonCore: 'sourcedId formname:FormName userId?',
      // dataSource and recordInfo came with the final version, several userIds with real traffic.
      Person:
        'formname:FormName* name* address* contactinfo:ContactInfo* demographics* agent* roles:EnterpriseRoles* dataSource? recordInfo? extension?',
      FormName: 'formnameType:BaseValueToken formattedName:Text',
      Name: 'nameType:BaseValueToken partName:BaseValueSingle+',
      Address: 'addressType:BaseValueToken addressPart:BaseValueSingle+',
      ContactInfo: 'contactinfoType:BaseValueToken contactinfoValue:Text',
      Demographics:
        'demographicsType:BaseValueToken representation* eventDate:BaseValueSingle* gender? demographicInfo:BaseValueSingle*',
      Representation: 'representationType:BaseValueToken date:date description',
      Agent: 'agentType:BaseValueToken agentId:Text agentDomain:Text description?',
      EnterpriseRoles: 'enterpriserolesType:EnterpriseRolesType systemRole:BaseValueToken? institutionRole* userId*',
      EnterpriseRolesType: 'instanceIdentifier:Text instanceVocabulary:anyURI instanceName:Text? instanceValue:Text',
      InstitutionRole: 'institutionroletype:BaseValueToken primaryroletype:boolean',
      UserId: 'userIdValue:Text userIdType:Text? password:Text? pwEncryptionType:Text? authenticationType:Text?',
      BaseValueToken: 'instanceIdentifier:Text instanceVocabulary:anyURI instanceValue:Text',
      BaseValueSingle: 'instanceIdentifier:Text instanceVocabulary:anyURI instanceName:Text instanceValue:Text',
    }),
  },
  enumerations: {
    ...commonEnumerations,
    ...mediaEnumerations,
    Gender: ['male', 'female', 'unknown', 'other'],
    imsx_CodeMinorValue: [...commonCodeMinors, 'idalloc', 'unknownvocab', 'unsupportedLISIOperation'],
  },
  simpleTypes: commonSimpleTypes,
  // Spelled like this, with a capital I and O, in this service only.
  unsupportedOperation: 'unsupportedLISIOperation',
  documentation: `Person Management Service of LIS 2.0, as Passerelle serves it. ${answering} Passwords are never kept.`,
};
