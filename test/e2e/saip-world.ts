import { saipServices } from '../../src/dialects/saip/index.ts';
import { type ApiWorld, type Body, createApiWorld, type Tenant } from '../integration/api-set-up.ts';
import { createForeignClient, type ForeignAnswer, type ForeignClient } from './foreign-client.ts';
import { saipStage } from './saip-stories.ts';

/** A gateway with its stage set, a foreign client of its SAIP services, and what the LMS sees. */
export interface SaipWorld {
  readonly saip: ForeignClient;
  /** Calls a create, an update or a replace of an object. */
  write(verb: string, object: string, sourcedId: string, content: object): Promise<ForeignAnswer>;
  /** The answer of a read, and what stands in the object. */
  read(object: string, sourcedId: string): Promise<ForeignAnswer & { readonly content: object }>;
  /** What the LMS sees, deleted objects too. */
  seen(path: string, query: Record<string, string>): Promise<Body[]>;
  /** Posts a file as it is. */
  post(path: string, file: string): Promise<string>;
  close(): Promise<void>;
}

export async function createSaipWorld(): Promise<SaipWorld> {
  const world = await createApiWorld();
  const north = await world.tenant('north');
  const login = await loginOf(north);
  const saip = await clientOf(world, login);
  const write: SaipWorld['write'] = (verb, object, sourcedId, content) =>
    saip.call(`${verb}${object}`, { sourcedId, [elementOf(object)]: { sourcedId, ...content } });
  for (const { object, sourcedId, content } of saipStage) await write('replace', object, sourcedId, content);
  return {
    saip,
    write,
    async read(object, sourcedId) {
      const answer = await saip.call(`read${object}`, { sourcedId });
      return { ...answer, content: (answer.result[elementOf(object)] as object | undefined) ?? {} };
    },
    async seen(path, query) {
      const search = new URLSearchParams({ sourceSystem: 'sis', state: 'all', ...query }).toString();
      return (await north.admin.get(`/api/v1/${path}?${search}`)).body.items;
    },
    async post(path, file) {
      const authorization = `Basic ${btoa(`${login.userName}:${login.secret}`)}`;
      const headers = { authorization, 'content-type': 'text/xml; charset=utf-8' };
      return (await fetch(world.url + path, { method: 'POST', headers, body: file })).text();
    },
    close: () => world.close(),
  };
}

/** Every operation of the four services, by their contracts. */
export function saipOperations(): string[] {
  return Object.values(saipServices).flatMap(operationsOf);
}

/** The file in the address that a read of several answers. */
export function fileIn({ result }: ForeignAnswer): string {
  const [, base64 = ''] = /^data:application\/xml;base64,(.*)$/.exec(String(result.dataFile)) ?? [];
  return Buffer.from(base64, 'base64').toString();
}

export function idsIn({ result }: ForeignAnswer): readonly string[] {
  const set = (result.sourcedIdSet ?? result.groupsIdentifierSet) as { sourcedId?: readonly string[] } | null;
  return set?.sourcedId ?? [];
}

export function elementOf(object: string): string {
  return object.charAt(0).toLowerCase() + object.slice(1);
}

function operationsOf({ managers }: (typeof saipServices)['pms']): string[] {
  return managers.flatMap(({ operations }) => operations.map(({ name }) => name));
}

async function loginOf(tenant: Tenant): Promise<{ userName: string; secret: string }> {
  const { body } = await tenant.admin.post('/api/v1/source-systems/sis/credentials', { userName: 'peoplesoft' });
  return { userName: 'peoplesoft', secret: body.secret };
}

function clientOf(world: ApiWorld, login: { userName: string; secret: string }): Promise<ForeignClient> {
  const content = { imsx_syncRequestHeaderInfo: { imsx_version: 'V1.0', imsx_messageIdentifier: 'e2e' } };
  const services = Object.values(saipServices).map((service) => ({
    path: `/saip/${service.code}`,
    operations: operationsOf(service),
    header: { content, namespace: service.namespace },
  }));
  return createForeignClient(world.url, services, login);
}
