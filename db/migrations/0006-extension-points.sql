-- Passerelle, extension points: the lists of plug-ins that administrators choose, and what handlers wish of declared rows.

-- A list for a whole organization (source_system_id null) or for one source system. What is not here is as shipped.
create table extension_point_list (
  organization_id integer not null references organization on delete cascade,
  -- handle.user.replace
  point text collate "C" not null,
  source_system_id integer,
  scope integer generated always as (coalesce(source_system_id, 0)) stored,
  -- A shipped list by its name, or entries of its own: [{"plugin", "sortOrder", "options"?}].
  template text,
  entries jsonb,
  changed_at timestamptz not null default now(),
  changed_by text not null,
  primary key (organization_id, point, scope),
  foreign key (organization_id, source_system_id) references source_system on delete cascade,
  check ((template is null) <> (entries is null))
);

-- What handlers wished when the row was declared, kept so that projection stays a function of it.
alter table declared_user
  -- Fields that this row set on creation only, beside the option `overwrite`.
  add column kept jsonb not null default '[]',
  -- What the delete does to the LMS user, in place of the option.
  add column on_delete text check (on_delete in ('inactivate', 'delete')),
  -- It was deleted here and left in the LMS: its source system knows it no longer, the projection does.
  add column released boolean not null default false;
alter table declared_org_unit
  add column kept jsonb not null default '[]',
  add column released boolean not null default false;

-- Which sections came to an association and which left it, where the list of its source system keeps a history.
create table association_history (
  organization_id integer not null,
  id bigint generated always as identity,
  source_system_id integer not null,
  sourced_id text collate "C" not null,
  at timestamptz not null default now(),
  message_id uuid not null,
  added text[] collate "C" not null,
  removed text[] collate "C" not null,
  primary key (organization_id, id)
);
create index association_history_association on association_history (organization_id, sourced_id, source_system_id, id);

do $$
declare tenant_table text;
begin
  foreach tenant_table in array array['extension_point_list', 'association_history']
  loop
    execute format('alter table %I enable row level security', tenant_table);
    execute format('alter table %I force row level security', tenant_table);
    execute format('create policy tenant on %I using (organization_id = current_organization())', tenant_table);
  end loop;
end $$;
