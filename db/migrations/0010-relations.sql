-- Relations between people: who audits whom, who is whose parent or guardian (docs/adr/0019).

-- What each person states of others, one row an entry of declared_user.fields->'relations', with the pair that it reaches.
-- Placed by the projection of the person, and again when the other person comes or goes: found by its id here.
create table declared_relation (
  organization_id integer not null,
  source_system_id integer not null,
  -- The person who states it.
  sourced_id text collate "C" not null,
  kind text not null check (kind in ('auditor', 'parent', 'guardian', 'relative')),
  agent_sourced_id text collate "C" not null,
  user_id bigint,
  agent_id bigint,
  wait_code text,
  primary key (organization_id, sourced_id, source_system_id, kind, agent_sourced_id)
);
create index declared_relation_agent on declared_relation (organization_id, agent_sourced_id, source_system_id);
create index declared_relation_reach on declared_relation (organization_id, user_id, agent_id) where user_id is not null;
create index declared_relation_waiting on declared_relation (organization_id, wait_code, sourced_id) where wait_code is not null;

-- What the LMS should see: the agent is the auditor, parent... of the user. It keeps its id when it ends, and revives under it.
create table lms_relation (
  organization_id integer not null,
  user_id bigint not null,
  agent_id bigint not null,
  kind text not null,
  id bigint not null default nextval('lms_id'),
  ended boolean not null default false,
  version integer not null default 1,
  changed_at timestamptz not null default now(),
  primary key (organization_id, user_id, agent_id, kind)
);
create index lms_relation_agent on lms_relation (organization_id, agent_id, user_id);
create unique index lms_relation_id on lms_relation (organization_id, id);

-- Whoever follows the feed learns of them. No row of another kind can be there: what is checked is only wider.
alter table change drop constraint change_entity_check;
alter table change add constraint change_entity_check check (entity in ('user', 'org_unit', 'enrollment', 'relation')) not valid;

do $$
declare tenant_table text;
begin
  foreach tenant_table in array array['declared_relation', 'lms_relation']
  loop
    execute format('alter table %I enable row level security', tenant_table);
    execute format('alter table %I force row level security', tenant_table);
    execute format('create policy tenant on %I using (organization_id = current_organization())', tenant_table);
  end loop;
end $$;
