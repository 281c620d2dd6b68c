-- Files and runs (docs/adr/0037).

-- What was uploaded at once: a zip or a single file, as it came.
create table upload (
  organization_id integer not null references organization on delete cascade,
  id uuid not null,
  source_system_id integer not null,
  name text not null,
  -- rest, tus, command, sftp, folder, url, announced
  way text not null,
  -- The login, the person or the address that it came from.
  received_from text not null,
  -- Where the sender said so before the bytes came.
  announced_bytes bigint,
  received_bytes bigint not null default 0,
  -- Of all bytes; null while they are still coming.
  sha256 bytea,
  created_at timestamptz not null default now(),
  completed_at timestamptz,
  primary key (organization_id, id),
  foreign key (organization_id, source_system_id) references source_system on delete cascade,
  check ((sha256 is null) = (completed_at is null))
);
create index upload_content on upload (organization_id, source_system_id, sha256) where sha256 is not null;
create index upload_unfinished on upload (organization_id, created_at) where sha256 is null;

-- Its bytes, sealed, in pieces of which each but the last has the same size.
create table upload_part (
  organization_id integer not null,
  upload_id uuid not null,
  position integer not null,
  sealed bytea not null,
  primary key (organization_id, upload_id, position),
  foreign key (organization_id, upload_id) references upload on delete cascade
);
-- Sealed bytes do not compress.
alter table upload_part alter column sealed set storage external;

do $$
declare tenant_table text;
begin
  foreach tenant_table in array array['upload', 'upload_part']
  loop
    execute format('alter table %I enable row level security', tenant_table);
    execute format('alter table %I force row level security', tenant_table);
    execute format('create policy tenant on %I using (organization_id = current_organization())', tenant_table);
  end loop;
end $$;
