import { sequence as readSequence, type Field, type OperationContract } from '../../../formats/wsdl/index.ts';

const usualTypes: Readonly<Record<string, string>> = {
  sourcedId: 'GUID',
  newSourcedId: 'GUID',
  sourcedIdSet: 'GUIDSet',
  resultIdSet: 'GUIDSet',
  dataSource: 'GUID',
  fromSavePoint: 'SequenceIdentifier',
  savePoint: 'SequenceIdentifier',
  recordInfo: 'Metadata',
  extension: 'IMSExtension',
};

export function sequence(text: string): readonly Field[] {
  return readSequence(text, (name) => usualTypes[name] ?? (/SourcedId$/i.test(name) ? 'GUID' : undefined));
}

/** The complex types of a service, each a sequence. */
export function types(table: Readonly<Record<string, string>>): Readonly<Record<string, readonly Field[]>> {
  return Object.fromEntries(Object.entries(table).map(([name, text]) => [name, sequence(text)]));
}

export function operation(name: string, request: string, response = '', documentation = ''): OperationContract {
  return { name, request: sequence(request), response: sequence(response), supported: true, documentation };
}

/** Known, so that a client can be generated, and not answered yet. */
export function unsupported(operations: readonly OperationContract[]): OperationContract[] {
  const documentation = 'Not supported: answered unsupported / status.';
  return operations.map((each) => ({ ...each, supported: false, documentation }));
}

/** The operations that every LIS manager has for its object. */
export function usualOperations(object: string, options: { written?: string } = {}): OperationContract[] {
  const element = object.charAt(0).toLowerCase() + object.slice(1);
  const record = `${element}Record`;
  const written = options.written ?? record;
  const sets = `${record}Set? savePoint?`;
  return [
    operation(`create${object}`, `sourcedId ${written}`, '', 'Refused if the sourcedId is in use: idallocinusefail.'),
    operation(
      `createByProxy${object}`,
      written,
      'sourcedId?',
      'The gateway gives the sourcedId and answers it: idalloc.',
    ),
    operation(`delete${object}`, 'sourcedId', '', 'Of what is not there: success / warning / unknownobject.'),
    operation(`read${object}`, 'sourcedId', `${record}?`, 'What this source system last said.'),
    operation(`readAll${object}Ids`, '', 'sourcedIdSet?', 'Those of this source system that are not deleted.'),
    operation(
      `read${object}IdsFromSavePoint`,
      'fromSavePoint',
      'sourcedIdSet? savePoint?',
      'What was written or deleted since; savePoint is for the next time.',
    ),
    operation(
      `read${object}s`,
      'sourcedIdSet',
      sets,
      'In the order of the request. Those that are not there are left out: success / warning / partialdatastorage.',
    ),
    operation(
      `read${object}sFromSavePoint`,
      'fromSavePoint',
      sets,
      'What was written since and is not deleted; savePoint is for the next time.',
    ),
    operation(
      `update${object}`,
      `sourcedId ${written}`,
      '',
      'Adds to what is there what the record holds, and leaves the rest.',
    ),
    operation(
      `replace${object}`,
      `sourcedId ${written}`,
      '',
      'States the whole object, and creates it if it is not there.',
    ),
    operation(
      `discover${object}Ids`,
      'queryObject',
      'sourcedIdSet?',
      `${object === 'Person' ? 'The query is an e-mail address, or' : 'The query is'} a JSON object of names and texts that must all be so.`,
    ),
    operation(
      `change${object}Identifier`,
      'sourcedId newSourcedId',
      '',
      'Also in all that this source system said of it.',
    ),
  ];
}
