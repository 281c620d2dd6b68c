-- What is kept of files: which uploads still have bytes, and where the items of a plan stand.

-- Its bytes went when their time was over, and it counts against no quota any more.
alter table upload add column forgotten boolean not null default false;
-- The rows are of all organizations: for this moment the policies bind their owner, who migrates, no more than others.
alter table upload no force row level security;
alter table upload_part no force row level security;
update upload u set forgotten = true
 where u.sha256 is not null
   and not exists (select from upload_part p where p.organization_id = u.organization_id and p.upload_id = u.id and p.position = 0);
alter table upload force row level security;
alter table upload_part force row level security;
create index upload_kept on upload (organization_id, source_system_id) where not forgotten;
create index upload_forgotten on upload (organization_id, completed_at) where forgotten;
create index upload_wish_repeats on upload_wish (organization_id, repeats) where repeats is not null;

-- Where in a plan items of a kind and an operation stand: one row for each batch that was planned. An index on the items
-- would be written to for each of a million of them.
create table run_item_span (
  organization_id integer not null,
  run_id uuid not null,
  -- The first and the last item of the batch.
  first bigint not null,
  last bigint not null,
  kind text not null,
  operation text not null,
  primary key (organization_id, run_id, first, kind, operation)
);
alter table run_item_span enable row level security;
alter table run_item_span force row level security;
create policy tenant on run_item_span using (organization_id = current_organization());

create or replace function forget_run() returns trigger language plpgsql as $$
begin
  delete from run_item where organization_id = old.organization_id and run_id = old.id;
  delete from run_item_span where organization_id = old.organization_id and run_id = old.id;
  delete from run_outcome where organization_id = old.organization_id and run_id = old.id;
  delete from run_problem where organization_id = old.organization_id and run_id = old.id;
  delete from run_seen where organization_id = old.organization_id and run_id = old.id;
  delete from run_missing where organization_id = old.organization_id and run_id = old.id;
  delete from run_leave where organization_id = old.organization_id and run_id = old.id and state <> 'waiting';
  return null;
end $$;
