import type pg from 'pg';
import type { WireKind } from '../../../domain/entities.ts';
import type { LeasedRun } from '../lease.ts';
import type { Said } from '../plan/said.ts';

/** New records of a kind that are called what records are called that are there under other sourcedIds. */
export interface NewIds {
  readonly kind: WireKind;
  readonly pairs: readonly NewId[];
}

export interface NewId {
  /** Of the item that adds it. */
  readonly number: string;
  readonly sourcedId: string;
  /** Who is called so, and the item that removes it. */
  readonly holder: string;
  readonly removedBy: string | null;
  /** What both are called. */
  readonly word: string;
}

/**
 * Pairs what is new with what is there by user name, org-defined id, e-mail address with the same name, or code: the SIS may have given its
 * records other sourcedIds. Who is in the files beside the new one is somebody else, and what several are called by e-mail and name tells of none of them.
 */
export async function readNewIds(
  client: pg.ClientBase,
  { organizationId, sourceSystemId, id }: LeasedRun,
  kind: WireKind,
  stated: Pick<Said, 'has'>,
): Promise<NewIds> {
  await client.query('savepoint new_ids');
  await client.query('set local enable_mergejoin = off; set local enable_seqscan = off');
  const { rows } = await client.query<NewId>(kind === 'person' ? personsSql : orgUnitsSql, [
    organizationId,
    sourceSystemId,
    id,
    kind,
  ]);
  await client.query('rollback to savepoint new_ids');
  return {
    kind,
    pairs: rows.filter(({ holder, removedBy }) => removedBy !== null || !stated.has({ kind, sourcedId: holder })),
  };
}

/** Tells once of a kind that its ids seem to have changed, at the place of the first. */
export async function tellNewIds(
  client: pg.ClientBase,
  { organizationId, id, options, mode }: LeasedRun,
  { kind, pairs }: NewIds,
  last: number,
): Promise<number> {
  const [first] = pairs;
  if (first === undefined) return 0;
  const { sourcedId, holder, word, number } = first;
  const plural = kind === 'person' ? 'persons' : `${kind}s`;
  const called =
    kind === 'person'
      ? 'the user names, org-defined ids or e-mail addresses of persons who are there'
      : `the codes of ${plural} that are there`;
  const held =
    options.force === true
      ? 'They are applied all the same, as was asked for'
      : `They ${mode === 'apply' ? 'are' : 'would be'} held, with what names them`;
  const message =
    `${String(pairs.length)} ${plural} are new by their sourcedIds, and have ${called} under others: "${sourcedId}" is called "${word}", as "${holder}" is. ` +
    `The source system seems to have given them other sourcedIds. ${held}. ` +
    `If they are the same, discard that, have the source system rename them, and send the file again; if they are others, give them ${kind === 'person' ? 'user names and ids' : 'codes'} of their own.`;
  await client.query(
    `insert into run_problem (organization_id, run_id, number, severity, code, message, file, line, kind, sourced_id, affects)
     select $1, $2, $3, 'warning', $4, $5, f.name, i.line, i.kind, i.sourced_id, $6
       from run_item i left join run_file f on f.organization_id = $1 and f.run_id = $2 and f.number = i.file
      where i.organization_id = $1 and i.run_id = $2 and i.number = $7`,
    [
      organizationId,
      id,
      last + 1,
      kind === 'person' ? 'identity_conflict' : 'code_in_use',
      message,
      pairs.length,
      number,
    ],
  );
  return 1;
}

const removedSql = `
    left join lateral (
      select r.number from run_item r
       where r.sourced_id = p.holder and r.run_id = $3 and r.organization_id = $1 and r.kind = $4 and r.operation = 'remove'
       order by r.number desc limit 1) r on true`;

/** Materialized: row-level security keeps an expression that is not leakproof (fold) away from the indexes, a column not. */
const personsSql = `
  with adds as materialized (
    select i.number, i.sourced_id, fold(i.command->'fields'->>'userName') as name_key, fold(i.command->'fields'->>'email') as email_key,
           fold(coalesce(i.command->'fields'->>'orgDefinedId', i.sourced_id)) as id_key,
           fold(i.command->'fields'->>'givenName') as given_key, fold(i.command->'fields'->>'familyName') as family_key
      from run_item i where i.organization_id = $1 and i.run_id = $3 and i.kind = $4 and i.operation = 'add'
  ),
  asked as (
    select number, sourced_id, 1 as rank, name_key as key, null as family_key, null as given_key from adds where name_key is not null
    union all
    select number, sourced_id, 2, id_key, null, null from adds
    union all
    select number, sourced_id, 3, email_key, family_key, given_key from adds where email_key is not null and family_key is not null
  ),
  holders as (
    select a.rank, a.key, null as family_key, null as given_key, d.sourced_id as holder
      from (select distinct rank, key from asked where rank = 1) a
      cross join lateral (
        select d.* from declared_user d
         where d.organization_id = $1 and d.user_name_key = a.key and d.source_system_id = $2 and not d.deleted and not d.released offset 0) d
    union all
    select a.rank, a.key, null, null, l.sourced_id
      from (select distinct rank, key from asked where rank = 2) a
      cross join lateral (
        select u.id from lms_user u where u.organization_id = $1 and u.org_defined_id_key = a.key and u.state <> 'deleted' offset 0) u
      cross join lateral (
        select l.sourced_id from link l
         where l.organization_id = $1 and l.lms_id = u.id and l.source_system_id = $2 and l.kind = 'person'
           and exists (select from declared_user d
                        where d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = l.sourced_id
                          and not d.deleted and not d.released offset 0) offset 0) l
    union all
    select a.rank, a.key, fold(d.fields->>'familyName'), fold(d.fields->>'givenName'), d.sourced_id
      from (select distinct rank, key from asked where rank = 3) a
      cross join lateral (
        select d.* from declared_user d
         where d.organization_id = $1 and d.email_key = a.key and d.source_system_id = $2 and not d.deleted and not d.released offset 0) d
  ),
  -- Not joined: of thousands with one e-mail address on both sides, that would be each with each.
  pairs as (
    select number, sourced_id, rank, key as word, min(holder) over called as holder, count(holder) over called as holders
      from (select number, sourced_id, rank, key, family_key, given_key, null as holder from asked
            union all
            select null, null, rank, key, family_key, given_key, holder from holders) together
    window called as (partition by rank, key, family_key, given_key)
  ),
  chosen as (
    select distinct on (p.number) p.* from pairs p
     where p.number is not null and p.holder <> p.sourced_id and (p.rank < 3 or p.holders = 1)
     order by p.number, p.rank
  )
  select p.number, p.sourced_id as "sourcedId", p.holder, p.word, r.number as "removedBy" from chosen p ${removedSql} order by p.number`;

const orgUnitsSql = `
  with adds as materialized (
    select i.number, i.sourced_id, fold(coalesce(i.command->'fields'->>'code', i.sourced_id)) as code_key, fold(i.command->'fields'->>'type') as type_key
      from run_item i where i.organization_id = $1 and i.run_id = $3 and i.kind = $4 and i.operation = 'add'
  ),
  chosen as (
    select distinct on (a.number) a.number, a.sourced_id, d.sourced_id as holder, a.code_key as word
      from adds a
      cross join lateral (
        select d.* from declared_org_unit d
         where d.organization_id = $1 and d.code_key = a.code_key and d.source_system_id = $2 and d.kind = $4
           and not d.deleted and not d.released and not d.implied offset 0) d
     where d.sourced_id <> a.sourced_id and fold(d.fields->>'type') is not distinct from a.type_key
     order by a.number, d.sourced_id
  )
  select p.number, p.sourced_id as "sourcedId", p.holder, p.word, r.number as "removedBy" from chosen p ${removedSql} order by p.number`;
