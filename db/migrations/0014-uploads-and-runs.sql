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

-- What is made of an upload, or of another run that is taken back.
create table run (
  organization_id integer not null references organization on delete cascade,
  id uuid not null,
  source_system_id integer not null,
  upload_id uuid,
  -- The run that this one takes back.
  takes_back uuid,
  -- How far it is to go: validate, plan, apply.
  mode text not null check (mode in ('validate', 'plan', 'apply')),
  -- {"snapshot"?, "force"?}: as it was asked for.
  options jsonb not null,
  dialect text,
  state text not null check (state in ('queued', 'reading', 'planned', 'applying', 'finished', 'cancelled', 'failed')),
  paused boolean not null default false,
  cancel_requested boolean not null default false,
  requested_by text not null,
  requested_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  -- What was declared after this instant is not removed because the file does not name it.
  as_of timestamptz not null,
  -- Who works on it, and until when that is believed without a word.
  owner uuid,
  owned_until timestamptz,
  -- {"file", "bytesRead", "bytesTotal", "records"} while it is read.
  progress jsonb not null default '{}',
  -- {"<kind>": {"records", "unchanged", "add", "change", "remove", "refused"}}, of the plan.
  counters jsonb not null default '{}',
  -- Items are numbered from 1; those up to applied_to are applied, but for the held ones.
  items bigint not null default 0,
  applied_to bigint not null default 0,
  failure jsonb,
  primary key (organization_id, id),
  foreign key (organization_id, source_system_id) references source_system on delete cascade,
  foreign key (organization_id, upload_id) references upload
);
-- Runs of one source system go one after the other, in this order.
create index run_open on run (organization_id, source_system_id, id) where state in ('queued', 'reading', 'planned', 'applying');
create index run_upload on run (organization_id, upload_id) where upload_id is not null;

-- The plan: what differs from what is declared. Written once.
create table run_item (
  organization_id integer not null,
  run_id uuid not null,
  number bigint not null,
  entity text not null,
  kind text not null,
  sourced_id text collate "C" not null,
  operation text not null check (operation in ('add', 'change', 'remove')),
  -- Where it stands: null = it is absent from a snapshot.
  file smallint,
  line integer,
  -- The command without its key: {"verb", "fields"?, "wishes"?, "pair"?...}
  command jsonb not null,
  -- The declared row that it was compared with, null = none.
  before jsonb,
  primary key (organization_id, run_id, number),
  foreign key (organization_id, run_id) references run on delete cascade
);
create index run_item_sourced_id on run_item (organization_id, run_id, sourced_id);

-- Only what is not simply done: refused, waiting, overtaken by somebody else.
create table run_outcome (
  organization_id integer not null,
  run_id uuid not null,
  number bigint not null,
  status text not null,
  problems jsonb not null,
  primary key (organization_id, run_id, number),
  foreign key (organization_id, run_id) references run on delete cascade
);

-- What is wrong with files and records, all of it.
create table run_problem (
  organization_id integer not null,
  run_id uuid not null,
  number bigint not null,
  severity text not null check (severity in ('error', 'warning')),
  code text not null,
  message text not null,
  guide_text text,
  file text,
  line integer,
  "column" integer,
  field text,
  kind text,
  sourced_id text collate "C",
  -- How many records wait for what is missing here; root causes are those with many.
  affects bigint,
  primary key (organization_id, run_id, number),
  foreign key (organization_id, run_id) references run on delete cascade
);

do $$
declare tenant_table text;
begin
  foreach tenant_table in array array['upload', 'upload_part', 'run', 'run_item', 'run_outcome', 'run_problem']
  loop
    execute format('alter table %I enable row level security', tenant_table);
    execute format('alter table %I force row level security', tenant_table);
    execute format('create policy tenant on %I using (organization_id = current_organization())', tenant_table);
  end loop;
end $$;
