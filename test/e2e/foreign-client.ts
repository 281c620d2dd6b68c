import soap, { type Client } from 'soap';

/** A service at an address, as its WSDL there describes it. */
export interface ForeignService {
  readonly path: string;
  readonly operations: readonly string[];
  /** The header of a request. */
  readonly header: { readonly content: object; readonly namespace: string };
}

/** What a foreign client makes of an answer. */
export interface ForeignAnswer {
  /** `success/status/fullsuccess`; of a set of statuses, all of them in their order, with commas between. */
  readonly status: string;
  readonly description: string;
  /** The content of the response element, by the names of our schemas. */
  readonly result: Readonly<Record<string, unknown>>;
  /** As it came over the wire. */
  readonly raw: string;
}

export interface ForeignClient {
  call(operation: string, parameters: object): Promise<ForeignAnswer>;
  /** The operations that were answered with `success`. */
  readonly succeeded: ReadonlySet<string>;
}

/** One client of node-soap a service, made of the WSDLs that the gateway publishes. */
export async function createForeignClient(
  url: string,
  services: readonly ForeignService[],
  login: { userName: string; secret: string },
): Promise<ForeignClient> {
  const clients = new Map<string, Client>();
  for (const { path, operations, header } of services) {
    const client = await soap.createClientAsync(`${url}${path}?wsdl`);
    client.setSecurity(new soap.BasicAuthSecurity(login.userName, login.secret));
    client.addSoapHeader(header.content, '', 'tns', header.namespace);
    for (const name of operations) clients.set(name, client);
  }
  const succeeded = new Set<string>();
  return {
    succeeded,
    async call(operation, parameters) {
      const answer = await callWith(clients.get(operation), operation, parameters);
      if (answer.status.startsWith('success/')) succeeded.add(operation);
      return answer;
    },
  };
}

/** Calls one operation and reads its status, with or without the prefix `imsx_`. */
export async function callWith(
  client: Client | undefined,
  operation: string,
  parameters: object,
): Promise<ForeignAnswer> {
  const method = (client as unknown as Record<string, Method> | undefined)?.[`${operation}Async`];
  if (method === undefined) throw new Error(`no WSDL has the operation ${operation}`);
  const [result, raw, header] = await method(parameters);
  const infos = statusesIn(header);
  return {
    status: infos.map(wordsOf).join(', '),
    description: infos.map((info) => textOf(valueIn(info, 'description'))).join(' '),
    result: (result ?? {}) as ForeignAnswer['result'],
    raw,
  };
}

type Method = (parameters: object) => Promise<[unknown, string, unknown]>;

function statusesIn(header: unknown): unknown[] {
  const info = valueIn(header, 'syncResponseHeaderInfo');
  return [valueIn(valueIn(info, 'statusInfoSet') ?? info, 'statusInfo')].flat();
}

function wordsOf(info: unknown): string {
  const [field] = [valueIn(valueIn(info, 'codeMinor'), 'codeMinorField')].flat();
  const minor = valueIn(field, 'codeMinorFieldValue') ?? valueIn(field, 'codeMinorValue');
  return [valueIn(info, 'codeMajor'), valueIn(info, 'severity'), minor].map(textOf).join('/');
}

function valueIn(holder: unknown, name: string): unknown {
  const found = holder as Record<string, unknown> | null | undefined;
  return found?.[`imsx_${name}`] ?? found?.[name];
}

/** A string, or a language string. */
function textOf(value: unknown): string {
  const found = typeof value === 'string' ? value : valueIn(value, 'text');
  return typeof found === 'string' ? found : '';
}
