import { sql } from 'kysely';
import type { Scope } from './in-organization.ts';

/** Tables that refer to their organization by its number alone, for speed: the cascade of `organization` does not reach them. */
const ownTables = [
  'declared_user',
  'declared_org_unit',
  'declared_parent',
  'declared_association',
  'association_history',
  'declared_enrollment',
  'declared_relation',
  'link',
  'lms_user',
  'lms_org_unit',
  'lms_org_unit_parent',
  'lms_enrollment',
  'lms_relation',
  'override',
  'change',
  'message',
  'idempotency',
  'allocation',
  'reprojection',
  'reprojection_key',
  'run_leave',
] as const;

/** Nobody has configured a source system, and nothing has arrived. */
export async function isEmptyOrganization({ db, organizationId }: Scope): Promise<boolean> {
  const { rows } = await sql<{ empty: boolean }>`
    select not exists (select from source_system where organization_id = ${organizationId} and not reserved)
       and not exists (select from message where organization_id = ${organizationId})
       and not exists (select from lms_user where organization_id = ${organizationId}) as empty`.execute(db);
  return rows[0]?.empty === true;
}

export async function removeOrganizationRows({ db, organizationId }: Scope): Promise<void> {
  for (const table of ownTables) {
    await sql`delete from ${sql.table(table)} where organization_id = ${organizationId}`.execute(db);
  }
  // Maps go before the types and roles that they name; the cascade of `organization` knows no order.
  for (const table of ['org_unit_type_map', 'role_map']) {
    await sql`delete from ${sql.table(table)} where organization_id = ${organizationId}`.execute(db);
  }
  await sql`delete from organization where id = ${organizationId}`.execute(db);
}
