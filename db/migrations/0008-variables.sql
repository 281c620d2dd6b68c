-- Integration variables: of the organization (source_system_id null), or of one source system. What is not here has its default.
create table variable (
  organization_id integer not null references organization on delete cascade,
  source_system_id integer,
  scope integer generated always as (coalesce(source_system_id, 0)) stored,
  name text not null,
  value jsonb not null,
  primary key (organization_id, scope, name),
  foreign key (organization_id, source_system_id) references source_system on delete cascade
);

-- Who set what, when. null = not set.
create table variable_history (
  organization_id integer not null references organization on delete cascade,
  id bigint generated always as identity,
  source_system_id integer,
  name text not null,
  before jsonb,
  after jsonb,
  actor text not null,
  changed_at timestamptz not null default now(),
  primary key (organization_id, id),
  foreign key (organization_id, source_system_id) references source_system on delete cascade
);
create index variable_history_name on variable_history (organization_id, name, id);

do $$
declare tenant_table text;
begin
  foreach tenant_table in array array['variable', 'variable_history']
  loop
    execute format('alter table %I enable row level security', tenant_table);
    execute format('alter table %I force row level security', tenant_table);
    execute format('create policy tenant on %I using (organization_id = current_organization())', tenant_table);
  end loop;
end $$;
