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

do $$
declare tenant_table text;
begin
  foreach tenant_table in array array['upload_wish']
  loop
    execute format('alter table %I enable row level security', tenant_table);
    execute format('alter table %I force row level security', tenant_table);
    execute format('create policy tenant on %I using (organization_id = current_organization())', tenant_table);
  end loop;
end $$;
