-- Who is woken when a name, an id or a code comes free is found by an index, whoever asks for it.

-- An override may ask for the code of an org unit, too: a key of its own, since a code is free or taken within a type.
alter table override drop column wish_key;
alter table override add column wish_key text collate "C" generated always as (
  case field when 'userName' then 'user_name:' when 'orgDefinedId' then 'org_defined_id:' when 'code' then 'code:' end
    || fold(value #>> '{}')) stored;
create index override_wish_key on override (organization_id, wish_key) where wish_key is not null;

-- A person who waits `identity_conflict` waits for its user name or for its org-defined id, whichever comes first. (Columns:
-- row-level security keeps an expression that is not leakproof, such as fold, away from the indexes.)
alter table declared_user
  add column wanted_name_key text collate "C" generated always as (
    case wait_code when 'identity_conflict' then 'user_name:' || fold(fields->>'userName') end) stored,
  add column wanted_id_key text collate "C" generated always as (
    case wait_code when 'identity_conflict' then 'org_defined_id:' || fold(coalesce(fields->>'orgDefinedId', sourced_id)) end) stored;
create index declared_user_wanted_name on declared_user (organization_id, wanted_name_key) where wanted_name_key is not null;
create index declared_user_wanted_id on declared_user (organization_id, wanted_id_key) where wanted_id_key is not null;
