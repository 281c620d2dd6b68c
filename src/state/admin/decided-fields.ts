import { sql } from 'kysely';
import { effectiveOptions, type Overwrite } from '../../domain/source-system.ts';
import { isKept } from '../declare/restate.ts';
import type { Scope } from './in-organization.ts';

export type OverriddenEntity = 'user' | 'org_unit';

/** Is this field of this LMS object the source systems' to decide (docs/projection.md 6)? An override of it then loses. */
export type DecidedBySources = (lmsId: string, field: string) => boolean;

interface LiveRow {
  lms_id: string;
  source_system_id: number;
  adopted: boolean;
  fields: string[];
}

/**
 * A field is the source systems' if a live row states it, unless the organization gives it to the LMS (`lmsOwned`). An
 * adopted row never states what its source system may not overwrite.
 */
export async function readDecidedBySources(
  scope: Scope,
  entity: OverriddenEntity,
  lmsIds: readonly string[],
): Promise<DecidedBySources> {
  if (lmsIds.length === 0) return () => false;
  const owned = await readLmsOwned(scope, entity);
  const overwrites = await readOverwrites(scope, entity);
  const rows = await readLiveRows(scope, entity, lmsIds);
  const byLmsId = Map.groupBy(rows, (row) => row.lms_id);
  return (lmsId, field) =>
    !owned.includes(field) &&
    (byLmsId.get(lmsId) ?? []).some(
      (row) =>
        row.fields.includes(field) && !(row.adopted && isKept(field, overwrites.get(row.source_system_id) ?? 'yes')),
    );
}

async function readLmsOwned({ db, organizationId }: Scope, entity: OverriddenEntity): Promise<readonly string[]> {
  const { settings } = await db
    .selectFrom('organization')
    .select('settings')
    .where('id', '=', organizationId)
    .executeTakeFirstOrThrow();
  return settings.lmsOwned?.[entity] ?? [];
}

async function readOverwrites(
  { db, organizationId }: Scope,
  entity: OverriddenEntity,
): Promise<Map<number, Overwrite>> {
  const rows = await db
    .selectFrom('source_system')
    .select(['id', 'preset', 'options'])
    .where('organization_id', '=', organizationId)
    .execute();
  const part = entity === 'user' ? 'user' : 'orgUnit';
  return new Map(rows.map(({ id, preset, options }) => [id, effectiveOptions(preset, options).overwrite[part]]));
}

async function readLiveRows(
  { db, organizationId }: Scope,
  entity: OverriddenEntity,
  lmsIds: readonly string[],
): Promise<LiveRow[]> {
  const declared = entity === 'user' ? declaredUser : declaredOrgUnit;
  const { rows } = await sql<LiveRow>`
    select l.lms_id::text, l.source_system_id, l.adopted, d.fields
      from link l
     cross join lateral (${declared}) d
     where l.organization_id = ${organizationId} and l.lms_id = any (${lmsIds}::bigint[])`.execute(db);
  return rows;
}

/** Stated null counts as stated, except for what is never empty. */
const declaredUser = sql`
  select array(select e.key from jsonb_each(d.fields) e where e.value <> 'null' or e.key <> 'orgDefinedId') as fields
    from declared_user d
   where d.organization_id = l.organization_id and d.source_system_id = l.source_system_id
     and d.sourced_id = l.sourced_id and l.kind = 'person' and d.live`;

/** What an association does not state it takes from its sections: some name, and the dates that they have. */
const declaredOrgUnit = sql`
  select array(
           select e.key from jsonb_each(d.fields) e where e.value <> 'null' or e.key not in ('code', 'name')
           union
           select 'name' where d.kind = 'association'
           union
           select e.key
             from declared_association a
             join declared_org_unit s on s.organization_id = a.organization_id and s.source_system_id = a.source_system_id
              and s.sourced_id = a.section_sourced_id and s.kind = 'section' and not s.deleted
            cross join lateral jsonb_each(s.fields) e
            where a.organization_id = d.organization_id and a.source_system_id = d.source_system_id
              and a.sourced_id = d.sourced_id and d.kind = 'association'
              and e.key in ('startsAt', 'endsAt') and e.value <> 'null') as fields
    from declared_org_unit d
   where d.organization_id = l.organization_id and d.source_system_id = l.source_system_id
     and d.sourced_id = l.sourced_id and d.kind = l.kind and d.live`;
