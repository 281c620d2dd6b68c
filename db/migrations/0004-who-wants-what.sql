-- Who is woken when a name, an id or a code comes free is found by an index, whoever asks for it.

-- An override may ask for the code of an org unit, too: a key of its own, since a code is free or taken within a type.
alter table override drop column wish_key;
alter table override add column wish_key text collate "C" generated always as (
  case field when 'userName' then 'user_name:' when 'orgDefinedId' then 'org_defined_id:' when 'code' then 'code:' end
    || fold(value #>> '{}')) stored;
create index override_wish_key on override (organization_id, wish_key) where wish_key is not null;

