import soap, { type Client } from 'soap';
import { services } from '../../src/dialects/lis2/index.ts';

export type ServiceCode = 'pms' | 'gms' | 'mms' | 'cms';
const codes: readonly ServiceCode[] = ['pms', 'gms', 'mms', 'cms'];

/** What a foreign client makes of an answer. */
export interface LisAnswer {
  /** `success/status/fullsuccess` */
  readonly status: string;
  readonly description: string;
  readonly result: LisResult;
  /** As it came over the wire, because clients read a time without a zone as theirs. */
  readonly savePoint: string | undefined;
}

/** The content of a response element, by the names of our schemas. */
export interface LisResult {
  readonly sourcedId?: string;
  readonly sourcedIdSet?: { readonly sourcedId?: readonly string[] } | null;
  readonly [element: string]: unknown;
}

export interface LisClient {
  call(operation: string, parameters: object): Promise<LisAnswer>;
  /** The operations that were answered with `success`. */
  readonly succeeded: ReadonlySet<string>;
}

/** One client of node-soap a service, made of the WSDLs that the gateway publishes. */
export async function createLisClient(url: string, login: { userName: string; secret: string }): Promise<LisClient> {
  const clients = new Map<string, Client>();
  for (const code of codes) {
    const client = await soap.createClientAsync(`${url}/lis/${code}?wsdl`);
    client.setSecurity(new soap.BasicAuthSecurity(login.userName, login.secret));
    const header = { imsx_syncRequestHeaderInfo: { imsx_version: 'V1.0', imsx_messageIdentifier: 'e2e' } };
    client.addSoapHeader(header, '', 'tns', services[code].namespace);
    for (const name of operationsOf(code)) clients.set(name, client);
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

/** Every operation of the four services, by their contracts. */
export function operationsOfAll(): string[] {
  return codes.flatMap(operationsOf);
}

const objects = 'Person|Group|Membership|CourseTemplate|CourseOffering|CourseSection|SectionAssociation';
const usual = new RegExp(
  `^(?:(?:create|createByProxy|update|replace|delete|read)(?:${objects})|read(?:${objects})s(?:FromSavePoint)?` +
    `|(?:readAll(?:${objects})|discover(?:${objects}))Ids|read(?:${objects})IdsFromSavePoint|change(?:${objects})Identifier)$`,
);

/** Every manager has it for its object. */
export function isUsual(operation: string): boolean {
  return usual.test(operation);
}

function operationsOf(code: ServiceCode): string[] {
  return services[code].managers.flatMap(({ operations }) => operations.map(({ name }) => name));
}

type Method = (parameters: object) => Promise<[LisResult | null, string, StatusHeader]>;

async function callWith(client: Client | undefined, operation: string, parameters: object): Promise<LisAnswer> {
  const method = (client as unknown as Record<string, Method> | undefined)?.[`${operation}Async`];
  if (method === undefined) throw new Error(`no WSDL has the operation ${operation}`);
  const [result, raw, header] = await method(parameters);
  const info = header.imsx_syncResponseHeaderInfo.imsx_statusInfo;
  const [minor] = [info.imsx_codeMinor.imsx_codeMinorField].flat();
  return {
    status: `${info.imsx_codeMajor}/${info.imsx_severity}/${minor?.imsx_codeMinorFieldValue ?? ''}`,
    description: info.imsx_description ?? '',
    result: result ?? {},
    savePoint: /<savePoint>([^<]*)</.exec(raw)?.[1],
  };
}

type MinorField = { imsx_codeMinorFieldValue: string };
type StatusHeader = {
  imsx_syncResponseHeaderInfo: {
    imsx_statusInfo: {
      imsx_codeMajor: string;
      imsx_severity: string;
      imsx_description?: string;
      imsx_codeMinor: { imsx_codeMinorField: MinorField | MinorField[] };
    };
  };
};
