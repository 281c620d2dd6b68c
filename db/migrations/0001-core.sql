-- Passerelle, the core: tenants, maps, declared state, projected state, journal, changes.
--
-- Every tenant table's key begins with organization_id and row-level security holds it: a statement sees the rows of the
-- organization named by the setting passerelle.organization_id, and none without it. Outside the rule are `organization`
-- itself and the tables that must answer before the organization is known (see 0002).

-- The organization that the running transaction works for.
create function current_organization() returns integer
  language sql stable parallel safe
  as $$ select nullif(current_setting('passerelle.organization_id', true), '')::integer $$;

-- How names, codes, roles and types compare: NFC, case-folded, trimmed.
create function fold(value text) returns text
  language sql immutable parallel safe strict
  as $$ select lower(normalize(btrim(value), NFC)) $$;

create table organization (
  id integer generated always as identity primary key,
  code text not null unique,
  name text not null,
  -- {"lmsOwned": {"user": ["email"], "org_unit": []}}: fields whose LMS-side edits win over the SIS (rule 15).
  settings jsonb not null default '{}',
  -- The LMS org unit of the organization itself: the parent of whatever has none.
  root_org_unit_id bigint not null,
  version integer not null default 1,
  created_at timestamptz not null default now()
);

-- One row an organization: the lock of rule 1, the counter and the epoch of rule 2.
create table lane (
  organization_id integer primary key references organization on delete cascade,
  epoch text not null default substr(md5(random()::text || clock_timestamp()::text), 1, 12),
  change_seq bigint not null default 0,
  -- Changes up to this one were removed by retention; a reader that stands before it needs a snapshot.
  removed_seq bigint not null default 0
);

create table source_system (
  organization_id integer not null references organization on delete cascade,
  id integer generated always as identity unique,
  code text not null,
  name text not null,
  state text not null default 'enabled' check (state in ('enabled', 'disabled', 'validate')),
  preset text not null default 'lis',
  -- The smaller, the more it has to say where several source systems state a field (rule 7).
  rank integer not null default 100,
  options jsonb not null default '{}',
  -- A reserved source system holds what is declared in the console; no message may come from it.
  reserved boolean not null default false,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  primary key (organization_id, id),
  unique (organization_id, code)
);

-- LMS ids are the gateway's own and permanent; one sequence, so that an id names one object whatever its kind.
create sequence lms_id as bigint start 1001;

create table org_unit_type (
  organization_id integer not null references organization on delete cascade,
  id integer generated always as identity,
  code text not null,
  name text not null,
  base text not null check (base in
    ('organization', 'department', 'semester', 'course_template', 'course_offering', 'course_section', 'group', 'other')),
  version integer not null default 1,
  primary key (organization_id, id),
  unique (organization_id, code)
);

create table org_unit_type_map (
  organization_id integer not null,
  source_system_id integer not null,
  sis_type text not null,
  sis_type_key text collate "C" generated always as (fold(sis_type)) stored,
  org_unit_type_id integer not null,
  primary key (organization_id, sis_type_key, source_system_id),
  foreign key (organization_id, source_system_id) references source_system on delete cascade,
  foreign key (organization_id, org_unit_type_id) references org_unit_type
);

create table role (
  organization_id integer not null references organization on delete cascade,
  id integer generated always as identity,
  code text not null,
  name text not null,
  -- The smaller, the better: the best-ranked active role is the projected one (rule 10).
  rank integer not null default 100,
  -- Keeps the offering enrollment when the last section enrollment ends (IPSIS: "Access all sections/groups").
  all_sections boolean not null default false,
  version integer not null default 1,
  primary key (organization_id, id),
  unique (organization_id, code)
);

create table role_map (
  organization_id integer not null,
  source_system_id integer not null,
  sis_role text not null,
  sis_role_key text collate "C" generated always as (fold(sis_role)) stored,
  role_id integer not null,
  primary key (organization_id, sis_role_key, source_system_id),
  foreign key (organization_id, source_system_id) references source_system on delete cascade,
  foreign key (organization_id, role_id) references role
);

-- Declared state: what each source system last said, references as sourced ids, no foreign keys between the tables.
-- The columns from `live` on are the projection's own notes on the row:
--   live      it is projected now
--   wait_code why it is not (or what of it is withheld), wait_on: what is missing, in words
--   wait_key  what wakes it, where that is not one of its references
--
-- In every key the sourced id stands before the source system: a table that grows from nothing has no statistics yet, and
-- by them an index on (organization, source system, ...) looks as good as any other that begins so. The wrong one was
-- taken, for a hundredth of the throughput.

create table declared_user (
  organization_id integer not null,
  source_system_id integer not null,
  sourced_id text collate "C" not null,
  fields jsonb not null,
  deleted boolean not null default false,
  message_id uuid not null,
  declared_at timestamptz not null default now(),
  live boolean not null default false,
  wait_code text,
  wait_on text,
  wait_key text collate "C",
  primary key (organization_id, sourced_id, source_system_id)
);
create index declared_user_wait_key on declared_user (organization_id, wait_key) where wait_key is not null;
create index declared_user_waiting on declared_user (organization_id, wait_code, sourced_id) where wait_code is not null;

create table declared_org_unit (
  organization_id integer not null,
  source_system_id integer not null,
  sourced_id text collate "C" not null,
  kind text not null check (kind in ('group', 'template', 'offering', 'section', 'association')),
  fields jsonb not null,
  -- A placeholder: no message of its own yet, implied by the sections that name it (rule 12).
  implied boolean not null default false,
  deleted boolean not null default false,
  message_id uuid not null,
  declared_at timestamptz not null default now(),
  live boolean not null default false,
  -- The LMS org units that are this row's parents while it is live, the required one first.
  parent_ids bigint[] not null default '{}',
  -- Every section of this offering is taught under an association instead (rule 13).
  superseded boolean not null default false,
  wait_code text,
  wait_on text,
  wait_key text collate "C",
  -- The kind last: a reference of unknown kind finds all its candidates in one probe.
  primary key (organization_id, sourced_id, source_system_id, kind)
);
create index declared_org_unit_wait_key on declared_org_unit (organization_id, wait_key) where wait_key is not null;
create index declared_org_unit_waiting on declared_org_unit (organization_id, wait_code, sourced_id) where wait_code is not null;

create table declared_parent (
  organization_id integer not null,
  source_system_id integer not null,
  sourced_id text collate "C" not null,
  kind text not null,
  position smallint not null,
  role text not null check (role in ('parent', 'department', 'semester', 'template', 'offering')),
  parent_kind text,
  parent_sourced_id text collate "C" not null,
  parent_name text,
  primary key (organization_id, sourced_id, source_system_id, kind, position)
);
-- In the order of the children's ids: the first section that names a department gives its placeholder the name.
create index declared_parent_children on declared_parent (organization_id, parent_sourced_id, source_system_id, sourced_id);

create table declared_association (
  organization_id integer not null,
  source_system_id integer not null,
  sourced_id text collate "C" not null,
  position integer not null,
  section_sourced_id text collate "C" not null,
  primary key (organization_id, sourced_id, source_system_id, section_sourced_id)
);
create index declared_association_sections on declared_association (organization_id, section_sourced_id, source_system_id);

create table declared_enrollment (
  organization_id integer not null,
  source_system_id integer not null,
  sourced_id text collate "C" not null,
  user_sourced_id text collate "C" not null,
  org_unit_kind text,
  org_unit_sourced_id text collate "C" not null,
  -- [{"role", "subRole"?, "active", "startsAt"?, "endsAt"?}]
  roles jsonb not null,
  attributes jsonb,
  deleted boolean not null default false,
  message_id uuid not null,
  declared_at timestamptz not null default now(),
  -- Where it stands in the projection: null while it waits. Noted after the row is written: the fill factor lets it stay in its page.
  user_id bigint,
  org_unit_id bigint,
  wait_code text,
  wait_on text,
  wait_key text collate "C",
  primary key (organization_id, sourced_id, source_system_id)
) with (fillfactor = 80);
create index declared_enrollment_user on declared_enrollment (organization_id, user_sourced_id, source_system_id);
create index declared_enrollment_org_unit on declared_enrollment (organization_id, org_unit_sourced_id, source_system_id);
create index declared_enrollment_wait_key on declared_enrollment (organization_id, wait_key) where wait_key is not null;
create index declared_enrollment_waiting on declared_enrollment (organization_id, wait_code, sourced_id) where wait_code is not null;

-- Declared object <-> LMS object. Made once, when the object first projects (rule 6).
create table link (
  organization_id integer not null,
  source_system_id integer not null,
  sourced_id text collate "C" not null,
  kind text not null,
  lms_id bigint not null,
  -- It was matched to an LMS object that was there before, rather than creating it.
  adopted boolean not null default false,
  linked_at timestamptz not null default now(),
  primary key (organization_id, sourced_id, source_system_id, kind)
);
create index link_lms_id on link (organization_id, lms_id);

-- Projected state: what the LMS should see, by LMS ids. Rows are never removed, so an object that comes back has its id.

create table lms_user (
  organization_id integer not null,
  id bigint not null default nextval('lms_id'),
  user_name_key text collate "C",
  org_defined_id_key text collate "C",
  fields jsonb not null,
  role_id integer,
  state text not null check (state in ('active', 'inactive', 'deleted')),
  version integer not null default 1,
  changed_at timestamptz not null default now(),
  primary key (organization_id, id)
);
create index lms_user_user_name on lms_user (organization_id, user_name_key) where state <> 'deleted';
create index lms_user_org_defined_id on lms_user (organization_id, org_defined_id_key) where state <> 'deleted';

create table lms_org_unit (
  organization_id integer not null,
  id bigint not null default nextval('lms_id'),
  org_unit_type_id integer not null,
  code text not null,
  code_key text collate "C" not null,
  fields jsonb not null,
  state text not null check (state in ('active', 'inactive', 'deleted')),
  version integer not null default 1,
  changed_at timestamptz not null default now(),
  primary key (organization_id, id)
);
create index lms_org_unit_code on lms_org_unit (organization_id, org_unit_type_id, code_key) where state <> 'deleted';

create table lms_org_unit_parent (
  organization_id integer not null,
  org_unit_id bigint not null,
  parent_id bigint not null,
  position smallint not null,
  primary key (organization_id, org_unit_id, parent_id)
);
create index lms_org_unit_parent_children on lms_org_unit_parent (organization_id, parent_id);

-- No foreign keys here: they cost a quarter of the throughput, and projection guarantees what they would check (`doctor` verifies it).
create table lms_enrollment (
  organization_id integer not null,
  user_id bigint not null,
  org_unit_id bigint not null,
  id bigint not null default nextval('lms_id'),
  role_id integer not null,
  sub_role text,
  starts_at timestamptz,
  ends_at timestamptz,
  ended boolean not null default false,
  version integer not null default 1,
  changed_at timestamptz not null default now(),
  primary key (organization_id, user_id, org_unit_id)
);
create index lms_enrollment_org_unit on lms_enrollment (organization_id, org_unit_id, user_id);

-- LMS-side edits (rule 15): an override wins where the organization's settings give the field to the LMS.
create table override (
  organization_id integer not null,
  lms_id bigint not null,
  field text not null,
  value jsonb not null,
  set_by text not null,
  set_at timestamptz not null default now(),
  primary key (organization_id, lms_id, field)
);

-- The audit log and the LMS's feed. seq has no gaps and follows the order of commits (rule 2).
create table change (
  organization_id integer not null,
  id uuid not null,
  seq bigint not null,
  at timestamptz not null default now(),
  entity text not null check (entity in ('user', 'org_unit', 'enrollment')),
  lms_id bigint not null,
  operation text not null check (operation in ('created', 'updated', 'deleted')),
  before jsonb,
  after jsonb,
  -- {"messageId"?, "sourceSystemId"?, "reason": "message" | "map" | "option" | "override" | "reproject"}
  cause jsonb not null,
  primary key (organization_id, id)
) partition by range (id);
create index change_seq on change (organization_id, seq);
create index change_lms_id on change (organization_id, lms_id, seq);
create table change_default partition of change default;

-- Everything authenticated that arrived: the original sealed, its outcomes in plain.
create table message (
  organization_id integer not null,
  id uuid not null,
  source_system_id integer not null,
  user_name text not null,
  received_at timestamptz not null,
  door text not null,
  dialect text not null,
  operation text not null,
  content_type text not null,
  remote_address text not null,
  size_bytes integer not null,
  body bytea not null,
  result text not null check (result in ('success', 'warning', 'failure', 'refused')),
  sourced_ids text[] collate "C" not null,
  outcomes jsonb not null,
  -- {"code", "message", "at"?} of a message that was refused before it had commands.
  refusal jsonb,
  duration_ms real not null,
  replay_of uuid,
  primary key (organization_id, id)
) partition by range (id);
-- A message of one record is found by its sourcedId; those of several are few and looked through. (No GIN index: `@>` is not
-- leakproof, so row-level security keeps it from being used.)
create index message_sourced_id on message (organization_id, (sourced_ids[1]));
create index message_of_several on message (organization_id, id) where cardinality(sourced_ids) > 1;
create table message_default partition of message default;

-- Answers remembered for a sender that repeats its Idempotency-Key.
create table idempotency (
  organization_id integer not null,
  source_system_id integer not null,
  key text collate "C" not null,
  request_hash bytea not null,
  message_id uuid not null,
  expires_at timestamptz not null,
  primary key (organization_id, source_system_id, key)
);
create index idempotency_expiry on idempotency (organization_id, expires_at);

-- What fans out too far for the message that caused it (rule 8): committed with it, worked off in batches.
create table reprojection (
  organization_id integer not null,
  id bigint generated always as identity,
  cause jsonb not null,
  total integer not null,
  done integer not null default 0,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  primary key (organization_id, id)
);
create index reprojection_open on reprojection (organization_id, id) where finished_at is null;

create table reprojection_key (
  organization_id integer not null,
  reprojection_id bigint not null,
  source_system_id integer not null,
  kind text not null,
  sourced_id text collate "C" not null,
  primary key (organization_id, reprojection_id, source_system_id, kind, sourced_id)
);

-- The part of an image that differs from another image.
create function changed_fields(image jsonb, other jsonb) returns jsonb
  language sql immutable parallel safe
  as $$ select coalesce(jsonb_object_agg(key, value), '{}') from jsonb_each(image) where other -> key is distinct from value $$;

-- Does the section bring its own offering (docs/projection.md 2)? Not if the offering that it names has its own message.
create function brings_offering(org integer, source integer, section_id text) returns boolean
  language sql stable
  as $$
    select not exists (
      select from declared_parent p
        join declared_org_unit o on o.organization_id = org and o.source_system_id = source
         and o.sourced_id = p.parent_sourced_id and o.kind = 'offering' and not o.implied and not o.deleted
       where p.organization_id = org and p.source_system_id = source
         and p.sourced_id = section_id and p.kind = 'section' and p.role = 'offering')
  $$;

-- Is this the reference by which a section names its template: its offering reference, else its template reference?
create function is_named_template(p declared_parent) returns boolean
  language sql stable
  as $$
    select p.role = 'offering' or not exists (
      select from declared_parent o where o.organization_id = p.organization_id and o.source_system_id = p.source_system_id
         and o.sourced_id = p.sourced_id and o.kind = p.kind and o.role = 'offering')
  $$;

-- Finds the org unit that a reference means (rule 4): the stated kind, else a unique match among what is not deleted.
--   verdict: 'live' projected now | 'waiting' there, not projected | 'deleted' | 'unknown' | 'ambiguous'
-- `asking_kind`: the kind of the row that refers, if it has the same sourced id: a reference never means the row that states it.
create function resolve_org_unit(org integer, source integer, wanted_kind text, wanted_id text, asking_kind text default null)
  returns table (kind text, verdict text, lms_id bigint)
  language sql stable
  as $$
    select chosen.kind,
           case when chosen.candidates > 1 and not chosen.exact then 'ambiguous'
                when chosen.candidates = 0 then coalesce(chosen.gone, 'unknown')
                when chosen.live then 'live'
                else 'waiting' end,
           case when chosen.live and (chosen.candidates = 1 or chosen.exact) then
             (select l.lms_id from link l where l.organization_id = org and l.source_system_id = source
               and l.sourced_id = wanted_id and l.kind = chosen.kind) end
      from (
        select (array_agg(d.kind order by (d.kind = wanted_kind) desc nulls last) filter (where not d.deleted))[1] as kind,
               coalesce(bool_or(d.kind = wanted_kind) filter (where not d.deleted), false) as exact,
               (array_agg(d.live order by (d.kind = wanted_kind) desc nulls last) filter (where not d.deleted))[1] as live,
               count(*) filter (where not d.deleted) as candidates,
               max('deleted') filter (where d.deleted and not d.implied) as gone
          from declared_org_unit d
         where d.organization_id = org and d.source_system_id = source and d.sourced_id = wanted_id
           and d.kind is distinct from asking_kind
      ) chosen
  $$;

do $$
declare tenant_table text;
begin
  foreach tenant_table in array array[
    'lane', 'source_system', 'org_unit_type', 'org_unit_type_map', 'role', 'role_map',
    'declared_user', 'declared_org_unit', 'declared_parent', 'declared_association', 'declared_enrollment', 'link',
    'lms_user', 'lms_org_unit', 'lms_org_unit_parent', 'lms_enrollment', 'override', 'change', 'message', 'idempotency',
    'reprojection', 'reprojection_key']
  loop
    execute format('alter table %I enable row level security', tenant_table);
    execute format('alter table %I force row level security', tenant_table);
    execute format('create policy tenant on %I using (organization_id = current_organization())', tenant_table);
  end loop;
end $$;
