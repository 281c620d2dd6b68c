import type { Field } from '../../../formats/wsdl/index.ts';
import { types } from './notation.ts';

/** What every LIS service declares in its own namespace: there is no common one. */
export const commonTypes: Readonly<Record<string, readonly Field[]>> = types({
  imsx_RequestHeaderInfo: 'imsx_version:string? imsx_messageIdentifier:string imsx_sendingAgentIdentifier:string?',
  imsx_ResponseHeaderInfo: 'imsx_version:string? imsx_messageIdentifier:string imsx_statusInfo:imsx_StatusInfo',
  imsx_StatusInfo:
    'imsx_codeMajor:imsx_CodeMajor imsx_severity:imsx_Severity imsx_messageRefIdentifier:string imsx_operationRefIdentifier:string* imsx_description:string? imsx_codeMinor:imsx_CodeMinor?',
  imsx_CodeMinor: 'imsx_codeMinorField:imsx_CodeMinorField+',
  imsx_CodeMinorField: 'imsx_codeMinorFieldName:string imsx_codeMinorFieldValue:imsx_CodeMinorValue',
  SourcedGUID: 'refAgentInstanceID:normalizedString? sourcedId',
  GUIDSet: 'sourcedId*',
  Text: 'language:normalizedString textString:string',
  ExtensionField: 'fieldName:string fieldType:string fieldValue:string',
  // The second name differs from service to service in the draft; the final binding and nearly all traffic have this one.
  IMSExtension: 'extensionNameVocabulary:anyURI extensionTypeVocabulary:anyURI extensionField+',
  Metadata: 'metadataNameVocabulary:anyURI metadataTypeVocabulary:anyURI extensionField+',
});

export const commonEnumerations = {
  imsx_CodeMajor: ['success', 'processing', 'failure', 'unsupported'],
  imsx_Severity: ['status', 'warning', 'error'],
} as const;

export const commonSimpleTypes = { GUID: 'string', SequenceIdentifier: 'dateTime', QueryObject: 'string' } as const;

/** The values of codeMinor that all services share; each adds a few of its own. */
export const commonCodeMinors = [
  'fullsuccess',
  'nosourcedids',
  'overflowfail',
  'idallocinusefail',
  'invaliddata',
  'incompletedata',
  'partialdatastorage',
  'unknownobject',
  'deletefailure',
  'targetreadfailure',
  'savepointerror',
  'savepointsyncerror',
  'unknownquery',
  'targetisbusy',
  'unauthorizedrequest',
  'linkfailure',
  'unsupportedLIS',
] as const;

export const mediaEnumerations = {
  MediaMode: ['uri', 'entityref', 'base64'],
  ContentRefType: ['text', 'image', 'audio', 'video', 'application', 'applet'],
} as const;

export const descriptionTypes = types({
  Description: 'shortDescription:Text longDescription:Text? fullDescription?',
  FullDescription: 'mediamode:MediaMode contentRefType mimeType:normalizedString descriptionText:Text',
});

export const organizationTypes = types({
  Org: 'orgName:Text? orgUnit:Text? type:Text? id:Text?',
  EnrollControl: 'enrollAccept:boolean? enrollAllowed:boolean?',
});

/** What the documentation of every supported service says of how the gateway answers. */
export const answering =
  'Every operation is answered. What is read, listed and found is what this source system itself has said and not deleted. ' +
  'Where there is nothing, lists answer nosourcedids. ' +
  'SOAP 1.1 and SOAP 1.2 are accepted on the same address. The result is in imsx_syncResponseHeaderInfo, in a normal response also ' +
  'when a record is refused; a SOAP fault means that the message as a whole was refused. Decide on imsx_codeMajor.';
