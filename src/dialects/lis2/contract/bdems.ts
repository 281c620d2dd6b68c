import { commonCodeMinors, commonEnumerations, commonSimpleTypes, commonTypes } from './common.ts';
import { operation, types, unsupported } from './notation.ts';
import type { ServiceContract } from './service.ts';

/** Bulk Data Exchange Management Service 1.0: known, not offered. Inferred: no WSDL of it is public. */
export const bdems: ServiceContract = {
  code: 'bdems',
  name: 'BulkDataExchangeManagementService',
  namespace: 'http://www.imsglobal.org/services/lis/bdems1p0/wsdl11/sync/imsbdems_v1p0',
  soapAction: 'http://www.imsglobal.org/soap/lis/bdems1p0/',
  managers: [
    {
      name: 'BulkDataExchangeManager',
      operations: unsupported([
        operation('announceBulkDataExchange', 'transactionId:GUID bulkBlockManifest', 'supportedServices?'),
        operation('announceFailureBulkDataExchange', 'transactionId:GUID failureReport'),
        operation('requestBulkDataExchange', 'transactionId:GUID filter:FilterObject'),
        operation('reportBulkDataExchange', 'transactionId:GUID bulkBlockReport'),
        operation('cancelBulkDataExchange', 'transactionId:GUID'),
        operation('ignoreBulkDataExchange', 'transactionId:GUID'),
      ]),
    },
  ],
  types: {
    ...commonTypes,
    ...types({
      BulkBlockManifest: 'expiryDate:dateTime? bulkBlockDataFile*',
      BulkBlockDataFile: 'url:anyURI totalSize:integer? checkSum:string?',
      BulkBlockReport: 'report:string*',
      FailureReport: 'report:string*',
      FilterObject: 'filterRule*',
      FilterRule: 'filterType:string filterValue:string',
      SupportedServices: 'serviceName:string*',
    }),
  },
  enumerations: {
    ...commonEnumerations,
    imsx_CodeMinorValue: [...commonCodeMinors, 'unknownvocab', 'unknownextension', 'unsupportedLISoperation'],
  },
  simpleTypes: commonSimpleTypes,
  unsupportedOperation: 'unsupportedLISoperation',
  documentation:
    'Bulk Data Exchange Management Service of LIS 2.0. Passerelle does not offer it yet: every operation is answered unsupported / status, and nothing is kept. ' +
    'This description is our inference: no WSDL of this service was available, and the order of elements inside the manifest, the reports and the filter is a guess.',
};
