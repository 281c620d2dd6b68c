-- Trimmed, NFC, lower case, as before. What is of one byte a character is in NFC already, and most names, codes and roles are: to
-- normalize them cost more than all else that is done to look one up. Not strict, which would keep it from being inlined;
-- parsed once, for a single insert into a table with keys made by it inlines it anew.
create or replace function fold(value text) returns text language sql immutable parallel safe
  return lower(case when octet_length(value) = length(value) then btrim(value) else normalize(btrim(value), NFC) end);

-- Objects laid over each other in the order in which they come: of each key the last one's value stays.
create aggregate laid_over(jsonb) (sfunc = jsonb_concat, stype = jsonb, parallel = safe);
