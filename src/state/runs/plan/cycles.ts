import type pg from 'pg';
import type { OrgUnitWireKind } from '../../../domain/entities.ts';
import type { SourceSystemOptions } from '../../../domain/source-system.ts';
import type { LeasedRun } from '../lease.ts';
import { meantKindSql, thereSql } from './loose-ends.ts';
import { circlesOf } from './circles.ts';
import { unitItemsSql } from './items-among.ts';
import { parentsInTheEndSql } from './parents-in-the-end.ts';

export interface OrgUnit {
  readonly kind: OrgUnitWireKind;
  readonly sourcedId: string;
}

/**
 * The org units that would be their own ancestors (docs/projection.md 4) by what the plan states of parents, along what is declared as well: those of one
 * circle together. The database leaves out what cannot be on one, which is nearly all; what is left is few, and looked through in one pass.
 */
export async function findCycles(
  client: pg.ClientBase,
  run: LeasedRun,
  { sectionBringsOffering }: Pick<SourceSystemOptions, 'sectionBringsOffering'>,
): Promise<readonly (readonly OrgUnit[])[]> {
  const values = [run.organizationId, run.sourceSystemId, run.id, sectionBringsOffering !== null];
  const { rows } = await client.query<Edge>(cyclesSql, values);
  const units = new Map<string, OrgUnit>();
  const edges = rows.map(({ kind, unit, parent_kind: parentKind, parent }): readonly [string, string] => {
    units.set(`${kind} ${unit}`, { kind, sourcedId: unit });
    return [`${kind} ${unit}`, `${parentKind} ${parent}`];
  });
  return circlesOf(edges).map((circle) => circle.flatMap((key) => units.get(key) ?? []));
}

interface Edge {
  kind: OrgUnitWireKind;
  unit: string;
  parent_kind: OrgUnitWireKind;
  parent: string;
}

/** How often what leads nowhere is left out: catalogues are not as deep. */
const rounds = [1, 2, 3, 4, 5, 6];

/** What a row states of its parents counts: what sections name is implied where they bring their own offering. */
const counts = (kind: string, role: string): string =>
  `not ($4::boolean and ${kind} = 'section' and ${role} <> 'parent')`;

/** The parents of an org unit `u` (kind, sourced_id) in the end. */
const parentsSql = parentsInTheEndSql((row) => `${row}.sourced_id = u.sourced_id and ${row}.kind = u.kind`);

/** The kind of the org unit that a reference \`w\` of \`u\` means, if it is there: the kind that it names, else the only one (docs/projection.md 3). */
const meantSql = `
        select ${meantKindSql('w.named', 'k.kinds')} as kind
          from (select array(select t.kind from (${thereSql}) t where t.kind <> u.kind or w.sourced_id <> u.sourced_id) as kinds offset 0) k`;

const cyclesSql = `
  with recursive stated as materialized (
    select distinct i.sourced_id as unit, p.value->>'sourcedId' as parent
      from ${unitItemsSql(3)} i, jsonb_array_elements(nullif(i.command->'fields'->'parents', 'null')) p
     where i.entity = 'org_unit' and ${counts('i.kind', "p.value->>'role'")}
  ),
  leads_on as materialized (
    select s.parent from (select distinct parent from stated) s
     where exists (select from declared_parent d
                    where d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = s.parent offset 0)
  ),
  stated_0 as (select * from stated),
  ${rounds
    .map(
      (round) => `stated_${round} as materialized (
    select * from stated_${round - 1} where parent in (select unit from stated_${round - 1} union all select parent from leads_on)
  ),`,
    )
    .join('\n  ')}
  -- Whoever is above somebody, and has somebody above.
  begun as materialized (
    select i.kind, s.unit as sourced_id
      from (select distinct unit from stated_${rounds.length}) s
      join run_item i on i.sourced_id = s.unit and i.run_id = $3 and i.organization_id = $1 and i.entity = 'org_unit'
     where s.unit in (select parent from stated)
        or exists (select from declared_parent d
                    where d.organization_id = $1 and d.source_system_id = $2 and d.parent_sourced_id = s.unit offset 0)
     group by i.kind, s.unit
  ),
  walked as (
    select u.kind, u.sourced_id as unit, m.kind as parent_kind, w.sourced_id as parent
      from begun u
      cross join lateral (select p.role, p.kind as named, p.sourced_id, 'group' as kind from (${parentsSql}) p offset 0) w
      cross join lateral (${meantSql}) m
     where m.kind is not null and ${counts('u.kind', 'w.role')}
    union
    select u.kind, u.sourced_id, m.kind, w.sourced_id
      from (select distinct parent_kind as kind, parent as sourced_id from walked) u
      cross join lateral (select p.role, p.kind as named, p.sourced_id, 'group' as kind from (${parentsSql}) p offset 0) w
      cross join lateral (${meantSql}) m
     where m.kind is not null and ${counts('u.kind', 'w.role')}
  ),
  walked_0 as materialized (select * from walked),
  ${rounds
    .map(
      (round) => `walked_${round} as materialized (
    select * from walked_${round - 1}
     where (parent_kind, parent) in (select kind, unit from walked_${round - 1}) and (kind, unit) in (select parent_kind, parent from walked_${round - 1})
  )`,
    )
    .join(',\n  ')}
  select * from walked_${rounds.length}`;
