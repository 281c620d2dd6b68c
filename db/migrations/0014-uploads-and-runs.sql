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

-- What is made of an upload, or of another run that is taken back. Its id is also that of its message in the journal.
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
  planned_at timestamptz,
  applying_at timestamptz,
  finished_at timestamptz,
  -- What was declared after this instant is neither removed because the file does not name it, nor changed by what it says.
  as_of timestamptz not null,
  -- Who works on it, and until when that is believed without a word.
  owner uuid,
  owned_until timestamptz,
  -- How often it was begun without coming to a plan.
  attempts integer not null default 0,
  -- {"file", "bytesRead", "bytesTotal", "records"} while it is read.
  progress jsonb not null default '{}',
  -- {"<kind>": {"records", "unchanged", "add", "change", "remove", "refused"}}, of the plan.
  counters jsonb not null default '{}',
  -- {"<kind>": {"count", "live", "from"}}: what would end besides.
  effects jsonb not null default '{}',
  -- {"error", "warning"}: how many problems there are.
  problems jsonb not null default '{}',
  -- Items are numbered from 1; those up to applied_to are applied, but for the held ones.
  items bigint not null default 0,
  applied_to bigint not null default 0,
  -- {"waiting", "rejected", "failed", "overtaken"}: what became of items that are not simply done.
  outcomes jsonb not null default '{}',
  failure jsonb,
  primary key (organization_id, id),
  foreign key (organization_id, source_system_id) references source_system on delete cascade,
  foreign key (organization_id, upload_id) references upload
);
-- Runs of one source system go one after the other, in this order.
create index run_open on run (organization_id, source_system_id, id) where state in ('queued', 'reading', 'planned', 'applying');
create index run_upload on run (organization_id, upload_id) where upload_id is not null;

-- The plan: what differs from what is declared. Written once, but for `hold`.
create table run_item (
  organization_id integer not null,
  run_id uuid not null,
  number bigint not null,
  entity text not null,
  kind text not null,
  sourced_id text collate "C" not null,
  operation text not null check (operation in ('add', 'change', 'remove')),
  -- Where it stands: the number of the file among those of the package, from 1; null = it is absent from a snapshot.
  file smallint,
  line integer,
  -- The command without its key: {"verb", "fields"?, "wishes"?, "pair"?...}
  command jsonb not null,
  -- The declared row that it was compared with, null = none.
  before jsonb,
  -- The hold that keeps it from being applied.
  hold integer,
  primary key (organization_id, run_id, number)
);
-- By what distinguishes first: a look-up by number must not take it for as good as the primary key.
create index run_item_sourced_id on run_item (sourced_id, run_id, organization_id);
create index run_item_held on run_item (organization_id, run_id, hold, number) where hold is not null;

-- The files of a package, numbered as its items say.
create table run_file (
  organization_id integer not null,
  run_id uuid not null,
  number smallint not null,
  name text not null,
  records bigint not null default 0,
  primary key (organization_id, run_id, number),
  foreign key (organization_id, run_id) references run on delete cascade
);

-- Items that a guard keeps back until somebody decides.
create table run_hold (
  organization_id integer not null,
  run_id uuid not null,
  number integer not null,
  -- removals, removalsInScope, effects, short_file, identifiers, changes, or `part` of another hold.
  guard text not null,
  kind text not null,
  -- What was counted, of how many, and the limit: {"count", "of", "limit", "scope"?}.
  finding jsonb not null,
  items bigint not null,
  state text not null check (state in ('held', 'approved', 'discarded', 'expired', 'superseded')),
  made_at timestamptz not null default now(),
  expires_at timestamptz not null,
  decided_by text,
  decided_at timestamptz,
  -- Of an approved one: the items up to this number are applied.
  applied_to bigint not null default 0,
  done boolean not null default false,
  primary key (organization_id, run_id, number),
  foreign key (organization_id, run_id) references run on delete cascade
);
create index run_hold_open on run_hold (organization_id, expires_at) where state = 'held';

-- Only what is not simply done: refused, waiting, overtaken by somebody else.
create table run_outcome (
  organization_id integer not null,
  run_id uuid not null,
  number bigint not null,
  status text not null,
  problems jsonb not null,
  primary key (organization_id, run_id, number)
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
  affects bigint not null default 0,
  primary key (organization_id, run_id, number)
);
-- Root causes first.
create index run_problem_by_effect on run_problem (organization_id, run_id, affects desc, number);

-- What a run has come across so far, while it is read. A crash of the database empties it: the file is then read again.
create unlogged table run_seen (
  organization_id integer not null,
  run_id uuid not null,
  sourced_id text collate "C" not null,
  kind text not null,
  -- It was stated last, and not deleted.
  states boolean not null,
  -- Of a person: the user name, folded.
  name_key text collate "C",
  primary key (organization_id, run_id, sourced_id, kind)
);
create index run_seen_name on run_seen (organization_id, run_id, name_key) where name_key is not null;

-- What records refer to and nobody has stated so far; '' = of any kind.
create unlogged table run_missing (
  organization_id integer not null,
  run_id uuid not null,
  sourced_id text collate "C" not null,
  kind text not null,
  -- How many records refer to it, and the first of them.
  waiting bigint not null,
  file text,
  line integer,
  by_kind text not null,
  primary key (organization_id, run_id, sourced_id, kind)
);

-- Foreign keys would be looked at for each of a million rows: what belongs to a run goes with it by this.
create function forget_run() returns trigger language plpgsql as $$
begin
  delete from run_item where organization_id = old.organization_id and run_id = old.id;
  delete from run_outcome where organization_id = old.organization_id and run_id = old.id;
  delete from run_problem where organization_id = old.organization_id and run_id = old.id;
  delete from run_seen where organization_id = old.organization_id and run_id = old.id;
  delete from run_missing where organization_id = old.organization_id and run_id = old.id;
  return null;
end $$;
create trigger forget_run after delete on run for each row execute function forget_run();

do $$
declare tenant_table text;
begin
  foreach tenant_table in array array['upload', 'upload_part', 'run', 'run_item', 'run_file', 'run_hold', 'run_outcome', 'run_problem', 'run_seen', 'run_missing']
  loop
    execute format('alter table %I enable row level security', tenant_table);
    execute format('alter table %I force row level security', tenant_table);
    execute format('create policy tenant on %I using (organization_id = current_organization())', tenant_table);
  end loop;
end $$;
