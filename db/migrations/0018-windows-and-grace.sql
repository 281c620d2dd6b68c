-- When runs of a source system are not applied, or only what they add; and enrollments that end some days after they were
-- left out (docs/adr/0058).

alter table run
  -- {"for": "blackout", "window", "since"}: why it is not applied just now, until waits_until (null = to be looked at again).
  add column waits jsonb,
  add column waits_until timestamptz,
  -- Somebody said that it goes on all the same, until it ends; who and when is kept.
  add column overridden boolean not null default false,
  add column overridden_by text,
  add column overridden_at timestamptz;

-- Of what only the time keeps back: when it is applied by itself.
alter table run_hold add column release_at timestamptz;
create index run_hold_release on run_hold (organization_id, release_at) where state = 'held' and release_at is not null;

-- A run left it out, and it ends later: meanwhile its enrollment is `active` or `inactive`. When it ends stands in run_leave.
alter table declared_enrollment add column leaving text;

-- It stands, and nobody takes part by it.
alter table lms_enrollment add column inactive boolean not null default false;

-- Enrollments that a run left out, and that end when they are due, unless they are declared again.
create table run_leave (
  organization_id integer not null,
  run_id uuid not null,
  -- Of the item.
  number bigint not null,
  source_system_id integer not null,
  sourced_id text collate "C" not null,
  -- infinity = it stays as it is until somebody says something of it.
  due_at timestamptz not null,
  state text not null default 'waiting' check (state in ('waiting', 'ended', 'returned', 'failed')),
  decided_at timestamptz,
  primary key (organization_id, run_id, number)
);
-- A membership leaves once at a time.
create unique index run_leave_waiting on run_leave (organization_id, source_system_id, sourced_id) where state = 'waiting';
create index run_leave_due on run_leave (organization_id, due_at) where state = 'waiting';

-- What still waits outlives the record of its run: otherwise it would stay inactive for ever.
create or replace function forget_run() returns trigger language plpgsql as $$
begin
  delete from run_item where organization_id = old.organization_id and run_id = old.id;
  delete from run_outcome where organization_id = old.organization_id and run_id = old.id;
  delete from run_problem where organization_id = old.organization_id and run_id = old.id;
  delete from run_seen where organization_id = old.organization_id and run_id = old.id;
  delete from run_missing where organization_id = old.organization_id and run_id = old.id;
  delete from run_leave where organization_id = old.organization_id and run_id = old.id and state <> 'waiting';
  return null;
end $$;

do $$
begin
  alter table run_leave enable row level security;
  alter table run_leave force row level security;
  create policy tenant on run_leave using (organization_id = current_organization());
end $$;
