import type { WriteCommand } from '../../domain/command.ts';
import type { Right } from '../../domain/rights.ts';
import { goneSql, namesGone } from '../declare/gone.ts';
import { meansSql } from '../declare/means-sql.ts';
import type { Lane, LaneSource } from '../lane.ts';
import { reachOf } from './reach.ts';
import { meantSql, seenOf } from './seen-sql.ts';
import { unitOn } from './seen.ts';
import type { UnitRow } from './seen.ts';

/** What a delete would take along although a right of reach into it is withheld. */
export interface OutOfReach {
  readonly right: Right;
  readonly kind: string;
  readonly sourcedId: string;
}

/**
 * For each delete that takes others along the first of them that is out of reach, undefined where none is. One statement for
 * all; it answers what differs in what reach looks at, not every row: of each org unit one enrollment.
 *
 * @param deletes of what is there
 */
export async function readOutOfReach(
  lane: Lane,
  source: LaneSource,
  deletes: readonly WriteCommand[],
  withheld: ReadonlySet<Right>,
  now: Date,
): Promise<(OutOfReach | undefined)[]> {
  const found: (OutOfReach | undefined)[] = deletes.map(() => undefined);
  if (deletes.length === 0) return found;
  for (const { at, isEnrollment, unit, kind, sourcedId } of await readTaken(lane, source, deletes)) {
    const reach = unitOn(unit.base, unit)
      .flatMap((each) => reachOf(each, isEnrollment, now))
      .find((each) => withheld.has(`reach.${each}`));
    if (reach !== undefined) found[at] ??= { right: `reach.${reach}`, kind, sourcedId };
  }
  return found;
}

interface TakenRow {
  at: number;
  isEnrollment: boolean;
  unit: UnitRow;
  /** One of those that are alike. */
  kind: string;
  sourcedId: string;
}

async function readTaken(lane: Lane, source: LaneSource, deletes: readonly WriteCommand[]): Promise<TakenRow[]> {
  const asked = deletes.map(({ entity, kind, sourcedId }, at) => ({ at, entity, kind, sourcedId, isAsked: true }));
  const persons = asked.filter(({ entity }) => entity === 'user');
  const named = await namesGone(lane, source, deletes);
  const units = [
    ...asked.filter(({ entity }) => entity !== 'user'),
    ...named.map((unit) => ({ ...unit, isAsked: false })),
  ];
  const { rows } = await lane.client.query<TakenRow>({
    name: 'rights_taken_along',
    text: takenSql,
    values: [
      lane.organizationId,
      source.id,
      persons.map(({ sourcedId }) => sourcedId),
      units.map(({ kind }) => kind),
      units.map(({ sourcedId }) => sourcedId),
      source.options.sectionBringsOffering !== null,
      persons.map(({ at }) => at),
      units.map(({ at }) => at),
      units.map(({ isAsked }) => isAsked),
    ],
  });
  return rows;
}

const takenSql = `
  with recursive seeds as (
    select * from unnest($4::text[], $5::text[], $8::integer[], $9::boolean[]) as k(kind, sourced_id, at, is_asked)
  ),
  ${goneSql('seeds k', 'at')},
  reached as (
    select g.at, false as is_enrollment, g.kind, g.sourced_id, g.kind as taken_kind, g.sourced_id as taken_id
      from gone g
     where not exists (
             select from seeds k where k.is_asked and k.at = g.at and k.kind = g.kind and k.sourced_id = g.sourced_id)
    union all
    select g.at, true, g.kind, g.sourced_id, 'membership', first.sourced_id
      from gone g
      cross join lateral (
        select e.sourced_id from declared_enrollment e
         where e.organization_id = $1 and e.source_system_id = $2 and e.org_unit_sourced_id = g.sourced_id and not e.deleted
           and ${meansSql('e.org_unit_kind')}
         limit 1) first
    union all
    select person.at, true, e.org_unit_kind, e.org_unit_sourced_id, 'membership', e.sourced_id
      from unnest($3::text[], $7::integer[]) as person(sourced_id, at)
      join declared_enrollment e on e.organization_id = $1 and e.source_system_id = $2 and e.user_sourced_id = person.sourced_id and not e.deleted
  ),
  seen as (
    select r.at, r.is_enrollment, r.taken_kind, r.taken_id, jsonb_build_object('base', t.base, ${seenOf('unit')}) as unit
      from reached r
      ${meantSql('r')}
  )
  select s.at, s.is_enrollment as "isEnrollment", s.unit, (array_agg(s.taken_kind order by s.taken_id))[1] as kind, min(s.taken_id) as "sourcedId"
    from seen s
   group by s.at, s.is_enrollment, s.unit
   order by s.at, s.is_enrollment, min(s.taken_id)`;
