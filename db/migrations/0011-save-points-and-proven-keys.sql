-- Save points also tell what changed in the LMS: up to when changes were removed, which instants a restore took back, and
-- which pair of person and org unit a changed enrollment is.

alter table lane
  -- The changes before this instant are not kept any more (removed_seq tells the last of them).
  add column removed_before timestamptz,
  -- What was told between these instants was undone when the database was restored.
  add column undone tstzmultirange not null default '{}';

-- The rows are of all organizations: for this moment the policy binds their owner, who migrates, no more than others. Nobody
-- noted when the changes that are gone were made: long ago, but it is not known how long.
alter table lane no force row level security;
update lane set removed_before = now() where removed_seq > 0;
alter table lane force row level security;

-- Whoever holds the private key has said that it is of this login: then no other login takes it away by pinning it.
alter table login_key add column proven boolean not null default false;

create index lms_enrollment_id on lms_enrollment (organization_id, id);
