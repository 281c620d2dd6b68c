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
