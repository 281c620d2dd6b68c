-- Passerelle, access: logins of source systems, what restricts them, nonces, lock-outs, tokens of administrators.
--
-- Four tables answer before the organization is known, so they stand outside row-level security, and are all that do
-- beside those named in 0001: login_directory, nonce, lockout, api_token. None of them holds a secret in the clear.

-- Login names are unique over all organizations: the door's chain looks here first, then sets the organization.
create table login_directory (
  -- Trimmed, NFC, case-folded by the gateway (domain fold()): the server's own lower() depends on its locale.
  user_name_key text collate "C" primary key,
  user_name text not null,
  organization_id integer not null,
  source_system_id integer not null,
  created_at timestamptz not null default now(),
  unique (organization_id, user_name_key),
  foreign key (organization_id, source_system_id) references source_system on delete cascade
);
create index login_directory_source_system on login_directory (organization_id, source_system_id);

-- The secrets of a login; two are valid at once while a rotation overlaps.
create table credential (
  organization_id integer not null,
  -- Also the context that a sealed secret is bound to, so it cannot be moved to another row.
  id uuid not null,
  user_name_key text collate "C" not null,
  kind text not null check (kind in ('hashed', 'sealed')),
  -- argon2id, as a PHC string.
  hash text,
  -- AES-256-GCM; PasswordDigest needs the secret itself.
  sealed bytea,
  created_at timestamptz not null default now(),
  valid_until timestamptz,
  revoked_at timestamptz,
  -- Coarse (to the hour): no write per message.
  last_used_at timestamptz,
  primary key (organization_id, id),
  foreign key (organization_id, user_name_key)
    references login_directory (organization_id, user_name_key) on delete cascade,
  -- A revoked credential stays as a record without its secret.
  check (case when revoked_at is not null then hash is null and sealed is null
              when kind = 'hashed' then hash is not null and sealed is null
              else sealed is not null and hash is null end)
);
create index credential_login on credential (organization_id, user_name_key);

-- What an organization (source_system_id null) or one source system demands beside the right secret. null = anything.
create table access_policy (
  organization_id integer not null references organization on delete cascade,
  source_system_id integer,
  -- Names of links of the authenticator chain.
  mechanisms text[],
  allowed_addresses inet[],
  scope integer generated always as (coalesce(source_system_id, 0)) stored,
  primary key (organization_id, scope),
  foreign key (organization_id, source_system_id) references source_system on delete cascade
);

-- Nonces seen, committed with their message; shared by all processes. The key is a hash of login and nonce.
create table nonce (
  hash bytea primary key,
  expires_at timestamptz not null
);
create index nonce_expiry on nonce (expires_at);

-- Failed attempts per (user name, address). The user name '' stands for the address as a whole.
create table lockout (
  user_name_key text collate "C" not null,
  address text collate "C" not null,
  failures integer not null,
  window_started_at timestamptz not null,
  last_failed_at timestamptz not null,
  locked_until timestamptz,
  primary key (user_name_key, address)
);
create index lockout_locked on lockout (locked_until) where locked_until is not null;
create index lockout_age on lockout (last_failed_at);

-- Bearer tokens of the administration API.
create table api_token (
  id text collate "C" primary key,
  label text not null,
  -- SHA-256 of the whole token; the token is random, so no slow hash is needed.
  hash bytea not null unique,
  -- null = the operator of the whole gateway.
  organization_id integer references organization on delete cascade,
  scopes text[] not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz
);
create index api_token_organization on api_token (organization_id);

do $$
declare tenant_table text;
begin
  foreach tenant_table in array array['credential', 'access_policy']
  loop
    execute format('alter table %I enable row level security', tenant_table);
    execute format('alter table %I force row level security', tenant_table);
    execute format('create policy tenant on %I using (organization_id = current_organization())', tenant_table);
  end loop;
end $$;
