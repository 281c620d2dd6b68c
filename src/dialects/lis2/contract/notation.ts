/**
 * The compact notation of the contract tables. A sequence is written as element names in schema order:
 *
 *     'label:Text? title:Text? timeFrame* status:string?'
 *
 * `?` = 0 or 1, `*` = 0 or more, `+` = 1 or more, nothing = exactly 1. After the colon stands the type: lower case is an
 * XML Schema type, upper case one of the contract's own. Without a colon the type is the usual one of that element
 * name, else the name itself with a capital.
 */
export interface Field {
  readonly name: string;
  readonly type: string;
  readonly optional: boolean;
  readonly repeated: boolean;
}

export interface OperationContract {
  readonly name: string;
  readonly request: readonly Field[];
  readonly response: readonly Field[];
  /** Answered by the gateway; the others are answered `unsupported`. */
  readonly supported: boolean;
}

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
  return text.split(/\s+/).filter(Boolean).map(field);
}

function field(token: string): Field {
  const [, name, type, cardinality] = /^(\w+)(?::(\w+))?([?*+]?)$/.exec(token) ?? [];
  if (name === undefined) throw new Error(`not an element in contract notation: ${token}`);
  return {
    name,
    type: type ?? usualTypes[name] ?? (/SourcedId$/i.test(name) ? 'GUID' : capitalised(name)),
    optional: cardinality === '?' || cardinality === '*',
    repeated: cardinality === '*' || cardinality === '+',
  };
}

/** The complex types of a service, each a sequence. */
export function types(table: Readonly<Record<string, string>>): Readonly<Record<string, readonly Field[]>> {
  return Object.fromEntries(Object.entries(table).map(([name, text]) => [name, sequence(text)]));
}

export function operation(name: string, request: string, response = ''): OperationContract {
  return { name, request: sequence(request), response: sequence(response), supported: false };
}

/** The operations that every LIS manager has for its object; `replace`, `delete` and `read` are supported where `offered`. */
export function usualOperations(object: string, options: { offered: boolean; written?: string }): OperationContract[] {
  const element = object.charAt(0).toLowerCase() + object.slice(1);
  const record = `${element}Record`;
  const written = options.written ?? record;
  const sets = `${record}Set? savePoint?`;
  const offered = (each: OperationContract): OperationContract => ({ ...each, supported: options.offered });
  return [
    operation(`create${object}`, `sourcedId ${written}`),
    operation(`createByProxy${object}`, written, 'sourcedId?'),
    offered(operation(`delete${object}`, 'sourcedId')),
    offered(operation(`read${object}`, 'sourcedId', `${record}?`)),
    operation(`readAll${object}Ids`, '', 'sourcedIdSet?'),
    operation(`read${object}IdsFromSavePoint`, 'fromSavePoint', 'sourcedIdSet? savePoint?'),
    operation(`read${object}s`, 'sourcedIdSet', sets),
    operation(`read${object}sFromSavePoint`, 'fromSavePoint', sets),
    operation(`update${object}`, `sourcedId ${written}`),
    offered(operation(`replace${object}`, `sourcedId ${written}`)),
    operation(`discover${object}Ids`, 'queryObject', 'sourcedIdSet?'),
    operation(`change${object}Identifier`, 'sourcedId newSourcedId'),
  ];
}

function capitalised(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
