import { sql } from 'kysely';
import type {
  LmsRelationView,
  ObjectAdministration,
  PersonReferenceView,
  RelationFilter,
  RelationSupportView,
  UserRelationView,
} from '../../domain/administration/index.ts';
import { GatewayError } from '../../domain/problem.ts';
import { decodeNumberAfter, isId, toPage } from './cursor.ts';
import { type Database, readOrganization, type Scope } from './in-organization.ts';
import { linkedIds, readLinks } from './links.ts';
import { readSources, type Sources } from './sources.ts';
import { anyOf, linkedTo } from './any-of.ts';

/** Relations between LMS users, in the order of their LMS ids. */
export function createRelations(db: Database): Pick<ObjectAdministration, 'listRelations' | 'getRelation'> {
  return {
    listRelations: (organizationId, filter, { limit, after }) =>
      readOrganization(db, organizationId, async (scope) => {
        const sources = await readSources(scope);
        const query = await filtered(scope, sources, filter);
        const rows = await query
          .where('r.id', '>', decodeNumberAfter(after) ?? '0')
          .orderBy('r.id')
          .limit(limit + 1)
          .execute();
        const toView = await viewer(scope, sources, rows.slice(0, limit));
        return toPage(rows, limit, (row) => [row.id], toView);
      }),
    getRelation: (organizationId, lmsId) =>
      readOrganization(db, organizationId, async (scope) => {
        const row = isId(lmsId) ? await select(scope).where('r.id', '=', lmsId).executeTakeFirst() : undefined;
        if (row === undefined) throw new GatewayError('not_found', `There is no relation ${lmsId}.`);
        const toView = await viewer(scope, await readSources(scope), [row]);
        return toView(row);
      }),
  };
}

/** LMS user -> those who audit that user, and the parents and guardians; of a page of users, in one statement. */
export async function readRelationsOf(
  scope: Scope,
  sources: Sources,
  userIds: readonly string[],
): Promise<(userId: string) => UserRelationView[]> {
  const rows = await select(scope)
    .where('r.user_id', '=', anyOf(userIds))
    .where('r.ended', '=', false)
    .orderBy('r.id')
    .execute();
  const personOf = await readPeople(
    scope,
    sources,
    rows.map((row) => row.agent_id),
  );
  const byUser = Map.groupBy(rows, (row) => row.user_id);
  return (userId) =>
    (byUser.get(userId) ?? []).map(({ id, kind, agent_id }) => ({ lmsId: id, kind, agent: personOf(agent_id) }));
}

type RelationRow = Awaited<ReturnType<ReturnType<typeof select>['executeTakeFirstOrThrow']>>;

function select({ db, organizationId }: Scope) {
  return db
    .selectFrom('lms_relation as r')
    .select(['r.id', 'r.user_id', 'r.agent_id', 'r.kind', 'r.ended', 'r.version', 'r.changed_at'])
    .where('r.organization_id', '=', organizationId);
}

async function filtered(scope: Scope, sources: Sources, filter: RelationFilter) {
  const { sourceSystem, sourcedId, userSourcedId, agentSourcedId, kind, state } = filter;
  const sourceIds = sources.idsFor(sourceSystem);
  const idsOf = async (id: string) => anyOf(await linkedIds(scope, sourceIds, id, ['person']));
  let query = select(scope);
  if (state !== 'all') query = query.where('r.ended', '=', state === 'ended');
  if (kind !== undefined) query = query.where('r.kind', '=', kind);
  if (userSourcedId !== undefined) query = query.where('r.user_id', '=', await idsOf(userSourcedId));
  if (agentSourcedId !== undefined) query = query.where('r.agent_id', '=', await idsOf(agentSourcedId));
  if (sourcedId !== undefined) {
    const either = await idsOf(sourcedId);
    return query.where((where) => where.or([where('r.user_id', '=', either), where('r.agent_id', '=', either)]));
  }
  return sourceSystem === undefined ? query : query.where(linkedTo(scope, 'r.user_id', sourceIds));
}

async function viewer(
  scope: Scope,
  sources: Sources,
  rows: readonly RelationRow[],
): Promise<(row: RelationRow) => LmsRelationView> {
  const personOf = await readPeople(
    scope,
    sources,
    rows.flatMap((row) => [row.user_id, row.agent_id]),
  );
  const supports = await readSupports(scope, sources, rows);
  return (row) => {
    const why = supports(row);
    return {
      lmsId: row.id,
      state: row.ended ? 'ended' : 'active',
      kind: row.kind,
      user: personOf(row.user_id),
      agent: personOf(row.agent_id),
      supports: why,
      links: why.map(({ sourceSystem, sourcedId }) => ({ sourceSystem, sourcedId, kind: 'person' })),
      version: row.version,
      changedAt: row.changed_at.toISOString(),
    };
  };
}

async function readPeople(
  scope: Scope,
  sources: Sources,
  userIds: readonly string[],
): Promise<(userId: string) => PersonReferenceView> {
  const links = await readLinks(scope, sources, userIds);
  const rows = await scope.db
    .selectFrom('lms_user as u')
    .select(['u.id', sql<string | null>`u.fields ->> 'userName'`.as('user_name')])
    .where('u.organization_id', '=', scope.organizationId)
    .where('u.id', '=', anyOf([...new Set(userIds)]))
    .execute();
  const names = new Map(rows.map((row) => [row.id, row.user_name]));
  return (userId) => ({ lmsId: userId, userName: names.get(userId) ?? null, links: links(userId) });
}

/** What each rests on: what people declared of others, whichever source system it was. */
async function readSupports(
  { db, organizationId }: Scope,
  sources: Sources,
  relations: readonly RelationRow[],
): Promise<(relation: RelationRow) => RelationSupportView[]> {
  const rows = await db
    .selectFrom('declared_relation as d')
    .select(['d.source_system_id', 'd.sourced_id', 'd.agent_sourced_id', 'd.kind', 'd.user_id', 'd.agent_id'])
    .where('d.organization_id', '=', organizationId)
    .where('d.user_id', '=', anyOf([...new Set(relations.map((row) => row.user_id))]))
    .orderBy('d.source_system_id')
    .orderBy('d.sourced_id')
    .execute();
  const keyOf = (row: { user_id: string | null; agent_id: string | null; kind: string }) =>
    `${row.user_id ?? ''} ${row.kind} ${row.agent_id ?? ''}`;
  const byPair = Map.groupBy(rows, keyOf);
  return (relation) =>
    (byPair.get(keyOf(relation)) ?? []).map((row) => ({
      sourceSystem: sources.codeOf(row.source_system_id),
      sourcedId: row.sourced_id,
      agentSourcedId: row.agent_sourced_id,
    }));
}
