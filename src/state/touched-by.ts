import { fold } from '../domain/source-system.ts';
import type { Transaction } from './store.ts';
import type { OrgUnitKey, SourcedKey, Touched } from './touched.ts';
import { nothingTouched } from './touched.ts';

/** The declared rows that an edit of the role map of these SIS roles touches. */
export async function touchedByRoles(
  tx: Transaction,
  sourceSystemId: number,
  sisRoles: readonly string[],
): Promise<Touched> {
  const keys = sisRoles.map(fold);
  const names = `exists (select from jsonb_array_elements(nullif(roles, 'null')) r where fold(r.value->>'role') = any($3::text[]))`;
  return {
    ...nothingTouched,
    users: await sourced(
      tx,
      `select source_system_id, sourced_id from (select *, fields->'roles' as roles from declared_user
      where organization_id = $1 and source_system_id = $2) d where ${names}`,
      [sourceSystemId, keys],
    ),
    enrollments: await sourced(
      tx,
      `select source_system_id, sourced_id from declared_enrollment
      where organization_id = $1 and source_system_id = $2 and ${names}`,
      [sourceSystemId, keys],
    ),
  };
}

/** The declared rows that an edit of LMS roles (rank, all sections) touches. */
export async function touchedByRoleIds(tx: Transaction, roleIds: readonly number[]): Promise<Touched> {
  const { rows } = await tx.client.query<{ source_system_id: number; roles: string[] }>(
    `select source_system_id, array_agg(sis_role) as roles from role_map where organization_id = $1 and role_id = any($2::integer[]) group by source_system_id`,
    [tx.organizationId, roleIds],
  );
  return merged(await Promise.all(rows.map((row) => touchedByRoles(tx, row.source_system_id, row.roles))));
}

/** The declared rows that an edit of the org unit type map of these SIS types touches. */
export async function touchedByTypes(
  tx: Transaction,
  sourceSystemId: number,
  sisTypes: readonly string[],
): Promise<Touched> {
  return {
    ...nothingTouched,
    orgUnits: await orgUnits(
      tx,
      `select source_system_id, kind, sourced_id from declared_org_unit
      where organization_id = $1 and source_system_id = $2 and fold(fields->>'type') = any($3::text[])`,
      [sourceSystemId, sisTypes.map(fold)],
    ),
  };
}

/** Everything that a source system declared: its rank or an option changed. */
export async function touchedBySourceSystem(tx: Transaction, sourceSystemId: number): Promise<Touched> {
  const where = 'where organization_id = $1 and source_system_id = $2';
  return {
    users: await sourced(tx, `select source_system_id, sourced_id from declared_user ${where}`, [sourceSystemId]),
    orgUnits: await orgUnits(tx, `select source_system_id, kind, sourced_id from declared_org_unit ${where}`, [
      sourceSystemId,
    ]),
    enrollments: await sourced(tx, `select source_system_id, sourced_id from declared_enrollment ${where}`, [
      sourceSystemId,
    ]),
    relations: [],
  };
}

/** The declared rows linked to LMS objects: an override of theirs changed. */
export async function touchedByLmsIds(tx: Transaction, lmsIds: readonly string[]): Promise<Touched> {
  const where = 'where organization_id = $1 and lms_id = any($2::bigint[])';
  return {
    users: await sourced(tx, `select source_system_id, sourced_id from link ${where} and kind = 'person'`, [lmsIds]),
    orgUnits: await orgUnits(tx, `select source_system_id, kind, sourced_id from link ${where} and kind <> 'person'`, [
      lmsIds,
    ]),
    enrollments: [],
    relations: [],
  };
}

function merged(all: readonly Touched[]): Touched {
  return {
    users: all.flatMap(({ users }) => users),
    orgUnits: all.flatMap(({ orgUnits: units }) => units),
    enrollments: all.flatMap(({ enrollments }) => enrollments),
    relations: all.flatMap(({ relations }) => relations),
  };
}

async function sourced(tx: Transaction, sql: string, values: readonly unknown[]): Promise<SourcedKey[]> {
  const { rows } = await tx.client.query<{ source_system_id: number; sourced_id: string }>(sql, [
    tx.organizationId,
    ...values,
  ]);
  return rows.map((row) => ({ sourceSystemId: row.source_system_id, sourcedId: row.sourced_id }));
}

async function orgUnits(tx: Transaction, sql: string, values: readonly unknown[]): Promise<OrgUnitKey[]> {
  const { rows } = await tx.client.query<{ source_system_id: number; kind: OrgUnitKey['kind']; sourced_id: string }>(
    sql,
    [tx.organizationId, ...values],
  );
  return rows.map((row) => ({ sourceSystemId: row.source_system_id, kind: row.kind, sourcedId: row.sourced_id }));
}
