import { types } from './notation.ts';

/** What every service of the draft declares in its own namespace. */
export const commonTypes = types({
  imsx_RequestHeaderInfo: 'imsx_version:string? imsx_messageIdentifier:string',
  imsx_ResponseHeaderInfo: 'imsx_version:string? imsx_messageIdentifier:string imsx_statusInfo:imsx_StatusInfo',
  imsx_StatusInfo:
    'imsx_codeMajor:imsx_CodeMajor imsx_severity:imsx_Severity imsx_messageRefIdentifier:string imsx_operationRefIdentifier:string* imsx_description:string? imsx_codeMinor:imsx_CodeMinor?',
  imsx_CodeMinor: 'imsx_codeMinorField:imsx_CodeMinorField+',
  imsx_CodeMinorField: 'imsx_codeMinorFieldName:string imsx_codeMinorFieldValue:imsx_CodeMinorValue',
  GUIDSet: 'sourcedId*',
  Text: 'language:string text:string',
  RestrictDate: 'date:date? restrict:boolean?',
  Metadata: '',
  IMSExtension: 'extensionField+',
  ExtensionField: 'fieldName:string fieldType:string fieldValue:string',
});

export const commonEnumerations = {
  imsx_CodeMajor: ['success', 'processing', 'failure', 'unsupported'],
  imsx_Severity: ['status', 'warning', 'error'],
  imsx_CodeMinorValue: [
    'fullsuccess',
    'idalloc',
    'overflowfail',
    'idallocinusefail',
    'invaliddata',
    'incompletedata',
    'partialdatastorage',
    'unknownobject',
    'deletefailure',
    'targetreadfailure',
    'savepointerror',
    'unknownquery',
    'unknownvocab',
    'targetisbusy',
    'unauthorizedrequest',
    'linkfailure',
    'unsupported',
  ],
} as const;

export const commonSimpleTypes = { GUID: 'string', SequenceIdentifier: 'dateTime', QueryObject: 'string' } as const;

/** What the services of the draft have in common beside their types. */
export const commonService = {
  // As in the WSDLs of PeopleSoft; its Integration Broker sends aliases of its own, which are not looked at.
  soapAction: '',
  unsupportedOperation: 'unsupported',
  headerOptional: true,
} as const;

/** What the documentation of every service says of how the gateway answers. */
export const answering =
  'Operations are told by the element in the body; SOAPAction is not looked at. The messages may come without the IMS header. ' +
  'The result is in imsx_syncResponseHeaderInfo, in a normal response also when a record is refused; a SOAP fault means that the ' +
  'message as a whole was refused. A file of records under the root enterprise, as PeopleSoft makes them for a snapshot, may be posted as it is.';
