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

/** An operation that is answered unsupported. */
export function operation(name: string, request: string, response = ''): OperationContract {
  const documentation = 'Not supported: answered unsupported / status.';
  return { name, request: sequence(request), response: sequence(response), supported: false, documentation };
}

/** An operation that is carried out. */
export function offered(name: string, request: string, response = ''): OperationContract {
  return { ...operation(name, request, response), supported: true, documentation: 'Supported.' };
}

/**
 * The operations that the draft has for each object. Records stand in the request under the name of the object, without a
 * record around them; reads of several answer the address of a file, and are for the source system to answer.
 */
export function usualOperations(object: string): OperationContract[] {
  const element = object.charAt(0).toLowerCase() + object.slice(1);
  return [
    offered(`create${object}`, `sourcedId ${element}`),
    offered(`createByProxy${object}`, element, 'sourcedId?'),
    // PeopleSoft sends the whole object with some deletes.
    offered(`delete${object}`, `sourcedId ${element}?`),
    offered(`read${object}`, 'sourcedId', `${element}?`),
    offered(`update${object}`, `sourcedId ${element}`),
    offered(`replace${object}`, `sourcedId ${element}`),
    offered(`change${object}Identifier`, 'sourcedId newSourcedId'),
    operation(`readAll${object}Ids`, '', 'sourcedIdSet?'),
    operation(`read${object}IdsFromSavePoint`, 'fromSavePoint', 'sourcedIdSet? savePoint?'),
    operation(`read${object}s`, 'sourcedIdSet?', 'dataFile?'),
    operation(`read${object}sFromSavePoint`, 'fromSavePoint', 'dataFile? savePoint?'),
    operation(`discover${object}Ids`, 'queryObject', 'sourcedIdSet?'),
  ];
}
