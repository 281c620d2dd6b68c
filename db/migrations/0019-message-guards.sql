-- The guard of real-time messages (docs/adr/0059).

-- The run that has, or had last, what messages of this source system wished and was held; null = nothing is held.
alter table source_system add column holding_run uuid;

-- The message that wished it, of an item that was held of a message.
alter table run_item add column message_id uuid;

-- What messages did, or would have done, by the minute: what a sliding window is summed up from. Not what was done by runs.
create table guard_window (
  organization_id integer not null,
  source_system_id integer not null,
  guard text not null check (guard in ('removals', 'identifiers', 'changes')),
  kind text not null,
  at timestamptz not null,
  count bigint not null,
  primary key (organization_id, source_system_id, guard, kind, at),
  foreign key (organization_id, source_system_id) references source_system on delete cascade
);

-- How much was declared of a kind when it was last counted: what the percentages of a window are of.
create table guard_base (
  organization_id integer not null,
  source_system_id integer not null,
  kind text not null,
  live bigint not null,
  counted_at timestamptz not null,
  primary key (organization_id, source_system_id, kind),
  foreign key (organization_id, source_system_id) references source_system on delete cascade
);

do $$
declare tenant_table text;
begin
  foreach tenant_table in array array['guard_window', 'guard_base']
  loop
    execute format('alter table %I enable row level security', tenant_table);
    execute format('alter table %I force row level security', tenant_table);
    execute format('create policy tenant on %I using (organization_id = current_organization())', tenant_table);
  end loop;
end $$;
