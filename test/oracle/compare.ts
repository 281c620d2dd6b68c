import type pg from 'pg';
import {
  comparedOrgUnitFields,
  comparedUserFields,
  type EnrollmentView,
  instant,
  organizationName,
  type OrgUnitView,
  plainFields,
  type Projection,
  unlinkedName,
  type UserView,
} from './projection.ts';

/** Which links make the names of LMS objects: all, or those of rows that are live now (the others depend on history). */
type NamedBy = 'all links' | 'live links';
export type NameOf = (lmsId: string) => string;

/** Reads the projected state of an organization out of Postgres, with the names of links instead of LMS ids. */
export async function readProjection(
  pool: pg.Pool,
  organizationId: number,
  namedBy: NamedBy = 'all links',
): Promise<Projection> {
  return inOrganization(pool, organizationId, async (client) => {
    const nameOf = await readNames(client, namedBy);
    const projection = {
      users: await readUsers(client, nameOf),
      orgUnits: await readOrgUnits(client, nameOf),
      enrollments: await readEnrollments(client, nameOf),
      relations: await readRelations(client, nameOf),
      ...(await readWaits(client)),
    };
    if (namedBy === 'all links') refuseUnlinked(projection);
    return projection;
  });
}

/** Nothing may be left of what has lost its last link. */
function refuseUnlinked({ users, orgUnits, enrollments, relations }: Projection): void {
  const standing = [
    ...Object.entries(users).filter(([, { state }]) => state === 'active'),
    ...Object.entries(orgUnits).filter(([, { state }]) => state !== 'deleted'),
    ...Object.entries(enrollments).filter(([, view]) => !('ended' in view)),
    ...Object.entries(relations).filter(([, { ended }]) => !ended),
  ].filter(([name]) => name.includes(unlinkedName));
  if (standing.length > 0) throw new Error(`not ended, but without links: ${JSON.stringify(standing)}`);
}

/**
 * The differences between two projections, one line each: where, what SQL gives, what the model gives. An org unit that is
 * deleted may as well never have been: it has no code and no place.
 */
export function differences(sql: Projection, model: Projection): string[] {
  return differencesOf(withoutUnlinked(withoutDeletedUnits(sql)), withoutUnlinked(withoutDeletedUnits(model)));
}

function withoutDeletedUnits(projection: Projection): Projection {
  const orgUnits = Object.entries(projection.orgUnits).filter(([, unit]) => unit.state !== 'deleted');
  return { ...projection, orgUnits: Object.fromEntries(orgUnits) };
}

/** What a rename left without links has ended, and no name to be told by. */
function withoutUnlinked({ users, orgUnits, enrollments, relations, ...others }: Projection): Projection {
  const linked = <View>(views: Record<string, View>) =>
    Object.fromEntries(Object.entries(views).filter(([name]) => !name.includes(unlinkedName)));
  return {
    users: linked(users),
    orgUnits: linked(orgUnits),
    enrollments: linked(enrollments),
    relations: linked(relations),
    ...others,
  };
}

function differencesOf(sql: Projection, model: Projection): string[] {
  const lines: string[] = [];
  for (const part of ['users', 'orgUnits', 'enrollments', 'relations', 'waits'] as const) {
    const names = new Set([...Object.keys(sql[part]), ...Object.keys(model[part])]);
    for (const name of [...names].sort()) {
      const [left, right] = [stable(sql[part][name]), stable(model[part][name])];
      if (left !== right) lines.push(`${part} ${name}\n    SQL   ${left}\n    model ${right}`);
    }
  }
  const [left, right] = [sql.live.join(', '), model.live.join(', ')];
  if (left !== right) lines.push(`live\n    SQL   ${left}\n    model ${right}`);
  return lines;
}

/** What is visible of a projection, whatever its history: the rest of what once was is left out. */
export function visible({ users, orgUnits, enrollments, relations, waits, live }: Projection): Projection {
  const keep = <View>(views: Record<string, View>, isVisible: (view: View) => boolean) =>
    Object.fromEntries(Object.entries(views).filter(([, view]) => isVisible(view)));
  return {
    users: keep(users, (view) => view.seen !== undefined),
    orgUnits: keep(orgUnits, (view) => view.seen !== undefined),
    enrollments: keep(enrollments, (view) => !('ended' in view)),
    relations: keep(relations, (view) => !view.ended),
    waits,
    live,
  };
}

/** The names of LMS objects as their links make them. */
export async function readNames(client: pg.ClientBase, namedBy: NamedBy = 'all links'): Promise<NameOf> {
  const { rows } = await client.query<{ id: string; name: string }>(
    `select l.lms_id::text as id,
            string_agg(s.code || '/' || l.kind || '/' || l.sourced_id, ' + '
                       order by (s.code || '/' || l.kind || '/' || l.sourced_id) collate "C") as name
       from link l join source_system s on s.id = l.source_system_id
      where $1 = 'all links'
         or exists (select from declared_user d where d.live and l.kind = 'person'
                       and (d.source_system_id, d.sourced_id) = (l.source_system_id, l.sourced_id))
         or exists (select from declared_org_unit d where d.live
                       and (d.source_system_id, d.sourced_id, d.kind) = (l.source_system_id, l.sourced_id, l.kind))
      group by 1`,
    [namedBy],
  );
  const root = await client.query<{ id: string }>(
    'select root_org_unit_id::text as id from organization where id = current_organization()',
  );
  const names = new Map([...rows.map((row) => [row.id, row.name] as const), [root.rows[0]!.id, organizationName]]);
  return (lmsId) => names.get(lmsId) ?? `${unlinkedName} ${lmsId}`;
}

async function readUsers(client: pg.ClientBase, nameOf: NameOf): Promise<Projection['users']> {
  const { rows } = await client.query<{
    id: string;
    state: UserView['state'];
    fields: Record<string, unknown>;
    role: string | null;
    live: boolean;
  }>(
    `select u.id::text, u.state, u.fields, r.code as role,
            exists (select from link l join declared_user d using (source_system_id, sourced_id)
                     where l.lms_id = u.id and l.kind = 'person' and d.live) as live
       from lms_user u left join role r on r.id = u.role_id`,
  );
  return Object.fromEntries(
    rows.map(({ id, state, fields, role, live }): [string, UserView] => {
      if (!live) return [nameOf(id), { state }];
      const userName = (fields.userName as string | undefined) ?? null;
      const orgDefinedId = (fields.orgDefinedId as string | undefined) ?? null;
      const seen = { userName, orgDefinedId, role, fields: plainFields(fields, comparedUserFields) };
      return [nameOf(id), { state, seen }];
    }),
  );
}

async function readOrgUnits(client: pg.ClientBase, nameOf: NameOf): Promise<Projection['orgUnits']> {
  const { rows } = await client.query<{
    id: string;
    state: OrgUnitView['state'];
    type: string;
    code: string;
    fields: Record<string, unknown>;
    parents: string[];
    live: boolean;
  }>(
    `select u.id::text, u.state, t.code as type, u.code, u.fields,
            array(select p.parent_id::text from lms_org_unit_parent p where p.org_unit_id = u.id order by p.position) as parents,
            exists (select from link l join declared_org_unit d using (source_system_id, sourced_id, kind)
                     where l.lms_id = u.id and d.live) as live
       from lms_org_unit u join org_unit_type t on t.id = u.org_unit_type_id
      where u.id <> (select root_org_unit_id from organization where id = current_organization())`,
  );
  return Object.fromEntries(
    rows.map(({ id, state, type, code, fields, parents, live }): [string, OrgUnitView] => {
      if (!live) return [nameOf(id), { state, type }];
      const seen = { code, parents: parents.map(nameOf), fields: plainFields(fields, comparedOrgUnitFields) };
      return [nameOf(id), { state, type, seen }];
    }),
  );
}

async function readEnrollments(client: pg.ClientBase, nameOf: NameOf): Promise<Projection['enrollments']> {
  const { rows } = await client.query<{
    user_id: string;
    org_unit_id: string;
    role: string;
    sub_role: string | null;
    starts_at: Date | null;
    ends_at: Date | null;
    inactive: boolean;
    ended: boolean;
  }>(
    `select e.user_id::text, e.org_unit_id::text, r.code as role, e.sub_role, e.starts_at, e.ends_at, e.inactive, e.ended
       from lms_enrollment e join role r on r.id = e.role_id`,
  );
  return Object.fromEntries(
    rows.map((row): [string, EnrollmentView] => {
      const name = `${nameOf(row.user_id)} @ ${nameOf(row.org_unit_id)}`;
      if (row.ended) return [name, { ended: true }];
      const { role, sub_role: subRole, starts_at: startsAt, ends_at: endsAt, inactive } = row;
      return [name, { role, subRole, startsAt: instant(startsAt), endsAt: instant(endsAt), inactive }];
    }),
  );
}

async function readRelations(client: pg.ClientBase, nameOf: NameOf): Promise<Projection['relations']> {
  const { rows } = await client.query<{ user_id: string; agent_id: string; kind: string; ended: boolean }>(
    'select user_id::text, agent_id::text, kind, ended from lms_relation',
  );
  return Object.fromEntries(
    rows.map((row) => [`${nameOf(row.user_id)} has ${row.kind} ${nameOf(row.agent_id)}`, { ended: row.ended }]),
  );
}

async function readWaits(client: pg.ClientBase): Promise<Pick<Projection, 'waits' | 'live'>> {
  const { rows } = await client.query<{ key: string; wait: string | null; live: boolean }>(
    `select s.code || '/' || d.kind || '/' || d.sourced_id as key, d.wait_code as wait, d.live
       from (select source_system_id, 'person' as kind, sourced_id, wait_code, live from declared_user
             union all
             select source_system_id, kind, sourced_id, wait_code, live from declared_org_unit
             union all
             select source_system_id, 'membership', sourced_id, wait_code, false from declared_enrollment
             union all
             select source_system_id, 'person', sourced_id || ' ' || kind || ' ' || agent_sourced_id, wait_code, false from declared_relation) d
       join source_system s on s.id = d.source_system_id`,
  );
  return {
    waits: Object.fromEntries(rows.flatMap((row) => (row.wait === null ? [] : [[row.key, row.wait]]))),
    live: rows
      .filter((row) => row.live)
      .map((row) => row.key)
      .sort(),
  };
}

/** Runs queries that see the rows of one organization. */
export async function inOrganization<Result>(
  pool: pg.Pool,
  organizationId: number,
  work: (client: pg.PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect();
  try {
    await client.query('begin isolation level repeatable read read only');
    await client.query(`select set_config('passerelle.organization_id', $1, true)`, [String(organizationId)]);
    return await work(client);
  } finally {
    await client.query('rollback');
    client.release();
  }
}

function stable(value: unknown): string {
  if (value === undefined) return '(nothing)';
  return JSON.stringify(value, (_, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
