-- Org units that a plan ends though it neither removes them nor states anything by which they end themselves, each with the item that does it:
-- those on a circle of parents, those that are placed below what is not there. kind '' = whatever names this id without a kind, which
-- is that of several org units by the plan.
create table run_fall (
  organization_id integer not null,
  run_id uuid not null,
  kind text not null,
  sourced_id text collate "C" not null,
  number bigint not null,
  primary key (organization_id, run_id, kind, sourced_id, number)
);

alter table run_fall enable row level security;
alter table run_fall force row level security;
create policy tenant on run_fall using (organization_id = current_organization());

create or replace function forget_run() returns trigger language plpgsql as $$
begin
  delete from run_item where organization_id = old.organization_id and run_id = old.id;
  delete from run_fall where organization_id = old.organization_id and run_id = old.id;
  delete from run_item_span where organization_id = old.organization_id and run_id = old.id;
  delete from run_outcome where organization_id = old.organization_id and run_id = old.id;
  delete from run_problem where organization_id = old.organization_id and run_id = old.id;
  delete from run_seen where organization_id = old.organization_id and run_id = old.id;
  delete from run_missing where organization_id = old.organization_id and run_id = old.id;
  delete from run_leave where organization_id = old.organization_id and run_id = old.id and state <> 'waiting';
  return null;
end $$;
