import { commonCodeMinors, commonEnumerations, commonSimpleTypes, commonTypes } from './common.ts';
import { operation, types, unsupported } from './notation.ts';
import type { ServiceContract } from './service.ts';

/** Bulk Data Exchange Management Service 1.0. Inferred: no WSDL of it is public. */
export const bdems: ServiceContract = {
  code: 'bdems',
  name: 'BulkDataExchangeManagementService',
  namespace: 'http://www.imsglobal.org/services/lis/bdems1p0/wsdl11/sync/imsbdems_v1p0',
  soapAction: 'http://www.imsglobal.org/soap/lis/bdems1p0/',
  managers: [
    {
      name: 'BulkDataExchangeManager',
      operations: [
        operation(
          'announceBulkDataExchange',
          'transactionId:GUID bulkBlockManifest',
          'supportedServices?',
          'Says where files are, by itself or because it was asked for them. Answered at once; the files are then fetched, verified and processed, and reportBulkDataExchange tells what became of them. The same again is answered alike.',
        ),
        operation(
          'announceFailureBulkDataExchange',
          'transactionId:GUID failureReport',
          '',
          'Says that the files cannot be had: the exchange is cancelled, and what it was processing ends. Of an unknown exchange: unknownobject.',
        ),
        ...unsupported([
          operation('requestBulkDataExchange', 'transactionId:GUID filter:FilterObject'),
          operation('reportBulkDataExchange', 'transactionId:GUID bulkBlockReport'),
          operation('cancelBulkDataExchange', 'transactionId:GUID'),
          operation('ignoreBulkDataExchange', 'transactionId:GUID'),
        ]),
      ],
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
    'Bulk Data Exchange Management Service of LIS 2.0. A SIS announces files here; requestBulkDataExchange, reportBulkDataExchange, cancelBulkDataExchange and ignoreBulkDataExchange are what Passerelle calls at the SIS (the other description), and are answered unsupported / status here. ' +
    'Addresses of files are https or http; totalSize is bytes; checkSum is CRC-32, MD5, SHA-1, SHA-256, SHA-384 or SHA-512, in hexadecimal or base64. ' +
    'This description is our inference: no WSDL of this service was available, and the order of elements inside the manifest, the reports and the filter is a guess; elements are read in any order.',
};
