-- Commands beyond replace, update and delete: create by proxy, rename, list; and lists that grow by additive updates.

-- Does the section bring its own offering (docs/projection.md 2)? Not if the offering that it names has its own message. Of
-- several references the first counts, here and below: additive updates make more than one.
create or replace function brings_offering(org integer, source integer, section_id text) returns boolean
  language sql stable
  as $$
    select not exists (
      select from (
        select p.parent_sourced_id from declared_parent p
         where p.organization_id = org and p.source_system_id = source
           and p.sourced_id = section_id and p.kind = 'section' and p.role = 'offering'
         order by p.position limit 1) named
        join declared_org_unit o on o.organization_id = org and o.source_system_id = source
         and o.sourced_id = named.parent_sourced_id and o.kind = 'offering' and not o.implied and not o.deleted)
  $$;

-- Is this the reference by which a section names its template: its offering reference, else its template reference?
create or replace function is_named_template(p declared_parent) returns boolean
  language sql stable
  as $$
    select not exists (
      select from declared_parent o where o.organization_id = p.organization_id and o.source_system_id = p.source_system_id
         and o.sourced_id = p.sourced_id and o.kind = p.kind
         and ((o.role = 'offering' and p.role <> 'offering') or (o.role = p.role and o.position < p.position)))
  $$;

-- Sourced ids that the gateway gave (LIS createByProxyX): the same record from the same source system gets the same one
-- again until then.
create table allocation (
  organization_id integer not null,
  source_system_id integer not null,
  kind text not null,
  -- SHA-256 of what the record states.
  fields_hash bytea not null,
  sourced_id text collate "C" not null,
  expires_at timestamptz not null,
  primary key (organization_id, fields_hash, source_system_id, kind)
);
create index allocation_sourced_id on allocation (organization_id, sourced_id, source_system_id, kind);
create index allocation_expiry on allocation (organization_id, expires_at);
alter table allocation enable row level security;
alter table allocation force row level security;
create policy tenant on allocation using (organization_id = current_organization());

-- When a row was declared: the moment of the statement, which the lane's holder sent; not that of the transaction, which began
-- before it had the lane. So whatever commits after a reader that held the lane is declared after it (save points).
alter table declared_user alter column declared_at set default statement_timestamp();
alter table declared_org_unit alter column declared_at set default statement_timestamp();
alter table declared_enrollment alter column declared_at set default statement_timestamp();
-- The instant before the source system, as the sourced id is elsewhere: no look-up by key may take these for its own.
create index declared_user_declared_at on declared_user (organization_id, declared_at, source_system_id);
create index declared_org_unit_declared_at on declared_org_unit (organization_id, declared_at, source_system_id);
create index declared_enrollment_declared_at on declared_enrollment (organization_id, declared_at, source_system_id);

-- What people and org units are looked for by. Columns: row-level security keeps fold(), which is not leakproof, from an index.
alter table declared_user
  add column user_name_key text collate "C" generated always as (fold(fields->>'userName')) stored,
  add column email_key text collate "C" generated always as (fold(fields->>'email')) stored;
create index declared_user_user_name on declared_user (organization_id, user_name_key, source_system_id) where user_name_key is not null;
create index declared_user_email on declared_user (organization_id, email_key, source_system_id) where email_key is not null;
alter table declared_org_unit add column code_key text collate "C" generated always as (fold(fields->>'code')) stored;
create index declared_org_unit_code on declared_org_unit (organization_id, code_key, source_system_id) where code_key is not null;
