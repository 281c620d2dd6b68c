import { type ApiWorld, type Body, createApiWorld, type Tenant } from '../integration/api-set-up.ts';
import { createLisClient, type LisAnswer, type LisClient } from './lis-client.ts';
import { stage } from './lis-stories.ts';

/** A gateway with its stage set, a foreign client of its LIS services, and what the LMS sees. */
export interface LisWorld {
  readonly lis: LisClient;
  /** The administration of the organization. */
  readonly admin: Tenant['admin'];
  /** Calls a create, an update or a replace of an object. */
  write(verb: string, object: string, sourcedId: string, content: object): Promise<LisAnswer>;
  /** The answer of a read, and what stands in the record. */
  read(object: string, sourcedId: string): Promise<LisAnswer & { readonly content: object }>;
  /** What the LMS sees, deleted objects too: `users`, `org-units` or `enrollments`. */
  seen(path: string, query: Record<string, string>): Promise<Body[]>;
  unit(kind: string, sourcedId: string): Promise<Body | undefined>;
  /** The codes of its parents in the LMS. */
  parentsOf(kind: string, sourcedId: string): Promise<string[]>;
  close(): Promise<void>;
}

export const done = 'success/status/fullsuccess';
export const unknown = 'failure/error/unknownobject';

export async function createLisWorld(): Promise<LisWorld> {
  const world = await createApiWorld();
  const north = await world.tenant('north');
  const lis = await loggedIn(world, north);
  const seen: LisWorld['seen'] = async (path, query) => {
    const search = new URLSearchParams({ sourceSystem: 'sis', state: 'all', ...query }).toString();
    return (await north.admin.get(`/api/v1/${path}?${search}`)).body.items;
  };
  const unit: LisWorld['unit'] = async (kind, sourcedId) => (await seen('org-units', { kind, sourcedId }))[0];
  const write: LisWorld['write'] = (verb, object, sourcedId, content) =>
    lis.call(`${verb}${object}`, { sourcedId, ...recordOf(object, sourcedId, content) });
  for (const { object, sourcedId, content } of stage) await write('replace', object, sourcedId, content);
  return {
    lis,
    admin: north.admin,
    write,
    async read(object, sourcedId) {
      const answer = await lis.call(`read${object}`, { sourcedId });
      const element = elementOf(object);
      const record = answer.result[`${element}Record`] as Record<string, object> | undefined;
      return { ...answer, content: record?.[element] ?? {} };
    },
    seen,
    unit,
    parentsOf: async (kind, sourcedId) =>
      ((await unit(kind, sourcedId))?.parents as { code: string }[]).map(({ code }) => code),
    close: () => world.close(),
  };
}

async function loggedIn(world: ApiWorld, tenant: Tenant): Promise<LisClient> {
  const { body } = await tenant.admin.post('/api/v1/source-systems/sis/credentials', { userName: 'lis' });
  return createLisClient(world.url, { userName: 'lis', secret: body.secret });
}

export function recordOf(object: string, sourcedId: string, content: object): object {
  const element = elementOf(object);
  return { [`${element}Record`]: { sourcedGUID: { sourcedId }, [element]: content } };
}

function elementOf(object: string): string {
  return object.charAt(0).toLowerCase() + object.slice(1);
}

export function idsIn({ result }: LisAnswer): readonly string[] {
  return result.sourcedIdSet?.sourcedId ?? [];
}

/** The records of a read of many: their sourcedIds and what stands in them. */
export function recordsIn(object: string, { result }: LisAnswer): { sourcedId: string; content: unknown }[] {
  const element = elementOf(object);
  const set = result[`${element}RecordSet`] as Record<string, Record<string, unknown>[]> | null | undefined;
  return (set?.[`${element}Record`] ?? []).map((record) => ({
    sourcedId: (record.sourcedGUID as { sourcedId: string }).sourcedId,
    content: record[element],
  }));
}
