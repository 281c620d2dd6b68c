import type { Client, WSDL } from 'soap';
import type { Endpoint } from '../domain/endpoint.ts';
import type { Field, ServiceContract } from '../formats/wsdl/index.ts';
import type { OutboundCall } from '../pipeline/outbound.ts';

/** A service of a SIS that the gateway calls. */
export interface OutboundContract {
  /** The file of its WSDL. */
  readonly wsdl: string;
  /** The same, as tables. */
  readonly service: ServiceContract;
}
export type OutboundContracts = Readonly<Record<string, OutboundContract>>;

export interface SoapRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type WriteSoap = (endpoint: Endpoint, contract: OutboundContract, call: OutboundCall) => Promise<SoapRequest>;

/**
 * Writes SOAP requests by node-soap, from the WSDLs of the contracts. It writes and does not send: in place of its HTTP client
 * stands one that takes what would be sent.
 */
export function createSoapWriter(): WriteSoap {
  const loaded = new Map<string, Promise<WSDL>>();
  return async (endpoint, { wsdl: path, service }, call) => {
    const operation = service.managers
      .flatMap(({ operations }) => operations)
      .find(({ name }) => name === call.operation);
    if (operation === undefined) throw new Error(`the contract ${call.contract} has no operation ${call.operation}`);
    // Loaded here and not at the top: few gateways call, and it takes longer to load than all the rest of this folder.
    const soap = (await import('soap')).default;
    let wsdl = loaded.get(path);
    if (wsdl === undefined) {
      loaded.set(path, (wsdl = loadWsdl(soap.createClientAsync, path)));
      // What could not be read now, as with too many files open, may be read the next time.
      wsdl.catch(() => loaded.delete(path));
    }
    const taken: SoapRequest[] = [];
    const httpClient = {
      request(_url: string, body: string, _callback: unknown, headers: Record<string, string> = {}) {
        taken.push({ headers: lowerCase(headers), body });
        return new Promise<never>(() => undefined);
      },
    };
    const options = { httpClient, forceSoap12Headers: endpoint.soapVersion === '1.2' };
    // The client sets the options of the WSDL that it shares with others: so it is used in the same turn.
    const client: Client = new soap.Client(await wsdl, endpoint.address, options);
    client.addSoapHeader(requestHeader(call), '', 'tns', service.namespace);
    const invoke = client[call.operation] as (body: object, callback: () => void) => void;
    invoke(inOrder(service, `${call.operation}Request`, operation.request, call.body), () => undefined);
    const [request] = taken;
    if (request === undefined) throw new Error(`node-soap wrote nothing for ${call.operation}`);
    return request;
  };
}

type CreateClient = (path: string, options: { disableCache: boolean }) => Promise<Client>;

async function loadWsdl(createClient: CreateClient, path: string): Promise<WSDL> {
  return (await createClient(path, { disableCache: true })).wsdl;
}

function requestHeader({ messageIdentifier }: OutboundCall): object {
  return { imsx_syncRequestHeaderInfo: { imsx_version: 'V1.0', imsx_messageIdentifier: messageIdentifier } };
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** Plain values in the order of the schema, as strict receivers want them. A name that the schema does not have throws. */
function inOrder(service: ServiceContract, of: string, fields: readonly Field[], values: object): object {
  const given = new Map(Object.entries(values));
  const ordered = fields.flatMap(({ name, type }): [string, unknown][] => {
    const value: unknown = given.get(name);
    given.delete(name);
    if (value === undefined) return [];
    const write = (each: unknown): unknown => written(service, type, each);
    return [[name, Array.isArray(value) ? value.map(write) : write(value)]];
  });
  const [stranger] = given.keys();
  if (stranger !== undefined) throw new Error(`${of} has no element ${stranger}`);
  return Object.fromEntries(ordered);
}

function written(service: ServiceContract, type: string, value: unknown): unknown {
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'object' && value !== null) return inOrder(service, type, service.types[type] ?? [], value);
  return xmlText(String(value));
}

/** XML 1.0 section 2.2, production Char: node-soap escapes, and writes on what XML cannot hold at all. */
function xmlText(value: string): string {
  return value.toWellFormed().replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd');
}
