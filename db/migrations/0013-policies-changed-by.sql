-- Who set an access policy, and when; null: before this was kept.
alter table access_policy
  add column changed_at timestamptz,
  add column changed_by text;
