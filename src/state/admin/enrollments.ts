import { sql } from 'kysely';
import type { EnrollmentFilter, LmsEnrollmentView, ObjectAdministration } from '../../domain/administration/index.ts';
import { orgUnitWireKinds } from '../../domain/entities.ts';
import { GatewayError } from '../../domain/problem.ts';
import { decodeAfter, isId, toPage } from './cursor.ts';
import { type Database, readOrganization, type Scope } from './in-organization.ts';
import { linkedIds, readLinks } from './links.ts';
import { readReferences } from './org-units.ts';
import { readSources, type Sources } from './sources.ts';
import { readSupports, supportedBy } from './supports.ts';
import { anyOf } from './any-of.ts';

/** LMS enrollments, by user and org unit. */
export function createEnrollments(db: Database): Pick<ObjectAdministration, 'listEnrollments' | 'getEnrollment'> {
  return {
    listEnrollments: (organizationId, filter, { limit, after }) =>
      readOrganization(db, organizationId, async (scope) => {
        const sources = await readSources(scope);
        let query = await filtered(scope, sources, filter);
        const [user = '0', orgUnit = '0'] = decodeAfter(after, 2) ?? [];
        if (!isId(user) || !isId(orgUnit))
          throw new GatewayError('invalid_request', 'The cursor is malformed.', { field: 'after' });
        query = query.where(sql<boolean>`(e.user_id, e.org_unit_id) > (${user}::bigint, ${orgUnit}::bigint)`);
        const rows = await query
          .orderBy('e.user_id')
          .orderBy('e.org_unit_id')
          .limit(limit + 1)
          .execute();
        const toView = await viewer(scope, sources, rows.slice(0, limit));
        return toPage(rows, limit, (row) => [row.user_id, row.org_unit_id], toView);
      }),
    getEnrollment: (organizationId, lmsId) =>
      readOrganization(db, organizationId, async (scope) => {
        const row = isId(lmsId) ? await select(scope).where('e.id', '=', lmsId).executeTakeFirst() : undefined;
        if (row === undefined) throw new GatewayError('not_found', `There is no LMS enrollment ${lmsId}.`);
        const toView = await viewer(scope, await readSources(scope), [row]);
        return toView(row);
      }),
  };
}

type EnrollmentRow = Awaited<ReturnType<ReturnType<typeof select>['executeTakeFirstOrThrow']>>;

function select({ db, organizationId }: Scope) {
  return db
    .selectFrom('lms_enrollment as e')
    .leftJoin('role as r', (join) =>
      join.onRef('r.organization_id', '=', 'e.organization_id').onRef('r.id', '=', 'e.role_id'),
    )
    .leftJoin('lms_user as u', (join) =>
      join.onRef('u.organization_id', '=', 'e.organization_id').onRef('u.id', '=', 'e.user_id'),
    )
    .select([
      'e.id',
      'e.user_id',
      'e.org_unit_id',
      'e.sub_role',
      'e.starts_at',
      'e.ends_at',
      'e.inactive',
      'e.ended',
      'e.version',
      'e.changed_at',
    ])
    .select(['r.code as role', sql<string | null>`u.fields ->> 'userName'`.as('user_name')])
    .where('e.organization_id', '=', organizationId);
}

async function filtered(scope: Scope, sources: Sources, filter: EnrollmentFilter) {
  const { sourceSystem, sourcedId, userSourcedId, orgUnitSourcedId, role, state } = filter;
  let query = select(scope);
  if (state !== 'all') query = query.where('e.ended', '=', state === 'ended');
  if (state === 'active' || state === 'inactive') query = query.where('e.inactive', '=', state === 'inactive');
  if (role !== undefined) query = query.where('r.code', '=', role);
  const sourceIds = sources.idsFor(sourceSystem);
  if (userSourcedId !== undefined) {
    query = query.where('e.user_id', '=', anyOf(await linkedIds(scope, sourceIds, userSourcedId, ['person'])));
  }
  if (orgUnitSourcedId !== undefined) {
    query = query.where(
      'e.org_unit_id',
      '=',
      anyOf(await linkedIds(scope, sourceIds, orgUnitSourcedId, orgUnitWireKinds)),
    );
  }
  if (sourcedId === undefined && sourceSystem === undefined) return query;
  return query.where(supportedBy(scope, sourceIds, sourcedId));
}

async function viewer(
  scope: Scope,
  sources: Sources,
  rows: readonly EnrollmentRow[],
): Promise<(row: EnrollmentRow) => LmsEnrollmentView> {
  const orgUnit = await readReferences(
    scope,
    sources,
    rows.map((row) => row.org_unit_id),
  );
  const links = await readLinks(
    scope,
    sources,
    rows.map((row) => row.user_id),
  );
  const supports = await readSupports(scope, sources, rows);
  return (row) => {
    const why = supports(row.user_id, row.org_unit_id);
    return {
      lmsId: row.id,
      state: row.ended ? 'ended' : row.inactive ? 'inactive' : 'active',
      user: { lmsId: row.user_id, userName: row.user_name, links: links(row.user_id) },
      orgUnit: orgUnit(row.org_unit_id),
      role: row.role,
      subRole: row.sub_role,
      startsAt: row.starts_at?.toISOString() ?? null,
      endsAt: row.ends_at?.toISOString() ?? null,
      supports: why,
      links: why.map(({ sourceSystem, sourcedId }) => ({ sourceSystem, sourcedId, kind: 'membership' })),
      version: row.version,
      changedAt: row.changed_at.toISOString(),
    };
  };
}
