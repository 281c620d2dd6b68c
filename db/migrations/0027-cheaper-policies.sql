-- Whose rows are shown is asked once for each statement. Asked in the condition itself, it was asked again for each row that is
-- looked up by its key, or written: some hundredths of what applying a run costs.
do $$
declare
  of_tenant record;
begin
  for of_tenant in
    select tablename, policyname from pg_policies
     where schemaname = 'public' and qual = '(organization_id = current_organization())'
  loop
    execute format('alter policy %I on %I using (organization_id = (select current_organization()))', of_tenant.policyname, of_tenant.tablename);
  end loop;
end $$;
