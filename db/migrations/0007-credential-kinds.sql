-- API keys and certificates as credentials; what an access policy requires beside the credential that identifies.

alter table credential drop constraint credential_kind_check, drop constraint credential_check;
alter table credential
  -- X.509, DER. Public, so a revoked credential keeps it.
  add column certificate bytea,
  -- What of it is pinned: this very certificate, or any that bears its public key.
  add column pin text check (pin in ('certificate', 'public_key')),
  add column subject text,
  add column fingerprint text,
  add column not_before timestamptz,
  add column not_after timestamptz,
  -- Its rows in login_key.
  add column login_keys text[] not null default '{}',
  add constraint credential_kind_check check (kind in ('hashed', 'sealed', 'api_key', 'certificate')),
  add constraint credential_secret_check check (
    (kind = 'certificate') = (certificate is not null and pin is not null and not_after is not null)
    and case when revoked_at is not null or kind = 'certificate' then hash is null and sealed is null
             when kind = 'sealed' then sealed is not null and hash is null
             -- 'hashed': argon2id; 'api_key': SHA-256 in hexadecimal, enough for 256 random bits.
             else hash is not null and sealed is null end);
create index credential_expiry on credential (organization_id, not_after) where kind = 'certificate' and revoked_at is null;

-- By what else than its user name a login is found: the id of an API key, the public key of a certificate. Read before the
-- organization is known, so it stands outside row-level security beside login_directory. It holds no secret.
create table login_key (
  key text collate "C" not null,
  user_name_key text collate "C" not null references login_directory on delete cascade,
  -- Names one login only. Others (a certificate's serial number) are hints: the signature tells whose it is.
  exclusive boolean not null,
  primary key (key, user_name_key)
);
create unique index login_key_exclusive on login_key (key) where exclusive;
create index login_key_login on login_key (user_name_key);

-- Names of links of the chain that must also agree.
alter table access_policy add column requires text[];
