import { answering, commonEnumerations, commonService, commonSimpleTypes, commonTypes } from './common.ts';
import { operation, types, usualOperations } from './notation.ts';
import type { ServiceContract } from './service.ts';

const names =
  'firstname nickname familyname givenname prefix suffix initials last maternal middle particle paternal surname';
const addressLines =
  'nonfieldedstreetaddress1 nonfieldedstreetaddress2 nonfieldedstreetaddress3 nonfieldedstreetaddress4 locality city statepr region country postcode';

/** Named in the WSDL of PeopleSoft, without a message; LIS 2.0 has this one. */
const readPersonCore = operation('readPersonCore', 'sourcedId', 'personCore?');

/** Person Management Service of the draft. Its schema has neither an update nor a read of one person, but its WSDL names them. */
export const pms: ServiceContract = {
  ...commonService,
  code: 'pms',
  name: 'PersonManagementService',
  namespace: 'http://www.imsglobal.org/services/es/pms2p0/xsd/imspms_v2p0',
  managers: [{ name: 'PersonManager', operations: [...usualOperations('Person'), readPersonCore] }],
  types: {
    ...commonTypes,
    ...types({
      Person:
        'sourcedId* formname:FormName* name* address* contactinfo:ContactInfo? demographics* birthday:date? dataSource? extension?',
      PersonCore: 'sourcedId formname:FormName?',
      FormName: 'formattedName:Text',
      Name: 'partname:PartName',
      PartName: strings(names),
      Address: 'addresspart:AddressPart',
      AddressPart: strings(addressLines),
      ContactInfo: 'telephone:string? email:string? webaddress:string?',
      Demographics: 'gender? placeofbirth:Text?',
    }),
  },
  enumerations: { ...commonEnumerations, Gender: ['male', 'female', 'unknown'] },
  simpleTypes: commonSimpleTypes,
  elements: { enterprise: types({ Enterprise: 'person*' }).Enterprise ?? [] },
  documentation: `Person Management Service of the ES/LIS 2.0 draft of 2007 (PeopleSoft SAIP), as Passerelle serves it. ${answering}`,
};

function strings(elements: string): string {
  return elements.replace(/\w+/g, '$&:string?');
}
