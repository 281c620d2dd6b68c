-- Memberships of a run are applied by several connections under one lane (docs/adr/0063).

-- How a pair of LMS user and org unit is to stand and how it does, on its way from the statement that finds it to the one that
-- writes it. No id: there is no row yet. No role_id: it is to end.
create type enrollment_difference as (
  user_id bigint,
  org_unit_id bigint,
  id bigint,
  role_id integer,
  sub_role text,
  starts_at timestamptz,
  ends_at timestamptz,
  stood boolean,
  old_role_id integer,
  old_sub_role text,
  old_starts_at timestamptz,
  old_ends_at timestamptz
);

-- The last change.seq that was committed by a connection that worked under the lane of another one, which was to write it to the
-- lane when it commits itself: if it never did, the next one goes on from here.
create table lane_ahead (
  organization_id integer primary key references organization on delete cascade,
  change_seq bigint not null
);

alter table lane_ahead enable row level security;
alter table lane_ahead force row level security;
create policy tenant on lane_ahead using (organization_id = current_organization());
