-- Who is told what, and source systems that have fallen silent (docs/adr/0057).

-- Who is told of what: by e-mail, or at the address of a webhook.
create table notification_subscription (
  organization_id integer not null references organization on delete cascade,
  name text collate "C" not null,
  -- null = every source system.
  source_system_id integer,
  events text[] not null,
  email text,
  address text,
  language text not null check (language in ('en', 'fr')),
  -- Times in e-mails are said in it.
  time_zone text not null,
  enabled boolean not null,
  -- What webhooks are signed with; it opens for this subscription and the origin of its address only.
  sealed bytea,
  version integer not null default 1,
  changed_at timestamptz not null default now(),
  changed_by text not null,
  primary key (organization_id, name),
  foreign key (organization_id, source_system_id) references source_system on delete cascade,
  check ((email is null) <> (address is null)),
  check ((address is null) = (sealed is null))
);

-- What happened, written in the transaction in which it happened. Who is told is found out afterwards.
create table notification_event (
  organization_id integer not null references organization on delete cascade,
  id uuid not null,
  source_system_id integer not null,
  event text not null,
  run_id uuid,
  at timestamptz not null default clock_timestamp(),
  -- Of other events than those of runs: what there is to tell.
  detail jsonb,
  -- What is told, of one that was spread to the subscriptions.
  facts jsonb,
  primary key (organization_id, id),
  foreign key (organization_id, source_system_id) references source_system on delete cascade
);
create index notification_event_open on notification_event (organization_id, at) where facts is null;

-- One event for one subscription, until it is delivered or given up.
create table notice (
  organization_id integer not null,
  id uuid not null,
  event_id uuid not null,
  subscription text collate "C" not null,
  state text not null check (state in ('waiting', 'sent', 'given_up')),
  attempts integer not null default 0,
  next_at timestamptz not null,
  -- Somebody delivers it, and is believed to until then.
  claimed_until timestamptz,
  give_up_at timestamptz not null,
  -- Why the last attempt failed: {"code", "message"}.
  problem jsonb,
  ended_at timestamptz,
  primary key (organization_id, id),
  foreign key (organization_id, event_id) references notification_event on delete cascade,
  foreign key (organization_id, subscription) references notification_subscription on delete cascade
);
create index notice_due on notice (organization_id, next_at) where state = 'waiting';
create index notice_event on notice (organization_id, event_id);
create index notice_subscription on notice (organization_id, subscription);

-- How long a source system may be silent, and whether it is.
create table freshness (
  organization_id integer not null,
  source_system_id integer not null,
  -- {"maxSilenceMinutes", "timeZone", "hours"?, "weekdays"?, "terms"?, "excluded"?}
  calendar jsonb not null,
  -- Silence counts from here at the earliest.
  watched_from timestamptz not null default now(),
  heard_at timestamptz,
  -- So far the journal was read.
  looked_to timestamptz not null,
  next_at timestamptz not null,
  -- It is silent, and that was told.
  silent_since timestamptz,
  version integer not null default 1,
  changed_at timestamptz not null default now(),
  changed_by text not null,
  primary key (organization_id, source_system_id),
  foreign key (organization_id, source_system_id) references source_system on delete cascade
);
create index freshness_due on freshness (organization_id, next_at);

-- A run ends in several places, and in each of them it must be told in the same transaction.
create function tell_run_ended() returns trigger language plpgsql as $$
begin
  if exists (select from notification_subscription where organization_id = new.organization_id) then
    insert into notification_event (organization_id, id, source_system_id, event, run_id)
    values (new.organization_id, gen_random_uuid(), new.source_system_id, 'run_' || new.state, new.id);
  end if;
  return null;
end $$;
create trigger tell_run_ended after update of state on run for each row
  when (new.state in ('finished', 'failed', 'cancelled') and old.state <> new.state) execute function tell_run_ended();

-- All that a transaction holds of a run is one event. A part that is taken out of a hold is decided in the same moment.
create function tell_held() returns trigger language plpgsql as $$
begin
  if exists (select from notification_subscription where organization_id = new.organization_id)
     and not exists (select from notification_event e
                      where e.organization_id = new.organization_id and e.facts is null and e.event = 'held' and e.run_id = new.run_id) then
    insert into notification_event (organization_id, id, source_system_id, event, run_id)
    select r.organization_id, gen_random_uuid(), r.source_system_id, 'held', r.id
      from run r where r.organization_id = new.organization_id and r.id = new.run_id and r.mode = 'apply';
  end if;
  return null;
end $$;
create trigger tell_held after insert on run_hold for each row
  when (new.state = 'held' and not new.finding ? 'partOf') execute function tell_held();

do $$
declare tenant_table text;
begin
  foreach tenant_table in array array['notification_subscription', 'notification_event', 'notice', 'freshness']
  loop
    execute format('alter table %I enable row level security', tenant_table);
    execute format('alter table %I force row level security', tenant_table);
    execute format('create policy tenant on %I using (organization_id = current_organization())', tenant_table);
  end loop;
end $$;
