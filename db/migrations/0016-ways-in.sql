-- Ways in for files: what is wished of an upload, how a source system delivers, accounts of SFTP, addresses that are fetched.

-- What is wished of an upload, and what became of it. Beside the upload, because one that has ended must become a run
-- whoever is killed when.
create table upload_wish (
  organization_id integer not null,
  upload_id uuid not null,
  mode text not null check (mode in ('validate', 'plan', 'apply')),
  -- {"snapshot"?, "force"?}: as it was asked for.
  options jsonb not null,
  -- The same bytes as just before are processed all the same.
  reprocess boolean not null,
  requested_by text not null,
  -- What came behind here has a checksum that was not judged yet; null = all that came counts.
  trusted_bytes bigint,
  -- Removed then, unless it has ended.
  expires_at timestamptz not null,
  -- The run that was requested.
  run_id uuid,
  -- The upload just before it, of the same bytes and with the same wish: there is no run of this one.
  repeats uuid,
  primary key (organization_id, upload_id),
  foreign key (organization_id, upload_id) references upload on delete cascade
);
create index upload_wish_open on upload_wish (organization_id, upload_id) where run_id is null and repeats is null;
create index upload_of_source on upload (organization_id, source_system_id, id);

-- How a source system delivers by SFTP, through its folder, and from addresses that are fetched: what is done with its files.
create table file_settings (
  organization_id integer not null,
  source_system_id integer not null,
  mode text not null check (mode in ('validate', 'plan', 'apply')),
  -- {"snapshot"?}
  options jsonb not null,
  -- A file of SFTP is taken as soon as it is closed, or when it has rested for a while.
  pick_up text not null check (pick_up in ('close', 'rest')),
  rest_s integer not null,
  version integer not null default 1,
  changed_at timestamptz not null default now(),
  changed_by text not null,
  primary key (organization_id, source_system_id),
  foreign key (organization_id, source_system_id) references source_system on delete cascade
);

-- What a source system sees in its folder of SFTP.
create table sftp_file (
  organization_id integer not null,
  source_system_id integer not null,
  name text collate "C" not null,
  upload_id uuid not null,
  -- Its sender closed it: it may be taken. One that broke off may not.
  closed boolean not null default false,
  changed_at timestamptz not null default now(),
  receipt_hidden boolean not null default false,
  primary key (organization_id, source_system_id, name),
  foreign key (organization_id, source_system_id) references source_system on delete cascade,
  foreign key (organization_id, upload_id) references upload on delete cascade
);
create index sftp_file_upload on sftp_file (organization_id, upload_id);

-- Which process looks into the watched folder of a source system: one at a time, because it must see a file rest.
create table folder_watch (
  organization_id integer not null,
  source_system_id integer not null,
  owner uuid not null,
  owned_until timestamptz not null,
  primary key (organization_id, source_system_id),
  foreign key (organization_id, source_system_id) references source_system on delete cascade
);

-- Addresses that are fetched on schedule.
create table file_fetch (
  organization_id integer not null,
  source_system_id integer not null,
  -- Also in the context that its secrets are sealed for, with the origin of the address: they open for no other.
  name text collate "C" not null,
  address text not null,
  file_name text not null,
  -- Five fields of cron, in this time zone.
  schedule text not null,
  time_zone text not null,
  enabled boolean not null,
  -- The name of an outbound authenticator; of an sftp address `password` or `public-key`.
  authentication text not null,
  -- The fingerprint of the host, of an sftp address.
  host_key text,
  -- {"authorities"?, "serverName"?, "minVersion"?}
  tls jsonb not null default '{}',
  secrets text[] not null,
  sealed bytea,
  -- {"etag"?, "lastModified"?}: of what was fetched last.
  validators jsonb not null default '{}',
  -- {"at", "result", "uploadId"?, "problem"?}
  last jsonb,
  next_at timestamptz,
  -- Somebody fetches it, and is believed to until then.
  claimed_until timestamptz,
  version integer not null default 1,
  changed_at timestamptz not null default now(),
  changed_by text not null,
  primary key (organization_id, source_system_id, name),
  foreign key (organization_id, source_system_id) references source_system on delete cascade,
  check ((cardinality(secrets) = 0) = (sealed is null))
);
create index file_fetch_due on file_fetch (organization_id, next_at) where enabled;

-- What the gateway itself proves itself with to clients of SFTP: one key of each algorithm, the same in all processes. It is
-- no tenant's, so it stands outside row-level security; the private key is sealed.
create table sftp_host_key (
  algorithm text primary key,
  sealed bytea not null,
  created_at timestamptz not null default now()
);

-- Public keys of SSH as credentials.
alter table credential drop constraint credential_kind_check, drop constraint credential_secret_check;
alter table credential
  -- As one line of an authorized_keys file, without its comment. Public, so a revoked credential keeps it.
  add column ssh_key text,
  add constraint credential_kind_check check (kind in ('hashed', 'sealed', 'api_key', 'certificate', 'ssh_key')),
  add constraint credential_secret_check check (
    (kind = 'certificate') = (certificate is not null and pin is not null and not_after is not null)
    and (kind = 'ssh_key') = (ssh_key is not null)
    and case when revoked_at is not null or kind in ('certificate', 'ssh_key') then hash is null and sealed is null
             when kind = 'sealed' then sealed is not null and hash is null
             else hash is not null and sealed is null end);

do $$
declare tenant_table text;
begin
  foreach tenant_table in array array['upload_wish', 'file_settings', 'sftp_file', 'folder_watch', 'file_fetch']
  loop
    execute format('alter table %I enable row level security', tenant_table);
    execute format('alter table %I force row level security', tenant_table);
    execute format('create policy tenant on %I using (organization_id = current_organization())', tenant_table);
  end loop;
end $$;
