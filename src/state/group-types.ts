import type pg from 'pg';
import type { SourceSystem } from '../domain/source-system.ts';
import { inOrganization } from './in-transaction.ts';

/** The SIS types of the declared groups of a source system, by sourcedId; unknown ones are left out. */
export function readGroupTypes(
  pool: pg.Pool,
  { organizationId, id }: Pick<SourceSystem, 'organizationId' | 'id'>,
  sourcedIds: readonly string[],
): Promise<Map<string, string>> {
  return inOrganization(pool, organizationId, async (client) => {
    const { rows } = await client.query<{ sourced_id: string; type: string }>({
      name: 'declared_group_types',
      text: `select d.sourced_id, d.fields->>'type' as type
               from unnest($3::text[]) as k(sourced_id)
               join declared_org_unit d on d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = k.sourced_id and d.kind = 'group'
              where not d.deleted and not d.implied`,
      values: [organizationId, id, sourcedIds],
    });
    return new Map(rows.map((row) => [row.sourced_id, row.type]));
  });
}
