import { isBlankSql } from '../../projection/blank-sql.ts';
import { claimsSql } from './claims.ts';
import { unitItemsSql } from './items-among.ts';

const linkOfSql = (unit: string): string => `
        select l.lms_id from link l
         where l.organization_id = $1 and l.source_system_id = $2 and l.sourced_id = ${unit}.sourced_id and l.kind = ${unit}.kind
           and not exists (select from lms_org_unit b where b.organization_id = $1 and b.id = l.lms_id and ${isBlankSql('b')} offset 0) limit 1`;

/**
 * Org units of the plan that are not projected as what they state, or not called by the code that they state (docs/projection.md 4, 6 to 8): `contested_units`, as those that
 * are stuck. An LMS org unit keeps its type for ever; of one type each code is that of one.
 *
 * $1 organization, $2 source system, $3 run, $7 option `adoptOrgUnits`, $8 there are org units in the plan
 */
export const contestedUnitsSql = `
  -- Each org unit once, as its last item states it; the type by which it was made, if the plan makes it.
  stated_units as materialized (
    select i.kind, i.sourced_id, (array_agg(i.command->'fields'->>'type' order by i.number desc))[1] as type,
           (array_agg(m.org_unit_type_id order by i.number desc))[1] as type_id,
           (array_agg(m.org_unit_type_id order by i.number) filter (where m.org_unit_type_id is not null))[1] as first_type_id,
           (array_agg(i.command->'fields'->>'code' order by i.number desc) filter (where i.command->'fields'->>'code' is not null))[1] as code,
           max(i.number) as number
      from ${unitItemsSql(3)} i
      left join org_unit_type_map m on m.organization_id = $1 and m.source_system_id = $2 and m.sis_type_key = fold(i.command->'fields'->>'type')
     where i.entity = 'org_unit' and i.command->'fields' ? 'type' and $8::boolean
     group by i.kind, i.sourced_id
  ),
  -- What the files delete, and do not make again, gives up its code.
  left_units as materialized (
    select distinct l.lms_id
      from ${unitItemsSql(3)} i
      cross join lateral (${linkOfSql('i')}) l
      join run_seen s on s.organization_id = $1 and s.run_id = $3 and s.sourced_id = i.sourced_id and s.kind = i.kind and not s.states
     where i.entity in ('org_unit', 'association') and i.command->>'verb' = 'delete' and i.command->'wishes'->>'lms' is distinct from 'leave' and $8::boolean
  ),
  typed_units as materialized (
    select s.*, l.lms_id, u.org_unit_type_id as held_type_id, u.code_key as held_code, coalesce(u.state <> 'deleted', false) as present,
           coalesce(u.org_unit_type_id, s.first_type_id) <> s.type_id as is_other_type, coalesce(s.code, s.sourced_id) as code_text,
           fold(coalesce(s.code, s.sourced_id)) as code_key
      from stated_units s
      left join lateral (${linkOfSql('s')}) l on true
      left join lateral (select * from lms_org_unit u where u.organization_id = $1 and u.id = l.lms_id limit 1) u on true
      join run_seen seen on seen.organization_id = $1 and seen.run_id = $3 and seen.sourced_id = s.sourced_id and seen.kind = s.kind and seen.states
     where s.type_id is not null
  ),
  wanted_codes as materialized (
    select t.type_id as sort, t.code_key as key, t.code_text, t.kind, t.sourced_id, t.number, t.present, case when t.present then t.lms_id end as own,
           h.id as holder, o.sourced_id as held_by,
           h.id is null or g.lms_id is not null or (t.lms_id is null and $7::boolean and o.sourced_id is null) as is_open
      from typed_units t
      left join lateral (
        select u.id from lms_org_unit u
         where u.organization_id = $1 and u.org_unit_type_id = t.type_id and u.code_key = t.code_key and u.state <> 'deleted'
           and u.id is distinct from t.lms_id order by u.id limit 1) h on true
      left join left_units g on g.lms_id = h.id
      left join lateral (
        select l.sourced_id from link l
         where l.organization_id = $1 and l.lms_id = h.id and l.source_system_id = $2 order by l.sourced_id limit 1) o on true
     where not t.is_other_type and (not t.present or t.code_key is distinct from t.held_code)
  ),
  ${claimsSql('wanted_codes')},
  contested_units as materialized (
    select 'type ' || t.kind || ' ' || t.sourced_id as root, 'type_conflict' as code, t.kind, t.sourced_id, true as waits,
           format(case when t.lms_id is null then 'The files state "%s" in several types, and what it is made as first it stays: "%s" is not that type.'
                       else '"%s" is there as another type than "%s" is mapped to, and an LMS org unit keeps its type for ever.' end
                  || ' Correct the type, or give it an id of its own.', t.sourced_id, t.type) as message
      from typed_units t where t.is_other_type
    union all
    select 'code ' || c.kind || ' ' || c.sourced_id, 'code_in_use', c.kind, c.sourced_id, not c.present,
           case when c.won_by is not null then format('The code "%s" is stated by "%s" as well, which stands before and has it: "%s" %s. Change one of the two.',
                                                      c.code_text, c.won_by, c.sourced_id, becomes.words)
                else format('The code "%s" belongs to another org unit of this type%s: "%s" %s until it is free. Two that swap codes wait for each other: give one of them a temporary one first.',
                            c.code_text, coalesce(', of "' || c.held_by || '"', ''), c.sourced_id, becomes.words) end
      from lost_claims c
      cross join lateral (select case when c.present then 'keeps the one that it has' else 'waits' end as words) becomes
  )`;
