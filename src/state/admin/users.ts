import type { LmsUserView, ObjectAdministration, UserFilter } from '../../domain/administration/index.ts';
import { GatewayError } from '../../domain/problem.ts';
import { fold } from '../../domain/source-system.ts';
import { anyOf, linkedTo } from './any-of.ts';
import { decodeNumberAfter, isId, toPage } from './cursor.ts';
import { type Database, readOrganization, type Scope } from './in-organization.ts';
import { linkedIds, readLinks } from './links.ts';
import { readOverrides } from './overrides.ts';
import { readRelationsOf } from './relations.ts';
import { readSources, type Sources } from './sources.ts';

/** LMS users, in the order of their LMS ids. */
export function createUsers(db: Database): Pick<ObjectAdministration, 'listUsers' | 'getUser'> {
  return {
    listUsers: (organizationId, filter, { limit, after }) =>
      readOrganization(db, organizationId, async (scope) => {
        const sources = await readSources(scope);
        const query = await filtered(scope, sources, filter);
        const from = decodeNumberAfter(after) ?? '0';
        const rows = await query
          .where('u.id', '>', from)
          .orderBy('u.id')
          .limit(limit + 1)
          .execute();
        const toView = await viewer(scope, sources, rows.slice(0, limit));
        return toPage(rows, limit, (row) => [row.id], toView);
      }),
    getUser: (organizationId, lmsId) =>
      readOrganization(db, organizationId, async (scope) => {
        const row = isId(lmsId) ? await select(scope).where('u.id', '=', lmsId).executeTakeFirst() : undefined;
        if (row === undefined) throw new GatewayError('not_found', `There is no LMS user ${lmsId}.`);
        const toView = await viewer(scope, await readSources(scope), [row]);
        return toView(row);
      }),
  };
}

type UserRow = Awaited<ReturnType<ReturnType<typeof select>['executeTakeFirstOrThrow']>>;

function select({ db, organizationId }: Scope) {
  return db
    .selectFrom('lms_user as u')
    .leftJoin('role as r', (join) =>
      join.onRef('r.organization_id', '=', 'u.organization_id').onRef('r.id', '=', 'u.role_id'),
    )
    .select(['u.id', 'u.state', 'u.fields', 'u.version', 'u.changed_at', 'r.code as role'])
    .where('u.organization_id', '=', organizationId);
}

async function filtered(scope: Scope, sources: Sources, filter: UserFilter) {
  const { sourceSystem, sourcedId, userName, orgDefinedId, state } = filter;
  let query = select(scope);
  if (state === undefined) query = query.where('u.state', '<>', 'deleted');
  else if (state !== 'all') query = query.where('u.state', '=', state);
  if (userName !== undefined) query = query.where('u.user_name_key', '=', fold(userName));
  if (orgDefinedId !== undefined) query = query.where('u.org_defined_id_key', '=', fold(orgDefinedId));
  const sourceIds = sources.idsFor(sourceSystem);
  if (sourcedId !== undefined)
    return query.where('u.id', '=', anyOf(await linkedIds(scope, sourceIds, sourcedId, ['person'])));
  return sourceSystem === undefined ? query : query.where(linkedTo(scope, 'u.id', sourceIds));
}

async function viewer(
  scope: Scope,
  sources: Sources,
  rows: readonly UserRow[],
): Promise<(row: UserRow) => LmsUserView> {
  const ids = rows.map((row) => row.id);
  const links = await readLinks(scope, sources, ids);
  const overrides = await readOverrides(scope, 'user', ids);
  const relations = await readRelationsOf(scope, sources, ids);
  return (row) => ({
    lmsId: row.id,
    state: row.state,
    role: row.role,
    fields: row.fields,
    overrides: overrides(row.id, { ...row.fields, active: row.state === 'active' }),
    relations: relations(row.id),
    links: links(row.id),
    version: row.version,
    changedAt: row.changed_at.toISOString(),
  });
}
