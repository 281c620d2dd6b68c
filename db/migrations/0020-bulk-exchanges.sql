-- Bulk data exchanges of LIS (docs/adr/0060): a SIS announces files, which become runs, and is told what became of them.

create table bulk_exchange (
  organization_id integer not null references organization on delete cascade,
  id uuid not null,
  source_system_id integer not null,
  -- Of whoever began: the SIS, or the gateway.
  transaction_id text collate "C" not null,
  -- requesting (the SIS is to be asked), requested (it said yes), announced, downloading, processing, reporting; cancelling
  -- (what was begun is to end, and the SIS to be told); finished, failed, cancelled.
  state text not null check (state in ('requesting', 'requested', 'announced', 'downloading', 'processing', 'reporting',
                                       'cancelling', 'finished', 'failed', 'cancelled')),
  -- The person who requested it; null = the SIS announced it by itself.
  requested_by text,
  -- {"entityTypes"?, "savePoint"?}: what was asked for.
  filter jsonb not null default '{}',
  created_at timestamptz not null default now(),
  announced_at timestamptz,
  -- The login that announced it, and a hash of what it announced: the same again is a repeat.
  announced_by text,
  manifest bytea,
  -- The files are there until then; before they are announced: nobody waits for them any longer.
  expires_at timestamptz,
  -- How the SIS is told of the end: `cancel` before it announced, `ignore` afterwards; null = it said so itself.
  notice text check (notice in ('cancel', 'ignore')),
  cancelled_by text,
  -- What the SIS said when it failed.
  sis_report jsonb,
  -- Why it failed.
  problem jsonb,
  -- {"at", "operation", "messageId"?, "problem"?}: what the SIS was told last.
  told jsonb,
  -- Of the step that it is in.
  attempts integer not null default 0,
  next_at timestamptz not null default now(),
  owner uuid,
  owned_until timestamptz,
  ended_at timestamptz,
  primary key (organization_id, id),
  unique (organization_id, source_system_id, transaction_id),
  foreign key (organization_id, source_system_id) references source_system on delete cascade,
  check ((manifest is null) = (announced_at is null)),
  check ((state in ('finished', 'failed', 'cancelled')) = (ended_at is not null))
);
create index bulk_exchange_open on bulk_exchange (organization_id, source_system_id) where ended_at is null;

-- What was announced, in the order in which it is processed.
create table bulk_exchange_file (
  organization_id integer not null,
  exchange_id uuid not null,
  number integer not null,
  -- For people: without user, password and query, any of which may be a secret. The whole of it is sealed.
  address text not null,
  sealed bytea not null,
  size_bytes bigint,
  check_sum text,
  -- Its bytes, whole and verified once `received_at` is set; and the run that they became.
  upload_id uuid,
  received_at timestamptz,
  run_id uuid,
  primary key (organization_id, exchange_id, number),
  foreign key (organization_id, exchange_id) references bulk_exchange on delete cascade
);

do $$
declare tenant_table text;
begin
  foreach tenant_table in array array['bulk_exchange', 'bulk_exchange_file']
  loop
    execute format('alter table %I enable row level security', tenant_table);
    execute format('alter table %I force row level security', tenant_table);
    execute format('create policy tenant on %I using (organization_id = current_organization())', tenant_table);
  end loop;
end $$;
