-- Save points also tell what changed in the LMS: up to when changes were removed, which instants a restore took back, and
-- which pair of person and org unit a changed enrollment is.

alter table lane
  -- The changes before this instant are not kept any more (removed_seq tells the last of them).
  add column removed_before timestamptz,
  -- What was told between these instants was undone when the database was restored.
  add column undone tstzmultirange not null default '{}';

create index lms_enrollment_id on lms_enrollment (organization_id, id);
