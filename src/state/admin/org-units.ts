import { sql } from 'kysely';
import type {
  LmsOrgUnitView,
  ObjectAdministration,
  OrgUnitFilter,
  OrgUnitReferenceView,
} from '../../domain/administration/index.ts';
import { orgUnitWireKinds } from '../../domain/entities.ts';
import { GatewayError } from '../../domain/problem.ts';
import { fold } from '../../domain/source-system.ts';
import { decodeNumberAfter, isId, toPage } from './cursor.ts';
import { type Database, readOrganization, type Scope } from './in-organization.ts';
import { linkedIds, readLinks } from './links.ts';
import { readOverrides } from './overrides.ts';
import { readSources, type Sources } from './sources.ts';
import { anyOf, linkedTo } from './any-of.ts';

/** LMS org units, in the order of their LMS ids. */
export function createOrgUnits(db: Database): Pick<ObjectAdministration, 'listOrgUnits' | 'getOrgUnit'> {
  return {
    listOrgUnits: (organizationId, filter, { limit, after }) =>
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
    getOrgUnit: (organizationId, lmsId) =>
      readOrganization(db, organizationId, async (scope) => {
        const row = isId(lmsId) ? await select(scope).where('u.id', '=', lmsId).executeTakeFirst() : undefined;
        if (row === undefined) throw new GatewayError('not_found', `There is no LMS org unit ${lmsId}.`);
        const toView = await viewer(scope, await readSources(scope), [row]);
        return toView(row);
      }),
  };
}

type OrgUnitRow = Awaited<ReturnType<ReturnType<typeof select>['executeTakeFirstOrThrow']>>;

function select({ db, organizationId }: Scope) {
  return db
    .selectFrom('lms_org_unit as u')
    .innerJoin('org_unit_type as t', (join) =>
      join.onRef('t.organization_id', '=', 'u.organization_id').onRef('t.id', '=', 'u.org_unit_type_id'),
    )
    .select(['u.id', 'u.code', 'u.state', 'u.fields', 'u.version', 'u.changed_at', 't.code as type'])
    .where('u.organization_id', '=', organizationId);
}

async function filtered(scope: Scope, sources: Sources, filter: OrgUnitFilter) {
  const { sourceSystem, sourcedId, kind, type, code, parentSourcedId, state } = filter;
  let query = select(scope);
  if (state === undefined) query = query.where('u.state', '<>', 'deleted');
  else if (state !== 'all') query = query.where('u.state', '=', state);
  if (type !== undefined) query = query.where('t.code', '=', type);
  if (code !== undefined) query = query.where('u.code_key', '=', fold(code));
  const sourceIds = sources.idsFor(sourceSystem);
  if (parentSourcedId !== undefined) {
    const parents = await linkedIds(scope, sourceIds, parentSourcedId, orgUnitWireKinds);
    query = query.where(
      sql<boolean>`exists (
        select from lms_org_unit_parent p where p.organization_id = ${scope.organizationId}
           and p.org_unit_id = u.id and p.parent_id = ${anyOf(parents)})`,
    );
  }
  const kinds = kind === undefined ? orgUnitWireKinds : [kind];
  if (sourcedId !== undefined) {
    return query.where('u.id', '=', anyOf(await linkedIds(scope, sourceIds, sourcedId, kinds)));
  }
  if (kind !== undefined) query = query.where(linkedAs(scope, sourceIds, kind));
  return sourceSystem === undefined ? query : query.where(linkedTo(scope, 'u.id', sourceIds));
}

function linkedAs({ organizationId }: Scope, sourceIds: readonly number[], kind: string) {
  return sql<boolean>`exists (
    select from link l where l.organization_id = ${organizationId} and l.lms_id = u.id and l.kind = ${kind}
       and l.source_system_id = any (${sourceIds}::integer[]))`;
}

async function viewer(
  scope: Scope,
  sources: Sources,
  rows: readonly OrgUnitRow[],
): Promise<(row: OrgUnitRow) => LmsOrgUnitView> {
  const ids = rows.map((row) => row.id);
  const parents = await readParents(scope, ids);
  const reference = await readReferences(scope, sources, [...parents.values()].flat());
  const links = await readLinks(scope, sources, ids);
  const overrides = await readOverrides(scope, 'org_unit', ids);
  return (row) => ({
    lmsId: row.id,
    type: row.type,
    code: row.code,
    state: row.state,
    fields: row.fields,
    parents: (parents.get(row.id) ?? []).map(reference),
    overrides: overrides(row.id, { ...row.fields, code: row.code, active: row.state === 'active' }),
    links: links(row.id),
    version: row.version,
    changedAt: row.changed_at.toISOString(),
  });
}

async function readParents({ db, organizationId }: Scope, ids: readonly string[]): Promise<Map<string, string[]>> {
  const rows = await db
    .selectFrom('lms_org_unit_parent')
    .select(['org_unit_id', 'parent_id'])
    .where('organization_id', '=', organizationId)
    .where('org_unit_id', '=', anyOf(ids))
    .orderBy('position')
    .execute();
  const parents = new Map<string, string[]>();
  for (const row of rows) parents.set(row.org_unit_id, [...(parents.get(row.org_unit_id) ?? []), row.parent_id]);
  return parents;
}

/** Org units as others refer to them. */
export async function readReferences(
  scope: Scope,
  sources: Sources,
  ids: readonly string[],
): Promise<(id: string) => OrgUnitReferenceView> {
  const links = await readLinks(scope, sources, ids);
  const rows = await select(scope).where('u.id', '=', anyOf(ids)).execute();
  const byId = new Map(rows.map((row) => [row.id, row]));
  return (id) => ({ lmsId: id, type: byId.get(id)?.type ?? '', code: byId.get(id)?.code ?? '', links: links(id) });
}
