import { sequence as readSequence, type Field, type OperationContract } from '../../../formats/wsdl/index.ts';

const usualTypes: Readonly<Record<string, string>> = {
  sourcedIdSet: 'GUIDSet',
  groupsIdentifierSet: 'GUIDSet',
  dataSource: 'GUID',
  dataFile: 'string',
  fromSavePoint: 'SequenceIdentifier',
  savePoint: 'SequenceIdentifier',
  recordInfo: 'Metadata',
  extension: 'IMSExtension',
  begin: 'RestrictDate',
  end: 'RestrictDate',
};

function sequence(text: string): readonly Field[] {
  return readSequence(text, (name) => usualTypes[name] ?? (/SourcedId$/i.test(name) ? 'GUID' : undefined));
}

/** The complex types of a service, each a sequence. */
export function types(table: Readonly<Record<string, string>>): Readonly<Record<string, readonly Field[]>> {
  return Object.fromEntries(Object.entries(table).map(([name, text]) => [name, sequence(text)]));
}

/** An operation; all of them are carried out. */
export function operation(
  name: string,
  request: string,
  response = '',
  documentation = 'Supported.',
): OperationContract {
  return { name, request: sequence(request), response: sequence(response), supported: true, documentation };
}

/**
 * The operations that the draft has for each object. Records stand in the request under the name of the object, without a
 * record around them; reads of several answer the address of a file.
 */
export function usualOperations(object: string): OperationContract[] {
  const element = object.charAt(0).toLowerCase() + object.slice(1);
  return [
    operation(`create${object}`, `sourcedId ${element}`),
    operation(`createByProxy${object}`, element, 'sourcedId?'),
    // PeopleSoft sends the whole object with some deletes.
    operation(`delete${object}`, `sourcedId ${element}?`),
    operation(`read${object}`, 'sourcedId', `${element}?`),
    operation(`update${object}`, `sourcedId ${element}`),
    operation(`replace${object}`, `sourcedId ${element}`),
    operation(`change${object}Identifier`, 'sourcedId newSourcedId'),
    operation(`readAll${object}Ids`, '', 'sourcedIdSet?'),
    operation(`read${object}IdsFromSavePoint`, 'fromSavePoint', 'sourcedIdSet? savePoint?'),
    operation(`read${object}s`, 'sourcedIdSet?', 'dataFile?', `${inFile} Without a set, of all that there are.`),
    operation(`read${object}sFromSavePoint`, 'fromSavePoint', 'dataFile? savePoint?', inFile),
    operation(`discover${object}Ids`, 'queryObject', 'sourcedIdSet?', query),
  ];
}

const inFile =
  'Answers a data: address (RFC 2397) that holds the file of the records itself, under the root enterprise.';

const query =
  'The query is a JSON object of names and texts, of a person also a bare e-mail address; what is all so is found.';
