import type pg from 'pg';

/**
 * Creates an organization with what it cannot be without: its lane, its type and LMS org unit for itself, and the reserved
 * source system that holds what is declared in the console. Runs in the caller's transaction and leaves row-level
 * security set to the new organization.
 *
 * @returns the organization's id
 */
export async function createOrganization(client: pg.ClientBase, code: string, name: string): Promise<number> {
  const { rows } = await client.query<{ id: number; root_org_unit_id: string }>(
    `insert into organization (code, name, root_org_unit_id) values ($1, $2, nextval('lms_id')) returning id, root_org_unit_id`,
    [code, name],
  );
  const created = rows[0];
  if (created === undefined) throw new Error('an insert returned nothing');
  await client.query(`select set_config('passerelle.organization_id', $1, true)`, [String(created.id)]);
  await client.query('insert into lane (organization_id) values ($1)', [created.id]);
  await client.query(
    `with type as (
       insert into org_unit_type (organization_id, code, name, base) values ($1, 'organization', 'Organization', 'organization') returning id)
     insert into lms_org_unit (organization_id, id, org_unit_type_id, code, code_key, fields, state)
     select $1, $2, type.id, $3, fold($3), jsonb_build_object('name', $4::text), 'active' from type`,
    [created.id, created.root_org_unit_id, code, name],
  );
  await client.query(
    `insert into source_system (organization_id, code, name, reserved, rank) values ($1, 'console', 'Console', true, 0)`,
    [created.id],
  );
  return created.id;
}
