import type { RecordCommand } from '../../../domain/command.ts';
import { allAtOnce, comparingSql, touchedSql, writtenSql } from '../../declare/enrollments.ts';
import type { Declared } from '../../declare/declare.ts';
import type { Lane, LaneSource, Reading } from '../../lane.ts';
import { placingManySql } from '../../projection/place-enrollments.ts';
import { sqlStateOf } from '../../sql-state.ts';
import { outcomeOf } from '../../standing.ts';
import type { LeasedRun } from '../lease.ts';
import { isDeletedByItselfSql, overtakenSql } from '../newer-sql.ts';
import type { Portion } from './apply-range.ts';
import { ofApprovedSql } from './approved-holds.ts';
import { outcomesOf, overtakenOutcome, type RunOutcome } from './outcomes.ts';
import { Meeting, type Presumed } from './presumed.ts';

/** Fewer memberships than this are applied with what stands among them. */
const fewest = 100;

/** Memberships of the plan that can be applied as they stand there. */
export interface Stretch {
  /** In how many shares it may be. */
  readonly parts: number;
  readonly shares: readonly Share[];
  readonly count: number;
  /** They are those after this item, */
  readonly after: number;
  /** up to this one. */
  readonly last: number;
}

export interface Share {
  /** Of the LMS users that are linked: the remainder of their ids. Nobody whom an LMS user is linked to is in two shares. */
  readonly share: number;
  /** As the database writes an array. */
  readonly numbers: string;
}

/**
 * The memberships that are next in the plan, up to the first item that is something else, or of a key that came before, or that
 * moves to another person; undefined where they are few.
 */
export async function nextMemberships(
  { client, organizationId }: Reading,
  run: LeasedRun,
  { hold, after }: Portion,
  most: number,
  parts: number,
): Promise<Stretch | undefined> {
  // Thousands are joined with their links, which are taken for a few.
  await client.query('set local enable_nestloop = off');
  const { rows } = await client.query<Share & { count: number; last: string }>({
    name: hold === null ? 'run_memberships_next' : 'run_memberships_of_hold',
    text:
      hold === null
        ? stretchSql('hold is null and $6::integer is null', 'true')
        : stretchSql(ofApprovedSql, `command->>'verb' <> 'update' and not exists (${laterItemsSql})`),
    values: [organizationId, run.sourceSystemId, run.id, after, most, hold, parts],
  });
  await client.query('set local enable_nestloop = on');
  const count = rows.reduce((sum, share) => sum + share.count, 0);
  if (count < fewest) return undefined;
  return { parts, shares: rows, count, after, last: Math.max(...rows.map(({ last }) => Number(last))) };
}

/** A command of no wishes: helpers apply no other one of a membership. */
export const isPlainSql = (command: string): string => `${command} - '{verb,fields,tombstone}'::text[] = '{}'`;

/** What later files said of the membership may have to be said again. */
const laterItemsSql = `
  select from run_item u where u.sourced_id = next.sourced_id and u.run_id > $3 and u.organization_id = $1 and u.kind = 'membership'`;

function stretchSql(which: string, isAlone: string): string {
  return `
    with next as materialized (
      select number, kind, sourced_id, command, before->>'userSourcedId' as user_before, coalesce(command->'fields', command->'tombstone')->>'userSourcedId' as user_stated
        from run_item
       where organization_id = $1 and run_id = $3 and number > $4 and ${which}
       order by number limit $5
    ),
    judged as materialized (
      select number, coalesce(user_stated, user_before) as user_sourced_id, row_number() over (partition by sourced_id order by number) > 1 as again,
             kind = 'membership' and ${isPlainSql('command')} and command->>'verb' in ('replace', 'update', 'delete')
             and coalesce(user_before = user_stated, user_before is not null or user_stated is not null) and ${isAlone} as plain
        from next
    ),
    taken as materialized (
      select number, user_sourced_id from judged where number < coalesce((select min(number) from judged where again or not plain), $4 + 1 + (select max(number) from next))
    ),
    linked as materialized (
      select l.sourced_id, l.lms_id from link l
       where l.organization_id = $1 and l.source_system_id = $2 and l.kind = 'person' and l.sourced_id = any(array(select user_sourced_id from taken))
    )
    select share, array_agg(number)::text as numbers, count(*)::integer as count, max(number) as last
      from (select t.number, coalesce(mod(l.lms_id, $7), 0)::integer as share from taken t left join linked l on l.sourced_id = t.user_sourced_id) t
     group by share`;
}

/** What a share has declared. */
export interface DeclaredShare {
  /** The pairs that its rows reach or reached; null = none. */
  readonly userIds: string | null;
  readonly orgUnitIds: string | null;
  /** What is not simply done. */
  readonly told: readonly Told[];
  /** A row reaches, or reached, an LMS user of another share by now. */
  readonly isMisplaced: boolean;
}

const uniqueViolation = '23505';

/**
 * Declares a share straight from the plan: its rows are not carried through this process.
 *
 * @throws Meeting
 */
export async function declareShare(
  lane: Lane,
  source: LaneSource,
  run: LeasedRun,
  { parts, presumesNew }: Pick<Stretch, 'parts'> & Presumed,
  { share, numbers }: Share,
): Promise<DeclaredShare> {
  const declaring = lane.client.query<DeclaredShare>({
    name: 'run_memberships_declare',
    text: declareSql,
    values: [lane.organizationId, source.id, run.id, numbers, share, parts, presumesNew],
  });
  const { rows } = await declaring.catch((error: unknown) => {
    if (presumesNew && sqlStateOf(error) === uniqueViolation)
      throw new Meeting('a membership that was not there has come', { cause: error });
    throw error;
  });
  if (rows[0] === undefined) throw new Error('nothing became of the memberships of a run');
  return rows[0];
}

export interface Told {
  readonly sourced_id: string;
  readonly status: Declared | 'overtaken';
  readonly wait_code: string | null;
  readonly wait_on: string | null;
  readonly unmapped: string | null;
}

const statedSql = `
  stated as (
    select i.sourced_id, i.command->>'verb' as verb, f.fields->>'userSourcedId' as user_sourced_id, f.fields->'orgUnit'->>'kind' as org_unit_kind,
           f.fields->'orgUnit'->>'sourcedId' as org_unit_sourced_id, f.fields->'roles' as roles, f.fields->'attributes' as attributes,
           i.command->>'verb' <> 'replace' and not coalesce(f.fields ? 'attributes', false) as keeps_attributes,
           i.before is not null or i.operation <> 'add' or not $7::boolean as may_be_there, false as must_exist, false as only_new, null::text as leaves, $3::uuid as message_id, (i.before->>'messageId')::uuid as compared_id
      from run_item i
      cross join lateral (select coalesce(i.command->'fields', i.command->'tombstone') as fields offset 0) f
     where i.organization_id = $1 and i.run_id = $3 and i.number = any($4::bigint[])
  )`;

const isOvertakenSql = overtakenSql({
  kind: `'membership'`,
  sourcedId: 's.sourced_id',
  now: 'was.message_id',
  compared: 's.compared_id',
});

const declareSql = `
  with ${comparingSql(statedSql, isOvertakenSql, allAtOnce)},
  ${touchedSql},
  ${placingManySql},
  ${writtenSql},
  reached as (
    select user_id, org_unit_id from placed where user_id is not null
    union all
    select old_user_id, old_org_unit_id from placed
     where old_user_id is not null and (old_user_id, old_org_unit_id) is distinct from (user_id, org_unit_id)
  ),
  told as (
    select sourced_id, status, wait_code, wait_on, unmapped from placed where wait_code is not null
    union all
    select sourced_id, status, (was).wait_code, (was).wait_on,
           (select min(e.value->>'role') from jsonb_array_elements((was).roles) e
             where not exists (select from role_map m where m.organization_id = $1 and m.source_system_id = $2 and m.sis_role_key = fold(e.value->>'role')))
      from compared
     where status not in ('created', 'updated', 'deleted') and (status <> 'unchanged' or (was).wait_code is not null)
       -- Of no key a share has two items: what is above it is above them all.
       and not coalesce(status = 'unknown' and (was).deleted and ${isDeletedByItselfSql('compared.sourced_id', 'all($4::bigint[])', '(was).message_id')}, false)
  )
  select array_agg(user_id)::text as "userIds", array_agg(org_unit_id)::text as "orgUnitIds",
         (select coalesce(jsonb_agg(to_jsonb(told)), '[]') from told) as told,
         exists (select from placed where mod(person_id, $6::integer) <> $5::integer or mod(old_user_id, $6::integer) <> $5::integer) as "isMisplaced"
    from reached`;

/** What is to be told of a share, once all is settled: a row that waits for one role may stand by another. */
export async function outcomesOfShare(
  { client, organizationId }: Lane,
  source: LaneSource,
  run: LeasedRun,
  numbers: string,
  told: readonly Told[],
): Promise<RunOutcome[]> {
  if (told.length === 0) return [];
  const { rows } = await client.query<{ number: string; command: object; sourcedId: string; lmsId: string | null }>({
    name: 'run_memberships_told',
    text: toldSql,
    values: [organizationId, source.id, run.id, numbers, told.map(({ sourced_id: sourcedId }) => sourcedId)],
  });
  const of = new Map(told.map((one) => [one.sourced_id, one]));
  return rows.flatMap(({ number, command, sourcedId, lmsId }) => {
    const one = of.get(sourcedId);
    if (one === undefined) return [];
    if (one.status === 'overtaken') return [overtakenOutcome(Number(number), 'membership', sourcedId)];
    const { status, wait_code: waitCode, wait_on: waitOn } = one;
    const unmapped = waitCode === 'unmapped_role' ? null : one.unmapped;
    const asked = { entity: 'enrollment', kind: 'membership', sourcedId, ...command } as RecordCommand;
    return outcomesOf(
      Number(number),
      outcomeOf(asked, status, { live: lmsId !== null, waitCode, waitOn, unmapped, lmsId }),
    );
  });
}

const toldSql = `
  select i.number, i.command, i.sourced_id as "sourcedId",
         (select e.id from declared_enrollment d
            join lms_enrollment e on e.organization_id = $1 and e.user_id = d.user_id and e.org_unit_id = d.org_unit_id and not e.ended
           where d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = i.sourced_id limit 1) as "lmsId"
    from run_item i
   where i.organization_id = $1 and i.run_id = $3 and i.number = any($4::bigint[]) and i.sourced_id = any($5::text[])`;
