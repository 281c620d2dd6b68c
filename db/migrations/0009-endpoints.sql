-- Endpoints: the addresses of a source system that the gateway calls, and what it sent there.

create table endpoint (
  organization_id integer not null,
  -- Also in the context that its secrets are sealed for, with the origin of the address: they open for no other.
  id uuid not null,
  source_system_id integer not null,
  type text not null check (type in ('bulk', 'outcome', 'outcome2', 'bulk_file_download')),
  address text not null,
  -- The name of an outbound authenticator.
  authentication text not null,
  soap_version text not null check (soap_version in ('1.1', '1.2')),
  connect_timeout_ms integer not null,
  timeout_ms integer not null,
  attempts integer not null,
  -- {"authorities"?, "serverName"?, "minVersion"?}
  tls jsonb not null,
  -- Names of the secrets that are set; they themselves as one JSON object, AES-256-GCM.
  secrets text[] not null,
  sealed bytea,
  -- Of the certificate among them, which is public.
  certificate_subject text,
  certificate_fingerprint text,
  certificate_not_before timestamptz,
  certificate_not_after timestamptz,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  changed_at timestamptz not null default now(),
  changed_by text not null,
  primary key (organization_id, id),
  unique (organization_id, source_system_id, type),
  foreign key (organization_id, source_system_id) references source_system on delete cascade,
  check ((cardinality(secrets) = 0) = (sealed is null)),
  check (('certificate' = any (secrets)) = (certificate_not_after is not null))
);

-- Who changed which endpoint, when: what it was and what it became, without secrets. null = was not there, is not there.
create table endpoint_history (
  organization_id integer not null references organization on delete cascade,
  id bigint generated always as identity,
  source_system_id integer not null,
  type text not null,
  before jsonb,
  after jsonb,
  -- Names of the secrets that were given anew.
  secrets_given text[] not null,
  actor text not null,
  changed_at timestamptz not null default now(),
  primary key (organization_id, id),
  foreign key (organization_id, source_system_id) references source_system on delete cascade
);
create index endpoint_history_endpoint on endpoint_history (organization_id, source_system_id, type, id);

-- The journal holds what the gateway sent as well: written as `sending` before the first byte leaves, completed after the
-- last attempt. One that stays `sending` was interrupted: whether it arrived is not known.
alter table message
  alter column door drop not null,
  add column direction text not null default 'inbound',
  add column endpoint_type text,
  -- [{"startedAt", "durationMs", "status"?, "problem"?}]
  add column attempts jsonb,
  -- What the endpoint answered, sealed as the body is.
  add column answer bytea,
  -- What is there passes: it need not be read, while the table is held, to be believed.
  drop constraint message_result_check,
  add constraint message_result_check check (result in ('success', 'warning', 'failure', 'refused', 'sending')) not valid,
  add constraint message_direction_check check (
    case direction when 'inbound' then door is not null and endpoint_type is null and result <> 'sending'
                   when 'outbound' then door is null and endpoint_type is not null and attempts is not null
                   else false end) not valid;
create index message_outbound on message (organization_id, id) where direction = 'outbound';

do $$
declare tenant_table text;
begin
  foreach tenant_table in array array['endpoint', 'endpoint_history']
  loop
    execute format('alter table %I enable row level security', tenant_table);
    execute format('alter table %I force row level security', tenant_table);
    execute format('create policy tenant on %I using (organization_id = current_organization())', tenant_table);
  end loop;
end $$;
