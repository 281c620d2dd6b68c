import { sql } from 'kysely';
import type { Scope } from './in-organization.ts';

/** `= any (array)`: the empty list finds nothing. */
export function anyOf(ids: readonly string[]) {
  return sql<string>`any (${ids}::bigint[])`;
}

/** The LMS object is linked to an object of one of these source systems. */
export function linkedTo({ organizationId }: Scope, idColumn: string, sourceIds: readonly number[]) {
  return sql<boolean>`exists (
    select from link l where l.organization_id = ${organizationId} and l.lms_id = ${sql.ref(idColumn)}
       and l.source_system_id = any (${sourceIds}::integer[]))`;
}
