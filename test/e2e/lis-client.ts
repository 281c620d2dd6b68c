import { services } from '../../src/dialects/lis2/index.ts';
import { createForeignClient, type ForeignAnswer, type ForeignClient } from './foreign-client.ts';

export type ServiceCode = 'pms' | 'gms' | 'mms' | 'cms';
const codes: readonly ServiceCode[] = ['pms', 'gms', 'mms', 'cms'];

/** What a foreign client makes of an answer. */
export interface LisAnswer extends ForeignAnswer {
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

export interface LisClient extends ForeignClient {
  call(operation: string, parameters: object): Promise<LisAnswer>;
}

/** One client of node-soap a service, made of the WSDLs that the gateway publishes. */
export async function createLisClient(url: string, login: { userName: string; secret: string }): Promise<LisClient> {
  const content = { imsx_syncRequestHeaderInfo: { imsx_version: 'V1.0', imsx_messageIdentifier: 'e2e' } };
  const client = await createForeignClient(
    url,
    codes.map((code) => ({
      path: `/lis/${code}`,
      operations: operationsOf(code),
      header: { content, namespace: services[code].namespace },
    })),
    login,
  );
  return {
    succeeded: client.succeeded,
    async call(operation, parameters) {
      const answer = await client.call(operation, parameters);
      return { ...answer, savePoint: /<savePoint>([^<]*)</.exec(answer.raw)?.[1] };
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
