import { sequence, type Field, type OperationContract, type SchemaContract } from '../../../formats/wsdl/index.ts';

/** The complex types of a schema, each a sequence. */
export function types(table: Readonly<Record<string, string>>): Readonly<Record<string, readonly Field[]>> {
  return Object.fromEntries(Object.entries(table).map(([name, text]) => [name, sequence(text)]));
}

/** An operation that is carried out. */
export function operation(name: string, request: string, response = ''): OperationContract {
  const documentation = 'Supported.';
  return { name, request: sequence(request), response: sequence(response), supported: true, documentation };
}

/** The operations that each object has, one at a time and several at a time; several have one statusInfo each. */
export function usualOperations(object: string, set: string): OperationContract[] {
  const element = object.charAt(0).toLowerCase() + object.slice(1);
  const one = `sourcedId:c.SourcedId ${element}:d.${object}`;
  const [ids, pairs] = ['sourcedIdSet:c.SourcedIdSet', `${set}:IdPairSet`];
  return ['create', 'update', 'replace']
    .flatMap((verb) => [operation(`${verb}${object}`, one), operation(`${verb}${object}s`, pairs)])
    .concat([
      operation(`delete${object}`, 'sourcedId:c.SourcedId'),
      operation(`delete${object}s`, ids),
      operation(`read${object}`, 'sourcedId:c.SourcedId', `${element}:d.${object}?`),
      operation(`read${object}s`, ids, `${pairs}?`),
      operation(`change${object}Identifier`, 'sourcedId:c.SourcedId newSourcedId:c.SourcedId'),
      operation(`change${object}sIdentifier`, 'identifierPairSet:c.IdentifierPairSet'),
    ]);
}

/** Leaves that all services share, with the lengths of the specification. */
export const common: SchemaContract = {
  prefix: 'c',
  namespace: 'http://www.imsglobal.org/services/common/imsCommonSchema_v1p0',
  types: types({
    SourcedId: 'identifier',
    SourcedIdSet: 'identifier*',
    IdentifierPair: 'firstId:SourcedId secondId:SourcedId',
    IdentifierPairSet: 'identifierPair*',
    UserId: 'userIdValue userIdType:string? passWord? pwEncryptionType:string? authenticationType:string?',
    RecordInfo: 'comments:string',
    RestrictDate: 'date:date restrict:boolean?',
    TimeFrame: 'begin:RestrictDate? end:RestrictDate? adminPeriod:string?',
    ExtensionField: 'fieldName:string fieldType:string fieldValue',
    Extension: 'extensionField*',
    LangString: 'language:string text:string',
  }),
  enumerations: {},
  simpleTypes: {
    Identifier: 'string 1024',
    UserIdValue: 'string 256',
    PassWord: 'string 1024',
    FieldValue: 'string 2048',
  },
  elements: { identifier: 'Identifier', email: 'string', URL: 'string', dataSource: 'string' },
};

/** The headers. */
export const messageBinding: SchemaContract = {
  prefix: 'h',
  namespace: 'http://www.imsglobal.org/services/common/imsMessBindSchema_v1p0',
  types: types({
    RequestHeaderInfo: 'messageIdentifier:string',
    ResponseHeaderInfo: 'messageIdentifier:string statusInfo? statusInfoSet?',
    StatusInfoSet: 'statusInfo*',
    StatusInfo: 'codeMajor severity codeMinor? messageIdRef:string? operationIdRef:string* description?',
    CodeMinor: 'codeMinorField*',
    CodeMinorField: 'codeMinorName:string? codeMinorValue:string?',
    Description: 'language:string text:string',
  }),
  enumerations: {
    CodeMajor: ['success', 'unsupported', 'failure', 'processing'],
    Severity: ['status', 'warning', 'error'],
  },
  simpleTypes: {},
  elements: { syncRequestHeaderInfo: 'RequestHeaderInfo', syncResponseHeaderInfo: 'ResponseHeaderInfo' },
};
