import { answering, commonEnumerations, commonService, commonSimpleTypes, commonTypes } from './common.ts';
import { types, usualOperations } from './notation.ts';
import type { ServiceContract } from './service.ts';

const names =
  'firstname nickname familyname givenname prefix suffix initials last maternal middle particle paternal surname';
const addressLines =
  'nonfieldedstreetaddress1 nonfieldedstreetaddress2 nonfieldedstreetaddress3 nonfieldedstreetaddress4 locality city statepr region country postcode';

/** Person Management Service of the draft. The draft has no update and no read of one person; they are accepted like the others. */
export const pms: ServiceContract = {
  ...commonService,
  code: 'pms',
  name: 'PersonManagementService',
  namespace: 'http://www.imsglobal.org/services/es/pms2p0/xsd/imspms_v2p0',
  managers: [{ name: 'PersonManager', operations: usualOperations('Person') }],
  types: {
    ...commonTypes,
    ...types({
      Person:
        'sourcedId* formname:FormName* name* address* contactinfo:ContactInfo? demographics* birthday:date? dataSource? extension?',
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
