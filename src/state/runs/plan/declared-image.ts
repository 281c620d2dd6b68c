import { isBlankSql } from '../../projection/blank-sql.ts';

/** Nothing in the LMS was ever made for a row `d`, or what was made was taken back. */
const unlinkedSql = (kind: string, table: 'lms_user' | 'lms_org_unit'): string => `
  case when not exists (
         select from link l join ${table} u on u.organization_id = $1 and u.id = l.lms_id and not ${isBlankSql('u')}
          where l.organization_id = $1 and l.source_system_id = $2 and l.sourced_id = d.sourced_id and l.kind = ${kind})
       then '{"unlinked": true}' else '{}' end::jsonb`;

/**
 * The declared row of a key as an item keeps it, with the message that declared it: what a rollback restores, and what approval
 * compares with. A placeholder was declared by no message. $1 organization, $2 source system; of a relation `k` with kind and sourced_id.
 */
export const declaredImageSql = `
  select d.message_id, jsonb_build_object('fields', d.fields, 'kept', d.kept, 'deleted', d.deleted, 'released', d.released, 'onDelete', d.on_delete)
           || ${unlinkedSql("'person'", 'lms_user')} as before
    from declared_user d
   where k.kind = 'person' and d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = k.sourced_id
  union all
  select case when not d.implied then d.message_id end, jsonb_build_object(
           'fields', d.fields, 'kept', d.kept, 'deleted', d.deleted, 'released', d.released,
           'parents', (select coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('role', p.role, 'sourcedId', p.parent_sourced_id, 'name', p.parent_name))
                                                 || jsonb_build_object('kind', p.parent_kind) order by p.position), '[]')
                         from declared_parent p
                        where p.organization_id = $1 and p.source_system_id = $2 and p.sourced_id = d.sourced_id and p.kind = d.kind),
           'sections', (select coalesce(jsonb_agg(a.section_sourced_id order by a.position), '[]')
                          from declared_association a
                         where d.kind = 'association' and a.organization_id = $1 and a.source_system_id = $2 and a.sourced_id = d.sourced_id))
           || case when d.implied then '{"implied": true}' else '{}' end::jsonb
           || ${unlinkedSql('d.kind', 'lms_org_unit')}
    from declared_org_unit d
   where k.kind not in ('person', 'membership') and d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = k.sourced_id
     and d.kind = k.kind
  union all
  select d.message_id, jsonb_build_object('userSourcedId', d.user_sourced_id, 'orgUnit', jsonb_build_object('kind', d.org_unit_kind, 'sourcedId', d.org_unit_sourced_id),
                                          'roles', d.roles, 'attributes', d.attributes, 'deleted', d.deleted)
           || case when d.leaving is null then '{}' else jsonb_build_object('leaving', d.leaving, 'leavingUntil', (
                select case when isfinite(l.due_at) then l.due_at end from run_leave l
                 where l.organization_id = $1 and l.source_system_id = $2 and l.sourced_id = d.sourced_id and l.state = 'waiting')) end
    from declared_enrollment d
   where k.kind = 'membership' and d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = k.sourced_id`;
