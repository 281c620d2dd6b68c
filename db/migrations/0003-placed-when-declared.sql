-- A membership is placed as it is declared; edges tell whether enrollments cascade along them; partitions keep organizations apart.

-- The row is written once, with the pair that it reaches: it needs no room for a second version.
alter table declared_enrollment reset (fillfactor);
alter table declared_enrollment
  -- Where it stood before its last message, if that moved it: settled with it.
  add column left_user_id bigint,
  add column left_org_unit_id bigint;
-- Who reaches what: the supports of a projected enrollment.
create index declared_enrollment_reach on declared_enrollment (organization_id, user_id, org_unit_id) where user_id is not null;

-- From a course section to a course offering: enrollments cascade along it. What org units are based on is for ever.
alter table lms_org_unit_parent add column cascades boolean not null default false;
alter table lms_org_unit_parent alter column cascades drop default;
-- The rows are of all organizations: for this moment the policies bind their owner, who migrates, no more than others.
alter table lms_org_unit_parent no force row level security;
alter table lms_org_unit no force row level security;
alter table org_unit_type no force row level security;
update lms_org_unit_parent p
   set cascades = true
  from lms_org_unit child, org_unit_type child_type, lms_org_unit parent, org_unit_type parent_type
 where child.organization_id = p.organization_id and child.id = p.org_unit_id
   and child_type.organization_id = p.organization_id and child_type.id = child.org_unit_type_id and child_type.base = 'course_section'
   and parent.organization_id = p.organization_id and parent.id = p.parent_id
   and parent_type.organization_id = p.organization_id and parent_type.id = parent.org_unit_type_id and parent_type.base = 'course_offering';
alter table lms_org_unit_parent force row level security;
alter table lms_org_unit force row level security;
alter table org_unit_type force row level security;

-- The user name or org-defined id that it asks for, as in declared_user.wait_key: when that comes free, this is who wants it.
alter table override add column wish_key text collate "C" generated always as (
  case field when 'userName' then 'user_name:' when 'orgDefinedId' then 'org_defined_id:' end || fold(value #>> '{}')) stored;
create index override_wish_key on override (organization_id, wish_key) where wish_key is not null;

-- seq tells changes apart; the id only says in which month they are.
alter table change drop constraint change_pkey;
alter table change add primary key (organization_id, seq, id);
drop index change_seq;

-- Persons, then org units, then enrollments: the order in which they depend on each other, and in which they are taken.
alter table reprojection_key
  drop constraint reprojection_key_pkey,
  add column phase smallint not null generated always as (case kind when 'person' then 1 when 'membership' then 3 else 2 end) stored;
alter table reprojection_key add primary key (organization_id, reprojection_id, phase, source_system_id, kind, sourced_id);

-- Sealed bytes do not compress, and a usual message fits in a page beside the rest of its row.
alter table message alter column body set storage external;

do $$
declare part regclass;
begin
  for part in select inhrelid::regclass from pg_inherits where inhparent = 'message'::regclass
  loop
    execute format('alter table %s set (toast_tuple_target = 8160)', part);
  end loop;
  -- A policy on a partitioned table binds what is read through it, not what names a partition: each partition bears its own.
  for part in select inhrelid::regclass from pg_inherits where inhparent in ('message'::regclass, 'change'::regclass)
  loop
    execute format('alter table %s enable row level security', part);
    execute format('alter table %s force row level security', part);
    execute format('create policy tenant on %s using (organization_id = current_organization())', part);
  end loop;
end $$;
