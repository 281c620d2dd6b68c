import { statesFields } from '../../domain/command.ts';
import type { WriteCommand } from '../../domain/command.ts';
import type { Lane } from '../lane.ts';
import type { TargetRead } from './read-targets.ts';
import { meantSql, seenOf } from './seen-sql.ts';

/**
 * The org unit that is stated, else the one that was declared; and the one that was declared, which it leaves if they differ.
 *
 * `case`, not `coalesce`: Postgres does not know that the latter leaks nothing, and row-level security then keeps it from the index.
 */
export const enrollmentTargets: TargetRead = {
  name: 'rights_enrollments',
  text: `
    select k.position::integer, met.units as met,
           case when not d.deleted
                then jsonb_build_object('userSourcedId', d.user_sourced_id, 'roles', d.roles,
                                        'orgUnit', jsonb_build_object('kind', d.org_unit_kind, 'sourcedId', d.org_unit_sourced_id))
                     || case when d.attributes is null then '{}' else jsonb_build_object('attributes', d.attributes) end end as declared
      from unnest($3::text[], $4::text[], $5::text[]) with ordinality as k(sourced_id, unit_kind, unit_sourced_id, position)
      left join declared_enrollment d on d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = k.sourced_id
      cross join lateral (
        select coalesce(jsonb_agg(jsonb_build_object('left', ref.is_left, 'base', t.base, ${seenOf('unit')})), '[]') as units
          from (select false as is_left, case when k.unit_sourced_id is null then d.org_unit_kind else k.unit_kind end as kind,
                       case when k.unit_sourced_id is null then d.org_unit_sourced_id else k.unit_sourced_id end as sourced_id
                union select true, d.org_unit_kind, d.org_unit_sourced_id) ref
          ${meantSql('ref')}
         where ref.sourced_id is not null) met`,
  parameters: (commands) => {
    const units = commands.map(unitOf);
    return [
      commands.map(({ sourcedId }) => sourcedId),
      units.map((unit) => unit?.kind ?? null),
      units.map((unit) => unit?.sourcedId ?? null),
    ];
  },
};

function unitOf(command: WriteCommand): { kind: string | null; sourcedId: string } | undefined {
  if (command.entity !== 'enrollment') return undefined;
  // A delete by pair asks for no kind.
  if (command.verb === 'delete') return command.pair && { kind: null, sourcedId: command.pair.orgUnit.sourcedId };
  return statesFields(command) ? command.fields.orgUnit : undefined;
}

/** The roles of the source system, folded, that are mapped. */
export async function readMappedRoles(lane: Lane, sourceSystemId: number): Promise<ReadonlySet<string>> {
  const { rows } = await lane.client.query<{ sis_role_key: string }>({
    name: 'rights_mapped_roles',
    text: 'select sis_role_key from role_map where organization_id = $1 and source_system_id = $2',
    values: [lane.organizationId, sourceSystemId],
  });
  return new Set(rows.map((row) => row.sis_role_key));
}
