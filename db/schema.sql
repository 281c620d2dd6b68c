-- The structure that the migrations in db/migrations lead to, for reading and for comparing two versions.
-- Printed by "npm run generate" from the catalogue of a migrated database; never run, never edited.

-- Functions

CREATE OR REPLACE FUNCTION public.brings_offering(org integer, source integer, section_id text)
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $function$
    select not exists (
      select from (
        select p.parent_sourced_id from declared_parent p
         where p.organization_id = org and p.source_system_id = source
           and p.sourced_id = section_id and p.kind = 'section' and p.role = 'offering'
         order by p.position limit 1) named
        join declared_org_unit o on o.organization_id = org and o.source_system_id = source
         and o.sourced_id = named.parent_sourced_id and o.kind = 'offering' and not o.implied and not o.deleted)
  $function$
;

CREATE OR REPLACE FUNCTION public.changed_fields(image jsonb, other jsonb)
 RETURNS jsonb
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$ select coalesce(jsonb_object_agg(key, value), '{}') from jsonb_each(image) where other -> key is distinct from value $function$
;

CREATE OR REPLACE FUNCTION public.current_organization()
 RETURNS integer
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$ select nullif(current_setting('passerelle.organization_id', true), '')::integer $function$
;

CREATE OR REPLACE FUNCTION public.fold(value text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN lower(CASE WHEN (octet_length(value) = length(value)) THEN btrim(value) ELSE NORMALIZE(btrim(value), NFC) END)
;

CREATE OR REPLACE FUNCTION public.forget_run()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  delete from run_item where organization_id = old.organization_id and run_id = old.id;
  delete from run_fall where organization_id = old.organization_id and run_id = old.id;
  delete from run_item_span where organization_id = old.organization_id and run_id = old.id;
  delete from run_outcome where organization_id = old.organization_id and run_id = old.id;
  delete from run_problem where organization_id = old.organization_id and run_id = old.id;
  delete from run_seen where organization_id = old.organization_id and run_id = old.id;
  delete from run_missing where organization_id = old.organization_id and run_id = old.id;
  delete from run_leave where organization_id = old.organization_id and run_id = old.id and state <> 'waiting';
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.is_named_template(p declared_parent)
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $function$
    select not exists (
      select from declared_parent o where o.organization_id = p.organization_id and o.source_system_id = p.source_system_id
         and o.sourced_id = p.sourced_id and o.kind = p.kind
         and ((o.role = 'offering' and p.role <> 'offering') or (o.role = p.role and o.position < p.position)))
  $function$
;

CREATE OR REPLACE FUNCTION public.resolve_org_unit(org integer, source integer, wanted_kind text, wanted_id text, asking_kind text DEFAULT NULL::text)
 RETURNS TABLE(kind text, verdict text, lms_id bigint)
 LANGUAGE sql
 STABLE
AS $function$
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
  $function$
;

CREATE OR REPLACE FUNCTION public.tell_held()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if exists (select from notification_subscription where organization_id = new.organization_id)
     and not exists (select from notification_event e
                      where e.organization_id = new.organization_id and e.facts is null and e.event = 'held' and e.run_id = new.run_id) then
    insert into notification_event (organization_id, id, source_system_id, event, run_id)
    select r.organization_id, gen_random_uuid(), r.source_system_id, 'held', r.id
      from run r where r.organization_id = new.organization_id and r.id = new.run_id and r.mode = 'apply';
  end if;
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.tell_run_ended()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if exists (select from notification_subscription where organization_id = new.organization_id) then
    insert into notification_event (organization_id, id, source_system_id, event, run_id)
    values (new.organization_id, gen_random_uuid(), new.source_system_id, 'run_' || new.state, new.id);
  end if;
  return null;
end $function$
;

-- Aggregates

create aggregate laid_over(jsonb) (sfunc = jsonb_concat, stype = jsonb);

-- Sequences (those of identity columns stand with their tables)

create sequence lms_id as bigint start 1001 increment 1 cache 1;

-- Tables

create table access_policy (
  organization_id integer not null,
  source_system_id integer,
  mechanisms text[],
  allowed_addresses inet[],
  scope integer generated always as (COALESCE(source_system_id, 0)) stored not null,
  requires text[],
  changed_at timestamp with time zone,
  changed_by text,
  constraint access_policy_pkey PRIMARY KEY (organization_id, scope),
  constraint access_policy_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE,
  constraint access_policy_organization_id_source_system_id_fkey FOREIGN KEY (organization_id, source_system_id) REFERENCES source_system(organization_id, id) ON DELETE CASCADE
);

create table allocation (
  organization_id integer not null,
  source_system_id integer not null,
  kind text not null,
  fields_hash bytea not null,
  sourced_id text collate "C" not null,
  expires_at timestamp with time zone not null,
  constraint allocation_pkey PRIMARY KEY (organization_id, fields_hash, source_system_id, kind)
);

create table api_token (
  id text collate "C" not null,
  label text not null,
  hash bytea not null,
  organization_id integer,
  scopes text[] not null,
  created_at timestamp with time zone default now() not null,
  expires_at timestamp with time zone,
  last_used_at timestamp with time zone,
  revoked_at timestamp with time zone,
  constraint api_token_pkey PRIMARY KEY (id),
  constraint api_token_hash_key UNIQUE (hash),
  constraint api_token_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE
);

create table association_history (
  organization_id integer not null,
  id bigint generated always as identity not null,
  source_system_id integer not null,
  sourced_id text collate "C" not null,
  at timestamp with time zone default now() not null,
  message_id uuid not null,
  added text[] collate "C" not null,
  removed text[] collate "C" not null,
  constraint association_history_pkey PRIMARY KEY (organization_id, id)
);

create table bulk_exchange (
  organization_id integer not null,
  id uuid not null,
  source_system_id integer not null,
  transaction_id text collate "C" not null,
  state text not null,
  requested_by text,
  filter jsonb default '{}'::jsonb not null,
  created_at timestamp with time zone default now() not null,
  announced_at timestamp with time zone,
  announced_by text,
  manifest bytea,
  expires_at timestamp with time zone,
  notice text,
  cancelled_by text,
  sis_report jsonb,
  problem jsonb,
  told jsonb,
  attempts integer default 0 not null,
  next_at timestamp with time zone default now() not null,
  owner uuid,
  owned_until timestamp with time zone,
  ended_at timestamp with time zone,
  constraint bulk_exchange_pkey PRIMARY KEY (organization_id, id),
  constraint bulk_exchange_organization_id_source_system_id_transaction__key UNIQUE (organization_id, source_system_id, transaction_id),
  constraint bulk_exchange_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE,
  constraint bulk_exchange_organization_id_source_system_id_fkey FOREIGN KEY (organization_id, source_system_id) REFERENCES source_system(organization_id, id) ON DELETE CASCADE,
  constraint bulk_exchange_check CHECK ((manifest IS NULL) = (announced_at IS NULL)),
  constraint bulk_exchange_check1 CHECK ((state = ANY (ARRAY['finished'::text, 'failed'::text, 'cancelled'::text])) = (ended_at IS NOT NULL)),
  constraint bulk_exchange_notice_check CHECK (notice = ANY (ARRAY['cancel'::text, 'ignore'::text])),
  constraint bulk_exchange_state_check CHECK (state = ANY (ARRAY['requesting'::text, 'requested'::text, 'announced'::text, 'downloading'::text, 'processing'::text, 'reporting'::text, 'cancelling'::text, 'finished'::text, 'failed'::text, 'cancelled'::text]))
);

create table bulk_exchange_file (
  organization_id integer not null,
  exchange_id uuid not null,
  number integer not null,
  address text not null,
  sealed bytea not null,
  size_bytes bigint,
  check_sum text,
  upload_id uuid,
  received_at timestamp with time zone,
  run_id uuid,
  constraint bulk_exchange_file_pkey PRIMARY KEY (organization_id, exchange_id, number),
  constraint bulk_exchange_file_organization_id_exchange_id_fkey FOREIGN KEY (organization_id, exchange_id) REFERENCES bulk_exchange(organization_id, id) ON DELETE CASCADE
);

create table change (
  organization_id integer not null,
  id uuid not null,
  seq bigint not null,
  at timestamp with time zone default now() not null,
  entity text not null,
  lms_id bigint not null,
  operation text not null,
  before jsonb,
  after jsonb,
  cause jsonb not null,
  constraint change_pkey PRIMARY KEY (organization_id, seq, id),
  constraint change_entity_check CHECK (entity = ANY (ARRAY['user'::text, 'org_unit'::text, 'enrollment'::text, 'relation'::text])) NOT VALID,
  constraint change_operation_check CHECK (operation = ANY (ARRAY['created'::text, 'updated'::text, 'deleted'::text]))
) partition by RANGE (id);

create table credential (
  organization_id integer not null,
  id uuid not null,
  user_name_key text collate "C" not null,
  kind text not null,
  hash text,
  sealed bytea,
  created_at timestamp with time zone default now() not null,
  valid_until timestamp with time zone,
  revoked_at timestamp with time zone,
  last_used_at timestamp with time zone,
  certificate bytea,
  pin text,
  subject text,
  fingerprint text,
  not_before timestamp with time zone,
  not_after timestamp with time zone,
  login_keys text[] default '{}'::text[] not null,
  ssh_key text,
  constraint credential_pkey PRIMARY KEY (organization_id, id),
  constraint credential_organization_id_user_name_key_fkey FOREIGN KEY (organization_id, user_name_key) REFERENCES login_directory(organization_id, user_name_key) ON DELETE CASCADE,
  constraint credential_kind_check CHECK (kind = ANY (ARRAY['hashed'::text, 'sealed'::text, 'api_key'::text, 'certificate'::text, 'ssh_key'::text])),
  constraint credential_pin_check CHECK (pin = ANY (ARRAY['certificate'::text, 'public_key'::text])),
  constraint credential_secret_check CHECK ((kind = 'certificate'::text) = (certificate IS NOT NULL AND pin IS NOT NULL AND not_after IS NOT NULL) AND (kind = 'ssh_key'::text) = (ssh_key IS NOT NULL) AND
CASE
    WHEN revoked_at IS NOT NULL OR (kind = ANY (ARRAY['certificate'::text, 'ssh_key'::text])) THEN hash IS NULL AND sealed IS NULL
    WHEN kind = 'sealed'::text THEN sealed IS NOT NULL AND hash IS NULL
    ELSE hash IS NOT NULL AND sealed IS NULL
END)
);

create table declared_association (
  organization_id integer not null,
  source_system_id integer not null,
  sourced_id text collate "C" not null,
  "position" integer not null,
  section_sourced_id text collate "C" not null,
  constraint declared_association_pkey PRIMARY KEY (organization_id, sourced_id, source_system_id, section_sourced_id)
);

create table declared_enrollment (
  organization_id integer not null,
  source_system_id integer not null,
  sourced_id text collate "C" not null,
  user_sourced_id text collate "C" not null,
  org_unit_kind text,
  org_unit_sourced_id text collate "C" not null,
  roles jsonb not null,
  attributes jsonb,
  deleted boolean default false not null,
  message_id uuid not null,
  declared_at timestamp with time zone default statement_timestamp() not null,
  user_id bigint,
  org_unit_id bigint,
  wait_code text,
  wait_on text,
  wait_key text collate "C",
  left_user_id bigint,
  left_org_unit_id bigint,
  leaving text,
  constraint declared_enrollment_pkey PRIMARY KEY (organization_id, sourced_id, source_system_id)
);

create table declared_org_unit (
  organization_id integer not null,
  source_system_id integer not null,
  sourced_id text collate "C" not null,
  kind text not null,
  fields jsonb not null,
  implied boolean default false not null,
  deleted boolean default false not null,
  message_id uuid not null,
  declared_at timestamp with time zone default statement_timestamp() not null,
  live boolean default false not null,
  parent_ids bigint[] default '{}'::bigint[] not null,
  superseded boolean default false not null,
  wait_code text,
  wait_on text,
  wait_key text collate "C",
  code_key text collate "C" generated always as (fold((fields ->> 'code'::text))) stored,
  kept jsonb default '[]'::jsonb not null,
  released boolean default false not null,
  constraint declared_org_unit_pkey PRIMARY KEY (organization_id, sourced_id, source_system_id, kind),
  constraint declared_org_unit_kind_check CHECK (kind = ANY (ARRAY['group'::text, 'template'::text, 'offering'::text, 'section'::text, 'association'::text]))
);

create table declared_parent (
  organization_id integer not null,
  source_system_id integer not null,
  sourced_id text collate "C" not null,
  kind text not null,
  "position" smallint not null,
  role text not null,
  parent_kind text,
  parent_sourced_id text collate "C" not null,
  parent_name text,
  constraint declared_parent_pkey PRIMARY KEY (organization_id, sourced_id, source_system_id, kind, "position"),
  constraint declared_parent_role_check CHECK (role = ANY (ARRAY['parent'::text, 'department'::text, 'semester'::text, 'template'::text, 'offering'::text]))
);

create table declared_relation (
  organization_id integer not null,
  source_system_id integer not null,
  sourced_id text collate "C" not null,
  kind text not null,
  agent_sourced_id text collate "C" not null,
  user_id bigint,
  agent_id bigint,
  wait_code text,
  constraint declared_relation_pkey PRIMARY KEY (organization_id, sourced_id, source_system_id, kind, agent_sourced_id),
  constraint declared_relation_kind_check CHECK (kind = ANY (ARRAY['auditor'::text, 'parent'::text, 'guardian'::text, 'relative'::text]))
);

create table declared_user (
  organization_id integer not null,
  source_system_id integer not null,
  sourced_id text collate "C" not null,
  fields jsonb not null,
  deleted boolean default false not null,
  message_id uuid not null,
  declared_at timestamp with time zone default statement_timestamp() not null,
  live boolean default false not null,
  wait_code text,
  wait_on text,
  wait_key text collate "C",
  wanted_name_key text collate "C" generated always as (
CASE wait_code
    WHEN 'identity_conflict'::text THEN ('user_name:'::text || fold((fields ->> 'userName'::text)))
    ELSE NULL::text
END) stored,
  wanted_id_key text collate "C" generated always as (
CASE wait_code
    WHEN 'identity_conflict'::text THEN ('org_defined_id:'::text || fold(COALESCE((fields ->> 'orgDefinedId'::text), sourced_id)))
    ELSE NULL::text
END) stored,
  user_name_key text collate "C" generated always as (fold((fields ->> 'userName'::text))) stored,
  email_key text collate "C" generated always as (fold((fields ->> 'email'::text))) stored,
  kept jsonb default '[]'::jsonb not null,
  on_delete text,
  released boolean default false not null,
  constraint declared_user_pkey PRIMARY KEY (organization_id, sourced_id, source_system_id),
  constraint declared_user_on_delete_check CHECK (on_delete = ANY (ARRAY['inactivate'::text, 'delete'::text]))
);

create table endpoint (
  organization_id integer not null,
  id uuid not null,
  source_system_id integer not null,
  type text not null,
  address text not null,
  authentication text not null,
  soap_version text not null,
  connect_timeout_ms integer not null,
  timeout_ms integer not null,
  attempts integer not null,
  tls jsonb not null,
  secrets text[] not null,
  sealed bytea,
  certificate_subject text,
  certificate_fingerprint text,
  certificate_not_before timestamp with time zone,
  certificate_not_after timestamp with time zone,
  version integer default 1 not null,
  created_at timestamp with time zone default now() not null,
  changed_at timestamp with time zone default now() not null,
  changed_by text not null,
  constraint endpoint_pkey PRIMARY KEY (organization_id, id),
  constraint endpoint_organization_id_source_system_id_type_key UNIQUE (organization_id, source_system_id, type),
  constraint endpoint_organization_id_source_system_id_fkey FOREIGN KEY (organization_id, source_system_id) REFERENCES source_system(organization_id, id) ON DELETE CASCADE,
  constraint endpoint_check CHECK ((cardinality(secrets) = 0) = (sealed IS NULL)),
  constraint endpoint_check1 CHECK (('certificate'::text = ANY (secrets)) = (certificate_not_after IS NOT NULL)),
  constraint endpoint_soap_version_check CHECK (soap_version = ANY (ARRAY['1.1'::text, '1.2'::text])),
  constraint endpoint_type_check CHECK (type = ANY (ARRAY['bulk'::text, 'outcome'::text, 'outcome2'::text, 'bulk_file_download'::text]))
);

create table endpoint_history (
  organization_id integer not null,
  id bigint generated always as identity not null,
  source_system_id integer not null,
  type text not null,
  before jsonb,
  after jsonb,
  secrets_given text[] not null,
  actor text not null,
  changed_at timestamp with time zone default now() not null,
  constraint endpoint_history_pkey PRIMARY KEY (organization_id, id),
  constraint endpoint_history_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE,
  constraint endpoint_history_organization_id_source_system_id_fkey FOREIGN KEY (organization_id, source_system_id) REFERENCES source_system(organization_id, id) ON DELETE CASCADE
);

create table extension_point_list (
  organization_id integer not null,
  point text collate "C" not null,
  source_system_id integer,
  scope integer generated always as (COALESCE(source_system_id, 0)) stored not null,
  template text,
  entries jsonb,
  changed_at timestamp with time zone default now() not null,
  changed_by text not null,
  constraint extension_point_list_pkey PRIMARY KEY (organization_id, point, scope),
  constraint extension_point_list_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE,
  constraint extension_point_list_organization_id_source_system_id_fkey FOREIGN KEY (organization_id, source_system_id) REFERENCES source_system(organization_id, id) ON DELETE CASCADE,
  constraint extension_point_list_check CHECK ((template IS NULL) <> (entries IS NULL))
);

create table file_fetch (
  organization_id integer not null,
  source_system_id integer not null,
  name text collate "C" not null,
  address text not null,
  file_name text not null,
  schedule text not null,
  time_zone text not null,
  enabled boolean not null,
  authentication text not null,
  host_key text,
  tls jsonb default '{}'::jsonb not null,
  secrets text[] not null,
  sealed bytea,
  validators jsonb default '{}'::jsonb not null,
  last jsonb,
  next_at timestamp with time zone,
  claimed_until timestamp with time zone,
  version integer default 1 not null,
  changed_at timestamp with time zone default now() not null,
  changed_by text not null,
  constraint file_fetch_pkey PRIMARY KEY (organization_id, source_system_id, name),
  constraint file_fetch_organization_id_source_system_id_fkey FOREIGN KEY (organization_id, source_system_id) REFERENCES source_system(organization_id, id) ON DELETE CASCADE,
  constraint file_fetch_check CHECK ((cardinality(secrets) = 0) = (sealed IS NULL))
);

create table file_settings (
  organization_id integer not null,
  source_system_id integer not null,
  mode text not null,
  options jsonb not null,
  pick_up text not null,
  rest_s integer not null,
  version integer default 1 not null,
  changed_at timestamp with time zone default now() not null,
  changed_by text not null,
  constraint file_settings_pkey PRIMARY KEY (organization_id, source_system_id),
  constraint file_settings_organization_id_source_system_id_fkey FOREIGN KEY (organization_id, source_system_id) REFERENCES source_system(organization_id, id) ON DELETE CASCADE,
  constraint file_settings_mode_check CHECK (mode = ANY (ARRAY['validate'::text, 'plan'::text, 'apply'::text])),
  constraint file_settings_pick_up_check CHECK (pick_up = ANY (ARRAY['close'::text, 'rest'::text]))
);

create table folder_watch (
  organization_id integer not null,
  source_system_id integer not null,
  owner uuid not null,
  owned_until timestamp with time zone not null,
  constraint folder_watch_pkey PRIMARY KEY (organization_id, source_system_id),
  constraint folder_watch_organization_id_source_system_id_fkey FOREIGN KEY (organization_id, source_system_id) REFERENCES source_system(organization_id, id) ON DELETE CASCADE
);

create table freshness (
  organization_id integer not null,
  source_system_id integer not null,
  calendar jsonb not null,
  watched_from timestamp with time zone default now() not null,
  heard_at timestamp with time zone,
  looked_to timestamp with time zone not null,
  next_at timestamp with time zone not null,
  silent_since timestamp with time zone,
  version integer default 1 not null,
  changed_at timestamp with time zone default now() not null,
  changed_by text not null,
  constraint freshness_pkey PRIMARY KEY (organization_id, source_system_id),
  constraint freshness_organization_id_source_system_id_fkey FOREIGN KEY (organization_id, source_system_id) REFERENCES source_system(organization_id, id) ON DELETE CASCADE
);

create table guard_base (
  organization_id integer not null,
  source_system_id integer not null,
  kind text not null,
  live bigint not null,
  counted_at timestamp with time zone not null,
  constraint guard_base_pkey PRIMARY KEY (organization_id, source_system_id, kind),
  constraint guard_base_organization_id_source_system_id_fkey FOREIGN KEY (organization_id, source_system_id) REFERENCES source_system(organization_id, id) ON DELETE CASCADE
);

create table guard_window (
  organization_id integer not null,
  source_system_id integer not null,
  guard text not null,
  kind text not null,
  at timestamp with time zone not null,
  count bigint not null,
  constraint guard_window_pkey PRIMARY KEY (organization_id, source_system_id, guard, kind, at),
  constraint guard_window_organization_id_source_system_id_fkey FOREIGN KEY (organization_id, source_system_id) REFERENCES source_system(organization_id, id) ON DELETE CASCADE,
  constraint guard_window_guard_check CHECK (guard = ANY (ARRAY['removals'::text, 'identifiers'::text, 'changes'::text]))
);

create table idempotency (
  organization_id integer not null,
  source_system_id integer not null,
  key text collate "C" not null,
  request_hash bytea not null,
  message_id uuid not null,
  expires_at timestamp with time zone not null,
  constraint idempotency_pkey PRIMARY KEY (organization_id, source_system_id, key)
);

create table lane (
  organization_id integer not null,
  epoch text default substr(md5(((random())::text || (clock_timestamp())::text)), 1, 12) not null,
  change_seq bigint default 0 not null,
  removed_seq bigint default 0 not null,
  removed_before timestamp with time zone,
  undone tstzmultirange default '{}'::tstzmultirange not null,
  constraint lane_pkey PRIMARY KEY (organization_id),
  constraint lane_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE
);

create table lane_ahead (
  organization_id integer not null,
  change_seq bigint not null,
  constraint lane_ahead_pkey PRIMARY KEY (organization_id),
  constraint lane_ahead_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE
);

create table link (
  organization_id integer not null,
  source_system_id integer not null,
  sourced_id text collate "C" not null,
  kind text not null,
  lms_id bigint not null,
  adopted boolean default false not null,
  linked_at timestamp with time zone default now() not null,
  constraint link_pkey PRIMARY KEY (organization_id, sourced_id, source_system_id, kind)
);

create table lms_enrollment (
  organization_id integer not null,
  user_id bigint not null,
  org_unit_id bigint not null,
  id bigint default nextval('lms_id'::regclass) not null,
  role_id integer not null,
  sub_role text,
  starts_at timestamp with time zone,
  ends_at timestamp with time zone,
  ended boolean default false not null,
  version integer default 1 not null,
  changed_at timestamp with time zone default now() not null,
  inactive boolean default false not null,
  constraint lms_enrollment_pkey PRIMARY KEY (organization_id, user_id, org_unit_id)
);

create table lms_org_unit (
  organization_id integer not null,
  id bigint default nextval('lms_id'::regclass) not null,
  org_unit_type_id integer not null,
  code text not null,
  code_key text collate "C" not null,
  fields jsonb not null,
  state text not null,
  version integer default 1 not null,
  changed_at timestamp with time zone default now() not null,
  constraint lms_org_unit_pkey PRIMARY KEY (organization_id, id),
  constraint lms_org_unit_state_check CHECK (state = ANY (ARRAY['active'::text, 'inactive'::text, 'deleted'::text]))
);

create table lms_org_unit_parent (
  organization_id integer not null,
  org_unit_id bigint not null,
  parent_id bigint not null,
  "position" smallint not null,
  cascades boolean not null,
  constraint lms_org_unit_parent_pkey PRIMARY KEY (organization_id, org_unit_id, parent_id)
);

create table lms_relation (
  organization_id integer not null,
  user_id bigint not null,
  agent_id bigint not null,
  kind text not null,
  id bigint default nextval('lms_id'::regclass) not null,
  ended boolean default false not null,
  version integer default 1 not null,
  changed_at timestamp with time zone default now() not null,
  constraint lms_relation_pkey PRIMARY KEY (organization_id, user_id, agent_id, kind)
);

create table lms_user (
  organization_id integer not null,
  id bigint default nextval('lms_id'::regclass) not null,
  user_name_key text collate "C",
  org_defined_id_key text collate "C",
  fields jsonb not null,
  role_id integer,
  state text not null,
  version integer default 1 not null,
  changed_at timestamp with time zone default now() not null,
  constraint lms_user_pkey PRIMARY KEY (organization_id, id),
  constraint lms_user_state_check CHECK (state = ANY (ARRAY['active'::text, 'inactive'::text, 'deleted'::text]))
);

create table lockout (
  user_name_key text collate "C" not null,
  address text collate "C" not null,
  failures integer not null,
  window_started_at timestamp with time zone not null,
  last_failed_at timestamp with time zone not null,
  locked_until timestamp with time zone,
  constraint lockout_pkey PRIMARY KEY (user_name_key, address)
);

create table login_directory (
  user_name_key text collate "C" not null,
  user_name text not null,
  organization_id integer not null,
  source_system_id integer not null,
  created_at timestamp with time zone default now() not null,
  constraint login_directory_pkey PRIMARY KEY (user_name_key),
  constraint login_directory_organization_id_user_name_key_key UNIQUE (organization_id, user_name_key),
  constraint login_directory_organization_id_source_system_id_fkey FOREIGN KEY (organization_id, source_system_id) REFERENCES source_system(organization_id, id) ON DELETE CASCADE
);

create table login_key (
  key text collate "C" not null,
  user_name_key text collate "C" not null,
  exclusive boolean not null,
  proven boolean default false not null,
  constraint login_key_pkey PRIMARY KEY (key, user_name_key),
  constraint login_key_user_name_key_fkey FOREIGN KEY (user_name_key) REFERENCES login_directory(user_name_key) ON DELETE CASCADE
);

create table message (
  organization_id integer not null,
  id uuid not null,
  source_system_id integer not null,
  user_name text not null,
  received_at timestamp with time zone not null,
  door text,
  dialect text not null,
  operation text not null,
  content_type text not null,
  remote_address text not null,
  size_bytes integer not null,
  body bytea not null,
  result text not null,
  sourced_ids text[] collate "C" not null,
  outcomes jsonb not null,
  refusal jsonb,
  duration_ms real not null,
  replay_of uuid,
  direction text default 'inbound'::text not null,
  endpoint_type text,
  attempts jsonb,
  answer bytea,
  constraint message_pkey PRIMARY KEY (organization_id, id),
  constraint message_direction_check CHECK (
CASE direction
    WHEN 'inbound'::text THEN door IS NOT NULL AND endpoint_type IS NULL AND result <> 'sending'::text
    WHEN 'outbound'::text THEN door IS NULL AND endpoint_type IS NOT NULL AND attempts IS NOT NULL
    ELSE false
END) NOT VALID,
  constraint message_result_check CHECK (result = ANY (ARRAY['success'::text, 'warning'::text, 'failure'::text, 'refused'::text, 'sending'::text])) NOT VALID
) partition by RANGE (id);

create table nonce (
  hash bytea not null,
  expires_at timestamp with time zone not null,
  constraint nonce_pkey PRIMARY KEY (hash)
);

create table notice (
  organization_id integer not null,
  id uuid not null,
  event_id uuid not null,
  subscription text collate "C" not null,
  state text not null,
  attempts integer default 0 not null,
  next_at timestamp with time zone not null,
  claimed_until timestamp with time zone,
  give_up_at timestamp with time zone not null,
  problem jsonb,
  ended_at timestamp with time zone,
  constraint notice_pkey PRIMARY KEY (organization_id, id),
  constraint notice_organization_id_event_id_fkey FOREIGN KEY (organization_id, event_id) REFERENCES notification_event(organization_id, id) ON DELETE CASCADE,
  constraint notice_organization_id_subscription_fkey FOREIGN KEY (organization_id, subscription) REFERENCES notification_subscription(organization_id, name) ON DELETE CASCADE,
  constraint notice_state_check CHECK (state = ANY (ARRAY['waiting'::text, 'sent'::text, 'given_up'::text]))
);

create table notification_event (
  organization_id integer not null,
  id uuid not null,
  source_system_id integer not null,
  event text not null,
  run_id uuid,
  at timestamp with time zone default clock_timestamp() not null,
  detail jsonb,
  facts jsonb,
  constraint notification_event_pkey PRIMARY KEY (organization_id, id),
  constraint notification_event_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE,
  constraint notification_event_organization_id_source_system_id_fkey FOREIGN KEY (organization_id, source_system_id) REFERENCES source_system(organization_id, id) ON DELETE CASCADE
);

create table notification_subscription (
  organization_id integer not null,
  name text collate "C" not null,
  source_system_id integer,
  events text[] not null,
  email text,
  address text,
  language text not null,
  time_zone text not null,
  enabled boolean not null,
  sealed bytea,
  version integer default 1 not null,
  changed_at timestamp with time zone default now() not null,
  changed_by text not null,
  constraint notification_subscription_pkey PRIMARY KEY (organization_id, name),
  constraint notification_subscription_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE,
  constraint notification_subscription_organization_id_source_system_id_fkey FOREIGN KEY (organization_id, source_system_id) REFERENCES source_system(organization_id, id) ON DELETE CASCADE,
  constraint notification_subscription_check CHECK ((email IS NULL) <> (address IS NULL)),
  constraint notification_subscription_check1 CHECK ((address IS NULL) = (sealed IS NULL)),
  constraint notification_subscription_language_check CHECK (language = ANY (ARRAY['en'::text, 'fr'::text]))
);

create table org_unit_type (
  organization_id integer not null,
  id integer generated always as identity not null,
  code text not null,
  name text not null,
  base text not null,
  version integer default 1 not null,
  constraint org_unit_type_pkey PRIMARY KEY (organization_id, id),
  constraint org_unit_type_organization_id_code_key UNIQUE (organization_id, code),
  constraint org_unit_type_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE,
  constraint org_unit_type_base_check CHECK (base = ANY (ARRAY['organization'::text, 'department'::text, 'semester'::text, 'course_template'::text, 'course_offering'::text, 'course_section'::text, 'group'::text, 'other'::text]))
);

create table org_unit_type_map (
  organization_id integer not null,
  source_system_id integer not null,
  sis_type text not null,
  sis_type_key text collate "C" generated always as (fold(sis_type)) stored not null,
  org_unit_type_id integer not null,
  constraint org_unit_type_map_pkey PRIMARY KEY (organization_id, sis_type_key, source_system_id),
  constraint org_unit_type_map_organization_id_org_unit_type_id_fkey FOREIGN KEY (organization_id, org_unit_type_id) REFERENCES org_unit_type(organization_id, id),
  constraint org_unit_type_map_organization_id_source_system_id_fkey FOREIGN KEY (organization_id, source_system_id) REFERENCES source_system(organization_id, id) ON DELETE CASCADE
);

create table organization (
  id integer generated always as identity not null,
  code text not null,
  name text not null,
  settings jsonb default '{}'::jsonb not null,
  root_org_unit_id bigint not null,
  version integer default 1 not null,
  created_at timestamp with time zone default now() not null,
  constraint organization_pkey PRIMARY KEY (id),
  constraint organization_code_key UNIQUE (code)
);

create table override (
  organization_id integer not null,
  lms_id bigint not null,
  field text not null,
  value jsonb not null,
  set_by text not null,
  set_at timestamp with time zone default now() not null,
  wish_key text collate "C" generated always as ((
CASE field
    WHEN 'userName'::text THEN 'user_name:'::text
    WHEN 'orgDefinedId'::text THEN 'org_defined_id:'::text
    WHEN 'code'::text THEN 'code:'::text
    ELSE NULL::text
END || fold((value #>> '{}'::text[])))) stored,
  constraint override_pkey PRIMARY KEY (organization_id, lms_id, field)
);

create table reprojection (
  organization_id integer not null,
  id bigint generated always as identity not null,
  cause jsonb not null,
  total integer not null,
  done integer default 0 not null,
  created_at timestamp with time zone default now() not null,
  finished_at timestamp with time zone,
  constraint reprojection_pkey PRIMARY KEY (organization_id, id)
);

create table reprojection_key (
  organization_id integer not null,
  reprojection_id bigint not null,
  source_system_id integer not null,
  kind text not null,
  sourced_id text collate "C" not null,
  phase smallint generated always as (
CASE kind
    WHEN 'person'::text THEN 1
    WHEN 'membership'::text THEN 3
    ELSE 2
END) stored not null,
  constraint reprojection_key_pkey PRIMARY KEY (organization_id, reprojection_id, phase, source_system_id, kind, sourced_id)
);

create table role (
  organization_id integer not null,
  id integer generated always as identity not null,
  code text not null,
  name text not null,
  rank integer default 100 not null,
  all_sections boolean default false not null,
  version integer default 1 not null,
  constraint role_pkey PRIMARY KEY (organization_id, id),
  constraint role_organization_id_code_key UNIQUE (organization_id, code),
  constraint role_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE
);

create table role_map (
  organization_id integer not null,
  source_system_id integer not null,
  sis_role text not null,
  sis_role_key text collate "C" generated always as (fold(sis_role)) stored not null,
  role_id integer not null,
  constraint role_map_pkey PRIMARY KEY (organization_id, sis_role_key, source_system_id),
  constraint role_map_organization_id_role_id_fkey FOREIGN KEY (organization_id, role_id) REFERENCES role(organization_id, id),
  constraint role_map_organization_id_source_system_id_fkey FOREIGN KEY (organization_id, source_system_id) REFERENCES source_system(organization_id, id) ON DELETE CASCADE
);

create table run (
  organization_id integer not null,
  id uuid not null,
  source_system_id integer not null,
  upload_id uuid,
  takes_back uuid,
  mode text not null,
  options jsonb not null,
  dialect text,
  state text not null,
  paused boolean default false not null,
  cancel_requested boolean default false not null,
  requested_by text not null,
  requested_at timestamp with time zone default now() not null,
  started_at timestamp with time zone,
  planned_at timestamp with time zone,
  applying_at timestamp with time zone,
  finished_at timestamp with time zone,
  as_of timestamp with time zone not null,
  owner uuid,
  owned_until timestamp with time zone,
  attempts integer default 0 not null,
  progress jsonb default '{}'::jsonb not null,
  counters jsonb default '{}'::jsonb not null,
  effects jsonb default '{}'::jsonb not null,
  problems jsonb default '{}'::jsonb not null,
  items bigint default 0 not null,
  applied_to bigint default 0 not null,
  outcomes jsonb default '{}'::jsonb not null,
  failure jsonb,
  waits jsonb,
  waits_until timestamp with time zone,
  overridden boolean default false not null,
  overridden_by text,
  overridden_at timestamp with time zone,
  constraint run_pkey PRIMARY KEY (organization_id, id),
  constraint run_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE,
  constraint run_organization_id_source_system_id_fkey FOREIGN KEY (organization_id, source_system_id) REFERENCES source_system(organization_id, id) ON DELETE CASCADE,
  constraint run_organization_id_upload_id_fkey FOREIGN KEY (organization_id, upload_id) REFERENCES upload(organization_id, id),
  constraint run_mode_check CHECK (mode = ANY (ARRAY['validate'::text, 'plan'::text, 'apply'::text])),
  constraint run_state_check CHECK (state = ANY (ARRAY['queued'::text, 'reading'::text, 'planned'::text, 'applying'::text, 'finished'::text, 'cancelled'::text, 'failed'::text]))
);

create table run_fall (
  organization_id integer not null,
  run_id uuid not null,
  kind text not null,
  sourced_id text collate "C" not null,
  number bigint not null,
  constraint run_fall_pkey PRIMARY KEY (organization_id, run_id, kind, sourced_id, number)
);

create table run_file (
  organization_id integer not null,
  run_id uuid not null,
  number smallint not null,
  name text not null,
  records bigint default 0 not null,
  constraint run_file_pkey PRIMARY KEY (organization_id, run_id, number),
  constraint run_file_organization_id_run_id_fkey FOREIGN KEY (organization_id, run_id) REFERENCES run(organization_id, id) ON DELETE CASCADE
);

create table run_hold (
  organization_id integer not null,
  run_id uuid not null,
  number integer not null,
  guard text not null,
  kind text not null,
  finding jsonb not null,
  items bigint not null,
  state text not null,
  made_at timestamp with time zone default now() not null,
  expires_at timestamp with time zone not null,
  decided_by text,
  decided_at timestamp with time zone,
  applied_to bigint default 0 not null,
  done boolean default false not null,
  release_at timestamp with time zone,
  constraint run_hold_pkey PRIMARY KEY (organization_id, run_id, number),
  constraint run_hold_organization_id_run_id_fkey FOREIGN KEY (organization_id, run_id) REFERENCES run(organization_id, id) ON DELETE CASCADE,
  constraint run_hold_state_check CHECK (state = ANY (ARRAY['held'::text, 'approved'::text, 'discarded'::text, 'expired'::text, 'superseded'::text]))
);

create table run_item (
  organization_id integer not null,
  run_id uuid not null,
  number bigint not null,
  entity text not null,
  kind text not null,
  sourced_id text collate "C" not null,
  operation text not null,
  file smallint,
  line integer,
  command jsonb not null,
  before jsonb,
  hold integer,
  message_id uuid,
  constraint run_item_pkey PRIMARY KEY (organization_id, run_id, number),
  constraint run_item_operation_check CHECK (operation = ANY (ARRAY['add'::text, 'change'::text, 'remove'::text]))
);

create table run_item_span (
  organization_id integer not null,
  run_id uuid not null,
  first bigint not null,
  last bigint not null,
  kind text not null,
  operation text not null,
  constraint run_item_span_pkey PRIMARY KEY (organization_id, run_id, first, kind, operation)
);

create table run_leave (
  organization_id integer not null,
  run_id uuid not null,
  number bigint not null,
  source_system_id integer not null,
  sourced_id text collate "C" not null,
  due_at timestamp with time zone not null,
  state text default 'waiting'::text not null,
  decided_at timestamp with time zone,
  constraint run_leave_pkey PRIMARY KEY (organization_id, run_id, number),
  constraint run_leave_state_check CHECK (state = ANY (ARRAY['waiting'::text, 'ended'::text, 'returned'::text, 'failed'::text]))
);

create table run_missing (
  organization_id integer not null,
  run_id uuid not null,
  sourced_id text collate "C" not null,
  kind text not null,
  waiting bigint not null,
  file text,
  line integer,
  by_kind text not null,
  constraint run_missing_pkey PRIMARY KEY (organization_id, run_id, sourced_id, kind)
) -- unlogged;

create table run_outcome (
  organization_id integer not null,
  run_id uuid not null,
  number bigint not null,
  status text not null,
  problems jsonb not null,
  constraint run_outcome_pkey PRIMARY KEY (organization_id, run_id, number)
);

create table run_problem (
  organization_id integer not null,
  run_id uuid not null,
  number bigint not null,
  severity text not null,
  code text not null,
  message text not null,
  guide_text text,
  file text,
  line integer,
  "column" integer,
  field text,
  kind text,
  sourced_id text collate "C",
  affects bigint default 0 not null,
  constraint run_problem_pkey PRIMARY KEY (organization_id, run_id, number),
  constraint run_problem_severity_check CHECK (severity = ANY (ARRAY['error'::text, 'warning'::text]))
);

create table run_seen (
  organization_id integer not null,
  run_id uuid not null,
  sourced_id text collate "C" not null,
  kind text not null,
  states boolean not null,
  name_key text collate "C",
  constraint run_seen_pkey PRIMARY KEY (organization_id, run_id, sourced_id, kind)
) -- unlogged;

create table sftp_file (
  organization_id integer not null,
  source_system_id integer not null,
  name text collate "C" not null,
  upload_id uuid not null,
  closed boolean default false not null,
  changed_at timestamp with time zone default now() not null,
  receipt_hidden boolean default false not null,
  constraint sftp_file_pkey PRIMARY KEY (organization_id, source_system_id, name),
  constraint sftp_file_organization_id_source_system_id_fkey FOREIGN KEY (organization_id, source_system_id) REFERENCES source_system(organization_id, id) ON DELETE CASCADE,
  constraint sftp_file_organization_id_upload_id_fkey FOREIGN KEY (organization_id, upload_id) REFERENCES upload(organization_id, id) ON DELETE CASCADE
);

create table sftp_host_key (
  algorithm text not null,
  sealed bytea not null,
  created_at timestamp with time zone default now() not null,
  constraint sftp_host_key_pkey PRIMARY KEY (algorithm)
);

create table source_system (
  organization_id integer not null,
  id integer generated always as identity not null,
  code text not null,
  name text not null,
  state text default 'enabled'::text not null,
  preset text default 'lis'::text not null,
  rank integer default 100 not null,
  options jsonb default '{}'::jsonb not null,
  reserved boolean default false not null,
  version integer default 1 not null,
  created_at timestamp with time zone default now() not null,
  holding_run uuid,
  constraint source_system_pkey PRIMARY KEY (organization_id, id),
  constraint source_system_id_key UNIQUE (id),
  constraint source_system_organization_id_code_key UNIQUE (organization_id, code),
  constraint source_system_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE,
  constraint source_system_state_check CHECK (state = ANY (ARRAY['enabled'::text, 'disabled'::text, 'validate'::text]))
);

create table upload (
  organization_id integer not null,
  id uuid not null,
  source_system_id integer not null,
  name text not null,
  way text not null,
  received_from text not null,
  announced_bytes bigint,
  received_bytes bigint default 0 not null,
  sha256 bytea,
  created_at timestamp with time zone default now() not null,
  completed_at timestamp with time zone,
  forgotten boolean default false not null,
  constraint upload_pkey PRIMARY KEY (organization_id, id),
  constraint upload_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE,
  constraint upload_organization_id_source_system_id_fkey FOREIGN KEY (organization_id, source_system_id) REFERENCES source_system(organization_id, id) ON DELETE CASCADE,
  constraint upload_check CHECK ((sha256 IS NULL) = (completed_at IS NULL))
);

create table upload_part (
  organization_id integer not null,
  upload_id uuid not null,
  "position" integer not null,
  sealed bytea not null,
  constraint upload_part_pkey PRIMARY KEY (organization_id, upload_id, "position"),
  constraint upload_part_organization_id_upload_id_fkey FOREIGN KEY (organization_id, upload_id) REFERENCES upload(organization_id, id) ON DELETE CASCADE
);

create table upload_wish (
  organization_id integer not null,
  upload_id uuid not null,
  mode text not null,
  options jsonb not null,
  reprocess boolean not null,
  requested_by text not null,
  trusted_bytes bigint,
  expires_at timestamp with time zone not null,
  run_id uuid,
  repeats uuid,
  constraint upload_wish_pkey PRIMARY KEY (organization_id, upload_id),
  constraint upload_wish_organization_id_upload_id_fkey FOREIGN KEY (organization_id, upload_id) REFERENCES upload(organization_id, id) ON DELETE CASCADE,
  constraint upload_wish_mode_check CHECK (mode = ANY (ARRAY['validate'::text, 'plan'::text, 'apply'::text]))
);

create table variable (
  organization_id integer not null,
  source_system_id integer,
  scope integer generated always as (COALESCE(source_system_id, 0)) stored not null,
  name text not null,
  value jsonb not null,
  constraint variable_pkey PRIMARY KEY (organization_id, scope, name),
  constraint variable_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE,
  constraint variable_organization_id_source_system_id_fkey FOREIGN KEY (organization_id, source_system_id) REFERENCES source_system(organization_id, id) ON DELETE CASCADE
);

create table variable_history (
  organization_id integer not null,
  id bigint generated always as identity not null,
  source_system_id integer,
  name text not null,
  before jsonb,
  after jsonb,
  actor text not null,
  changed_at timestamp with time zone default now() not null,
  constraint variable_history_pkey PRIMARY KEY (organization_id, id),
  constraint variable_history_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE,
  constraint variable_history_organization_id_source_system_id_fkey FOREIGN KEY (organization_id, source_system_id) REFERENCES source_system(organization_id, id) ON DELETE CASCADE
);

-- Indexes (those of constraints stand with their tables)

CREATE INDEX allocation_expiry ON public.allocation USING btree (organization_id, expires_at);
CREATE INDEX allocation_sourced_id ON public.allocation USING btree (organization_id, sourced_id, source_system_id, kind);

CREATE INDEX api_token_organization ON public.api_token USING btree (organization_id);

CREATE INDEX association_history_association ON public.association_history USING btree (organization_id, sourced_id, source_system_id, id);

CREATE INDEX bulk_exchange_open ON public.bulk_exchange USING btree (organization_id, source_system_id) WHERE (ended_at IS NULL);

CREATE INDEX change_lms_id ON ONLY public.change USING btree (organization_id, lms_id, seq);

CREATE INDEX credential_expiry ON public.credential USING btree (organization_id, not_after) WHERE ((kind = 'certificate'::text) AND (revoked_at IS NULL));
CREATE INDEX credential_login ON public.credential USING btree (organization_id, user_name_key);

CREATE INDEX declared_association_sections ON public.declared_association USING btree (organization_id, section_sourced_id, source_system_id);

CREATE INDEX declared_enrollment_declared_at ON public.declared_enrollment USING btree (organization_id, declared_at, source_system_id);
CREATE INDEX declared_enrollment_org_unit ON public.declared_enrollment USING btree (organization_id, org_unit_sourced_id, source_system_id);
CREATE INDEX declared_enrollment_reach ON public.declared_enrollment USING btree (organization_id, user_id, org_unit_id) WHERE (user_id IS NOT NULL);
CREATE INDEX declared_enrollment_user ON public.declared_enrollment USING btree (organization_id, user_sourced_id, source_system_id);
CREATE INDEX declared_enrollment_wait_key ON public.declared_enrollment USING btree (organization_id, wait_key) WHERE (wait_key IS NOT NULL);
CREATE INDEX declared_enrollment_waiting ON public.declared_enrollment USING btree (organization_id, wait_code, sourced_id) WHERE (wait_code IS NOT NULL);

CREATE INDEX declared_org_unit_code ON public.declared_org_unit USING btree (organization_id, code_key, source_system_id) WHERE (code_key IS NOT NULL);
CREATE INDEX declared_org_unit_declared_at ON public.declared_org_unit USING btree (organization_id, declared_at, source_system_id);
CREATE INDEX declared_org_unit_wait_key ON public.declared_org_unit USING btree (organization_id, wait_key) WHERE (wait_key IS NOT NULL);
CREATE INDEX declared_org_unit_waiting ON public.declared_org_unit USING btree (organization_id, wait_code, sourced_id) WHERE (wait_code IS NOT NULL);

CREATE INDEX declared_parent_children ON public.declared_parent USING btree (organization_id, parent_sourced_id, source_system_id, sourced_id);

CREATE INDEX declared_relation_agent ON public.declared_relation USING btree (organization_id, agent_sourced_id, source_system_id);
CREATE INDEX declared_relation_reach ON public.declared_relation USING btree (organization_id, user_id, agent_id) WHERE (user_id IS NOT NULL);
CREATE INDEX declared_relation_waiting ON public.declared_relation USING btree (organization_id, wait_code, sourced_id) WHERE (wait_code IS NOT NULL);

CREATE INDEX declared_user_declared_at ON public.declared_user USING btree (organization_id, declared_at, source_system_id);
CREATE INDEX declared_user_email ON public.declared_user USING btree (organization_id, email_key, source_system_id) WHERE (email_key IS NOT NULL);
CREATE INDEX declared_user_user_name ON public.declared_user USING btree (organization_id, user_name_key, source_system_id) WHERE (user_name_key IS NOT NULL);
CREATE INDEX declared_user_wait_key ON public.declared_user USING btree (organization_id, wait_key) WHERE (wait_key IS NOT NULL);
CREATE INDEX declared_user_waiting ON public.declared_user USING btree (organization_id, wait_code, sourced_id) WHERE (wait_code IS NOT NULL);
CREATE INDEX declared_user_wanted_id ON public.declared_user USING btree (organization_id, wanted_id_key) WHERE (wanted_id_key IS NOT NULL);
CREATE INDEX declared_user_wanted_name ON public.declared_user USING btree (organization_id, wanted_name_key) WHERE (wanted_name_key IS NOT NULL);

CREATE INDEX endpoint_history_endpoint ON public.endpoint_history USING btree (organization_id, source_system_id, type, id);

CREATE INDEX file_fetch_due ON public.file_fetch USING btree (organization_id, next_at) WHERE enabled;

CREATE INDEX freshness_due ON public.freshness USING btree (organization_id, next_at);

CREATE INDEX idempotency_expiry ON public.idempotency USING btree (organization_id, expires_at);

CREATE INDEX link_lms_id ON public.link USING btree (organization_id, lms_id);

CREATE INDEX lms_enrollment_id ON public.lms_enrollment USING btree (id);
CREATE INDEX lms_enrollment_org_unit ON public.lms_enrollment USING btree (organization_id, org_unit_id, user_id);

CREATE INDEX lms_org_unit_code ON public.lms_org_unit USING btree (organization_id, org_unit_type_id, code_key) WHERE (state <> 'deleted'::text);

CREATE INDEX lms_org_unit_parent_children ON public.lms_org_unit_parent USING btree (organization_id, parent_id);

CREATE INDEX lms_relation_agent ON public.lms_relation USING btree (organization_id, agent_id, user_id);
CREATE UNIQUE INDEX lms_relation_id ON public.lms_relation USING btree (id);

CREATE INDEX lms_user_org_defined_id ON public.lms_user USING btree (organization_id, org_defined_id_key) WHERE (state <> 'deleted'::text);
CREATE INDEX lms_user_user_name ON public.lms_user USING btree (organization_id, user_name_key) WHERE (state <> 'deleted'::text);

CREATE INDEX lockout_age ON public.lockout USING btree (last_failed_at);
CREATE INDEX lockout_locked ON public.lockout USING btree (locked_until) WHERE (locked_until IS NOT NULL);

CREATE INDEX login_directory_source_system ON public.login_directory USING btree (organization_id, source_system_id);

CREATE UNIQUE INDEX login_key_exclusive ON public.login_key USING btree (key) WHERE exclusive;
CREATE INDEX login_key_login ON public.login_key USING btree (user_name_key);

CREATE INDEX message_of_several ON ONLY public.message USING btree (organization_id, id) WHERE (cardinality(sourced_ids) > 1);
CREATE INDEX message_outbound ON ONLY public.message USING btree (organization_id, id) WHERE (direction = 'outbound'::text);
CREATE INDEX message_sourced_id ON ONLY public.message USING btree (organization_id, (sourced_ids[1]));

CREATE INDEX nonce_expiry ON public.nonce USING btree (expires_at);

CREATE INDEX notice_due ON public.notice USING btree (organization_id, next_at) WHERE (state = 'waiting'::text);
CREATE INDEX notice_event ON public.notice USING btree (organization_id, event_id);
CREATE INDEX notice_subscription ON public.notice USING btree (organization_id, subscription);

CREATE INDEX notification_event_open ON public.notification_event USING btree (organization_id, at) WHERE (facts IS NULL);

CREATE INDEX override_wish_key ON public.override USING btree (organization_id, wish_key) WHERE (wish_key IS NOT NULL);

CREATE INDEX reprojection_open ON public.reprojection USING btree (organization_id, id) WHERE (finished_at IS NULL);

CREATE INDEX run_open ON public.run USING btree (organization_id, source_system_id, id) WHERE (state = ANY (ARRAY['queued'::text, 'reading'::text, 'planned'::text, 'applying'::text]));
CREATE INDEX run_upload ON public.run USING btree (organization_id, upload_id) WHERE (upload_id IS NOT NULL);

CREATE INDEX run_hold_approved ON public.run_hold USING btree (organization_id) WHERE ((state = 'approved'::text) AND (NOT done));
CREATE INDEX run_hold_open ON public.run_hold USING btree (organization_id, expires_at) WHERE (state = 'held'::text);
CREATE INDEX run_hold_release ON public.run_hold USING btree (organization_id, release_at) WHERE ((state = 'held'::text) AND (release_at IS NOT NULL));

CREATE INDEX run_item_held ON public.run_item USING btree (organization_id, run_id, hold, number) WHERE (hold IS NOT NULL);
CREATE INDEX run_item_sourced_id ON public.run_item USING btree (sourced_id, run_id, organization_id);

CREATE INDEX run_leave_due ON public.run_leave USING btree (organization_id, due_at) WHERE (state = 'waiting'::text);
CREATE UNIQUE INDEX run_leave_waiting ON public.run_leave USING btree (organization_id, source_system_id, sourced_id) WHERE (state = 'waiting'::text);

CREATE INDEX run_problem_by_effect ON public.run_problem USING btree (organization_id, run_id, affects DESC, number);

CREATE INDEX run_seen_name ON public.run_seen USING btree (organization_id, run_id, name_key) WHERE (name_key IS NOT NULL);

CREATE INDEX sftp_file_upload ON public.sftp_file USING btree (organization_id, upload_id);

CREATE INDEX upload_content ON public.upload USING btree (organization_id, source_system_id, sha256) WHERE (sha256 IS NOT NULL);
CREATE INDEX upload_forgotten ON public.upload USING btree (organization_id, completed_at) WHERE forgotten;
CREATE INDEX upload_kept ON public.upload USING btree (organization_id, source_system_id) WHERE (NOT forgotten);
CREATE INDEX upload_of_source ON public.upload USING btree (organization_id, source_system_id, id);
CREATE INDEX upload_unfinished ON public.upload USING btree (organization_id, created_at) WHERE (sha256 IS NULL);

CREATE INDEX upload_wish_open ON public.upload_wish USING btree (organization_id, upload_id) WHERE ((run_id IS NULL) AND (repeats IS NULL));
CREATE INDEX upload_wish_repeats ON public.upload_wish USING btree (organization_id, repeats) WHERE (repeats IS NOT NULL);

CREATE INDEX variable_history_name ON public.variable_history USING btree (organization_id, name, id);

-- Triggers

CREATE TRIGGER forget_run AFTER DELETE ON run FOR EACH ROW EXECUTE FUNCTION forget_run();
CREATE TRIGGER tell_run_ended AFTER UPDATE OF state ON run FOR EACH ROW WHEN ((new.state = ANY (ARRAY['finished'::text, 'failed'::text, 'cancelled'::text])) AND old.state <> new.state) EXECUTE FUNCTION tell_run_ended();

CREATE TRIGGER tell_held AFTER INSERT ON run_hold FOR EACH ROW WHEN (new.state = 'held'::text AND NOT new.finding ? 'partOf'::text) EXECUTE FUNCTION tell_held();

-- Row-level security (forced: the owner is bound too)

alter table access_policy enable row level security;
alter table access_policy force row level security;
create policy tenant on access_policy for all using ((organization_id = current_organization()));

alter table allocation enable row level security;
alter table allocation force row level security;
create policy tenant on allocation for all using ((organization_id = current_organization()));

alter table association_history enable row level security;
alter table association_history force row level security;
create policy tenant on association_history for all using ((organization_id = current_organization()));

alter table bulk_exchange enable row level security;
alter table bulk_exchange force row level security;
create policy tenant on bulk_exchange for all using ((organization_id = current_organization()));

alter table bulk_exchange_file enable row level security;
alter table bulk_exchange_file force row level security;
create policy tenant on bulk_exchange_file for all using ((organization_id = current_organization()));

alter table change enable row level security;
alter table change force row level security;
create policy tenant on change for all using ((organization_id = current_organization()));

alter table credential enable row level security;
alter table credential force row level security;
create policy tenant on credential for all using ((organization_id = current_organization()));

alter table declared_association enable row level security;
alter table declared_association force row level security;
create policy tenant on declared_association for all using ((organization_id = current_organization()));

alter table declared_enrollment enable row level security;
alter table declared_enrollment force row level security;
create policy tenant on declared_enrollment for all using ((organization_id = current_organization()));

alter table declared_org_unit enable row level security;
alter table declared_org_unit force row level security;
create policy tenant on declared_org_unit for all using ((organization_id = current_organization()));

alter table declared_parent enable row level security;
alter table declared_parent force row level security;
create policy tenant on declared_parent for all using ((organization_id = current_organization()));

alter table declared_relation enable row level security;
alter table declared_relation force row level security;
create policy tenant on declared_relation for all using ((organization_id = current_organization()));

alter table declared_user enable row level security;
alter table declared_user force row level security;
create policy tenant on declared_user for all using ((organization_id = current_organization()));

alter table endpoint enable row level security;
alter table endpoint force row level security;
create policy tenant on endpoint for all using ((organization_id = current_organization()));

alter table endpoint_history enable row level security;
alter table endpoint_history force row level security;
create policy tenant on endpoint_history for all using ((organization_id = current_organization()));

alter table extension_point_list enable row level security;
alter table extension_point_list force row level security;
create policy tenant on extension_point_list for all using ((organization_id = current_organization()));

alter table file_fetch enable row level security;
alter table file_fetch force row level security;
create policy tenant on file_fetch for all using ((organization_id = current_organization()));

alter table file_settings enable row level security;
alter table file_settings force row level security;
create policy tenant on file_settings for all using ((organization_id = current_organization()));

alter table folder_watch enable row level security;
alter table folder_watch force row level security;
create policy tenant on folder_watch for all using ((organization_id = current_organization()));

alter table freshness enable row level security;
alter table freshness force row level security;
create policy tenant on freshness for all using ((organization_id = current_organization()));

alter table guard_base enable row level security;
alter table guard_base force row level security;
create policy tenant on guard_base for all using ((organization_id = current_organization()));

alter table guard_window enable row level security;
alter table guard_window force row level security;
create policy tenant on guard_window for all using ((organization_id = current_organization()));

alter table idempotency enable row level security;
alter table idempotency force row level security;
create policy tenant on idempotency for all using ((organization_id = current_organization()));

alter table lane enable row level security;
alter table lane force row level security;
create policy tenant on lane for all using ((organization_id = current_organization()));

alter table lane_ahead enable row level security;
alter table lane_ahead force row level security;
create policy tenant on lane_ahead for all using ((organization_id = current_organization()));

alter table link enable row level security;
alter table link force row level security;
create policy tenant on link for all using ((organization_id = current_organization()));

alter table lms_enrollment enable row level security;
alter table lms_enrollment force row level security;
create policy tenant on lms_enrollment for all using ((organization_id = current_organization()));

alter table lms_org_unit enable row level security;
alter table lms_org_unit force row level security;
create policy tenant on lms_org_unit for all using ((organization_id = current_organization()));

alter table lms_org_unit_parent enable row level security;
alter table lms_org_unit_parent force row level security;
create policy tenant on lms_org_unit_parent for all using ((organization_id = current_organization()));

alter table lms_relation enable row level security;
alter table lms_relation force row level security;
create policy tenant on lms_relation for all using ((organization_id = current_organization()));

alter table lms_user enable row level security;
alter table lms_user force row level security;
create policy tenant on lms_user for all using ((organization_id = current_organization()));

alter table message enable row level security;
alter table message force row level security;
create policy tenant on message for all using ((organization_id = current_organization()));

alter table notice enable row level security;
alter table notice force row level security;
create policy tenant on notice for all using ((organization_id = current_organization()));

alter table notification_event enable row level security;
alter table notification_event force row level security;
create policy tenant on notification_event for all using ((organization_id = current_organization()));

alter table notification_subscription enable row level security;
alter table notification_subscription force row level security;
create policy tenant on notification_subscription for all using ((organization_id = current_organization()));

alter table org_unit_type enable row level security;
alter table org_unit_type force row level security;
create policy tenant on org_unit_type for all using ((organization_id = current_organization()));

alter table org_unit_type_map enable row level security;
alter table org_unit_type_map force row level security;
create policy tenant on org_unit_type_map for all using ((organization_id = current_organization()));

alter table override enable row level security;
alter table override force row level security;
create policy tenant on override for all using ((organization_id = current_organization()));

alter table reprojection enable row level security;
alter table reprojection force row level security;
create policy tenant on reprojection for all using ((organization_id = current_organization()));

alter table reprojection_key enable row level security;
alter table reprojection_key force row level security;
create policy tenant on reprojection_key for all using ((organization_id = current_organization()));

alter table role enable row level security;
alter table role force row level security;
create policy tenant on role for all using ((organization_id = current_organization()));

alter table role_map enable row level security;
alter table role_map force row level security;
create policy tenant on role_map for all using ((organization_id = current_organization()));

alter table run enable row level security;
alter table run force row level security;
create policy tenant on run for all using ((organization_id = current_organization()));

alter table run_fall enable row level security;
alter table run_fall force row level security;
create policy tenant on run_fall for all using ((organization_id = current_organization()));

alter table run_file enable row level security;
alter table run_file force row level security;
create policy tenant on run_file for all using ((organization_id = current_organization()));

alter table run_hold enable row level security;
alter table run_hold force row level security;
create policy tenant on run_hold for all using ((organization_id = current_organization()));

alter table run_item enable row level security;
alter table run_item force row level security;
create policy tenant on run_item for all using ((organization_id = current_organization()));

alter table run_item_span enable row level security;
alter table run_item_span force row level security;
create policy tenant on run_item_span for all using ((organization_id = current_organization()));

alter table run_leave enable row level security;
alter table run_leave force row level security;
create policy tenant on run_leave for all using ((organization_id = current_organization()));

alter table run_missing enable row level security;
alter table run_missing force row level security;
create policy tenant on run_missing for all using ((organization_id = current_organization()));

alter table run_outcome enable row level security;
alter table run_outcome force row level security;
create policy tenant on run_outcome for all using ((organization_id = current_organization()));

alter table run_problem enable row level security;
alter table run_problem force row level security;
create policy tenant on run_problem for all using ((organization_id = current_organization()));

alter table run_seen enable row level security;
alter table run_seen force row level security;
create policy tenant on run_seen for all using ((organization_id = current_organization()));

alter table sftp_file enable row level security;
alter table sftp_file force row level security;
create policy tenant on sftp_file for all using ((organization_id = current_organization()));

alter table source_system enable row level security;
alter table source_system force row level security;
create policy tenant on source_system for all using ((organization_id = current_organization()));

alter table upload enable row level security;
alter table upload force row level security;
create policy tenant on upload for all using ((organization_id = current_organization()));

alter table upload_part enable row level security;
alter table upload_part force row level security;
create policy tenant on upload_part for all using ((organization_id = current_organization()));

alter table upload_wish enable row level security;
alter table upload_wish force row level security;
create policy tenant on upload_wish for all using ((organization_id = current_organization()));

alter table variable enable row level security;
alter table variable force row level security;
create policy tenant on variable for all using ((organization_id = current_organization()));

alter table variable_history enable row level security;
alter table variable_history force row level security;
create policy tenant on variable_history for all using ((organization_id = current_organization()));
