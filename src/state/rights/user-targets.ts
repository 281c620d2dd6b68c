import { statesFields } from '../../domain/command.ts';
import type { WriteCommand } from '../../domain/command.ts';
import { adoptedOf } from './adopted-sql.ts';
import type { TargetRead } from './read-targets.ts';

/** The declared person, and the LMS user that a person without one would adopt (docs/projection.md 5). */
export const userTargets: TargetRead = {
  name: 'rights_users',
  text: `
    with k as materialized (
      -- Materialized: row-level security keeps an expression that is not leakproof (fold) away from the indexes, a column not.
      select i.position, i.sourced_id, i.role, d.sourced_id is not null and not d.deleted and not d.released as there, d.fields,
             case when i.states and l.lms_id is null then fold(coalesce(i.user_name, d.fields->>'userName')) end as name_key,
             case when i.states and l.lms_id is null then fold(coalesce(i.org_defined_id, d.fields->>'orgDefinedId', i.sourced_id)) end as id_key
        from unnest($3::text[], $4::boolean[], $5::text[], $6::text[], $7::text[]) with ordinality
             as i(sourced_id, states, user_name, org_defined_id, role, position)
        left join declared_user d on d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = i.sourced_id
        left join link l on l.organization_id = $1 and l.source_system_id = $2 and l.sourced_id = i.sourced_id and l.kind = 'person'
    )
    select k.position::integer, case when k.there then k.fields end as declared, adopted.user as adopted
      from k
      left join lateral (
        select jsonb_build_object('fields', u.fields || jsonb_build_object('active', u.state = 'active'),
                 'turns', u.role_id is distinct from (
                   select m.role_id from role_map m
                    where m.organization_id = $1 and m.source_system_id = $2 and m.sis_role_key = fold(k.role)),
                 ${adoptedOf('u', 'declared_user', '$9', 'roles')}) as user
          from (select * from (
                  select * from lms_user u where $8 and u.organization_id = $1 and u.user_name_key = k.name_key and u.state <> 'deleted' offset 0) u
                union all
                select * from (
                  select * from lms_user u where not $8 and u.organization_id = $1 and u.org_defined_id_key = k.id_key and u.state <> 'deleted' offset 0) u
                order by id limit 1) u
         where not exists (
                 select from link o where o.organization_id = $1 and o.lms_id = u.id and o.source_system_id = $2)) adopted on true`,
  parameters: (commands, { rank, options }) => [
    commands.map(({ sourcedId }) => sourcedId),
    commands.map(statesFields),
    commands.map((command) => fieldsOf(command)?.userName ?? null),
    commands.map((command) => fieldsOf(command)?.orgDefinedId ?? null),
    commands.map((command) => roleOf(command) ?? null),
    options.identityRule === 'user_name',
    rank,
  ],
};

function fieldsOf(command: WriteCommand) {
  return command.entity === 'user' && statesFields(command) ? command.fields : undefined;
}

/** The primary institution role, else the first (docs/projection.md 5). */
function roleOf(command: WriteCommand): string | undefined {
  const roles = fieldsOf(command)?.roles ?? [];
  return (roles.find(({ primary }) => primary) ?? roles[0])?.role;
}
