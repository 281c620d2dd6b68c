-- A policy on a partitioned table binds what is read through it, not what names a partition: each partition bears its own.
do $$
declare part regclass;
begin
  for part in select inhrelid::regclass from pg_inherits where inhparent in ('message'::regclass, 'change'::regclass)
  loop
    execute format('alter table %s enable row level security', part);
    execute format('alter table %s force row level security', part);
    execute format('create policy tenant on %s using (organization_id = current_organization())', part);
  end loop;
end $$;
