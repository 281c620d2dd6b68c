import type pg from 'pg';
import { orgUnitWireKinds } from '../../../domain/entities.ts';
import { type Guards, isOver, limitOf } from '../../../domain/guards.ts';
import type { LeasedRun } from '../lease.ts';
import type { Said } from '../plan/said.ts';
import type { Counted, Finding } from './finding.ts';
import { type NewIds, readNewIds } from './new-ids.ts';
import { changesIdentifier } from './risks-sql.ts';

/** What came under other sourcedIds, beside what changes its identifiers, is more than the limit. */
export async function newIds(
  client: pg.ClientBase,
  run: LeasedRun,
  guards: Guards,
  counted: readonly Counted[],
  stated: Pick<Said, 'has'>,
): Promise<readonly NewIds[]> {
  const found: NewIds[] = [];
  for (const { kind, live, adds, identifiers } of counted) {
    const isTooMany = (count: number): boolean =>
      isOver(limitOf(guards, 'identifiers', kind), count + identifiers, live);
    // No more can be called otherwise than are there: a first file has nobody to be mistaken for.
    const most = Math.min(adds, live);
    if (kind === 'membership' || most === 0 || !isTooMany(most)) continue;
    const one = await readNewIds(client, run, kind, stated);
    if (one.pairs.length > 0 && isTooMany(one.pairs.length)) found.push(one);
  }
  return found;
}

/** The new ones and those whose names they have are held together, and with them what names them. */
export function ofNewIds(guards: Guards, { kind, pairs }: NewIds, counted: readonly Counted[]): Finding[] {
  const { live = 0, identifiers = 0 } = counted.find((one) => one.kind === kind) ?? {};
  const common = {
    guard: 'identifiers' as const,
    count: pairs.length + identifiers,
    of: live,
    limit: limitOf(guards, 'identifiers', kind),
    newSourcedIds: kind,
  };
  const ids = pairs.flatMap(({ sourcedId, holder }) => [sourcedId, holder]);
  const items = pairs.flatMap(({ number, removedBy }) => (removedBy === null ? [number] : [number, removedBy]));
  const memberships = kind === 'person' ? namesPerson : namesOrgUnit;
  return [
    {
      ...common,
      kind,
      condition: `(i.number = any($5::bigint[]) or ${changesIdentifier})`,
      values: [items],
    },
    { ...common, kind: 'membership', condition: memberships, values: [ids] },
    ...(kind === 'person' ? [] : orgUnitWireKinds).map((each) => ({
      ...common,
      kind: each,
      condition: namesParent,
      values: [ids],
    })),
  ];
}

const namesPerson = `coalesce(i.command->'fields'->>'userSourcedId', i.before->>'userSourcedId') = any($5::text[])`;
const namesOrgUnit = `coalesce(i.command->'fields'->'orgUnit'->>'sourcedId', i.before->'orgUnit'->>'sourcedId') = any($5::text[])`;
const namesParent = `exists (
  select from jsonb_path_query(i.command, '$.fields.parents[*].sourcedId') parent where parent #>> '{}' = any($5::text[]))`;
