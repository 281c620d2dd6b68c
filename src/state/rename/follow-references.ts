import { syntheticEnrollmentId } from '../../domain/synthetic-enrollment-id.ts';
import type { OrgUnitWireKind } from '../../domain/entities.ts';
import { meansSql } from '../declare/means-sql.ts';
import type { PlacedEnrollment } from '../projection/place-enrollments.ts';
import type { OrgUnitKey, SourcedKey } from '../touched.ts';
import { followRelations, type FollowedRelations } from './follow-relations.ts';
import { vacatedPair } from './move-row.ts';
import { moveLeaves } from './move-leaves.ts';
import type { Move, Renaming } from './rename.ts';

/** What referred to the old id, or refers to either; and the pairs that lost a row. */
export interface Followed {
  readonly orgUnits: OrgUnitKey[];
  readonly enrollments: SourcedKey[];
  readonly relations: FollowedRelations;
  readonly vacated: PlacedEnrollment[];
}

const noRelations: FollowedRelations = { stating: [], vacated: [] };

/**
 * Every reference that means one of the rows (docs/projection.md 3) names its new id from now on; the kind that it states stays.
 * Done before the rows move: what a reference means depends on the rows that are there.
 */
export async function followReferences(renaming: Renaming, withOffering: boolean): Promise<Followed> {
  const { kind, moves } = renaming;
  if (kind === 'membership') return { orgUnits: [], enrollments: [], relations: noRelations, vacated: [] };
  const kinds = kind === 'person' ? [] : withOffering ? [kind, 'offering'] : [kind];
  const orgUnits: OrgUnitKey[] = [];
  for (const move of kind === 'person' ? [] : moves) {
    orgUnits.push(...(await followParents(renaming, move, kinds)));
    if (kind === 'section') orgUnits.push(...(await followSections(renaming, move)));
  }
  const synthetic = await followMemberships(renaming, kinds);
  const vacated = await rekey(renaming, synthetic);
  const relations = kind === 'person' ? await followRelations(renaming) : noRelations;
  return { orgUnits, enrollments: await readMemberships(renaming), relations, vacated };
}

/** The parents of rows with a message of their own; placeholders are made anew from the sections that imply them. */
async function followParents(renaming: Renaming, move: Move, kinds: readonly string[]): Promise<OrgUnitKey[]> {
  const { lane, sourceSystemId } = renaming;
  const { from, to, messageId } = move;
  const { rows } = await lane.client.query<{ kind: OrgUnitWireKind; sourced_id: string }>({
    name: 'rename_follow_parents',
    text: `
      with g as (select k.kind, $4::text collate "C" as sourced_id from unnest($3::text[]) as k(kind)),
      following as (
        select p.sourced_id, p.kind, p.position
          from g
          join declared_parent p on p.organization_id = $1 and p.source_system_id = $2 and p.parent_sourced_id = g.sourced_id
          join declared_org_unit d on d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = p.sourced_id and d.kind = p.kind and not d.implied
         where not (p.sourced_id = g.sourced_id and p.kind = g.kind)
           and ${meansSql('p.parent_kind', 'and not (p.sourced_id = o.sourced_id and p.kind = o.kind)')}
      ),
      moved as (
        update declared_parent p set parent_sourced_id = $5 from following f
         where p.organization_id = $1 and p.source_system_id = $2 and p.sourced_id = f.sourced_id and p.kind = f.kind and p.position = f.position
        returning p.kind, p.sourced_id
      ),
      referring as (select distinct kind, sourced_id from moved),
      stamped as (
        update declared_org_unit d set message_id = $6, declared_at = statement_timestamp() from referring r
         where d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = r.sourced_id and d.kind = r.kind
      )
      select kind, sourced_id from referring`,
    values: [lane.organizationId, sourceSystemId, kinds, from, to, messageId],
  });
  return rows.map((row) => ({ sourceSystemId, kind: row.kind, sourcedId: row.sourced_id }));
}

/** The lists of associations. One that has both ids keeps the place of the first. */
async function followSections(
  { lane, sourceSystemId }: Renaming,
  { from, to, messageId }: Move,
): Promise<OrgUnitKey[]> {
  const key = [lane.organizationId, sourceSystemId, from, to];
  await lane.client.query({
    name: 'rename_double_sections',
    text: `delete from declared_association a
            where a.organization_id = $1 and a.source_system_id = $2 and a.section_sourced_id in ($3, $4) and exists (
                    select from declared_association b where b.organization_id = $1 and b.source_system_id = $2 and b.sourced_id = a.sourced_id
                       and b.section_sourced_id in ($3, $4) and b.position < a.position)
              and exists (
                    select from declared_association b where b.organization_id = $1 and b.source_system_id = $2 and b.sourced_id = a.sourced_id
                       and b.section_sourced_id = $3)`,
    values: key,
  });
  const { rows } = await lane.client.query<{ sourced_id: string }>({
    name: 'rename_follow_sections',
    text: `
      with moved as (
        update declared_association a set section_sourced_id = $4
         where a.organization_id = $1 and a.source_system_id = $2 and a.section_sourced_id = $3
        returning a.sourced_id
      ),
      stamped as (
        update declared_org_unit d set message_id = $5, declared_at = statement_timestamp() from moved m
         where d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = m.sourced_id and d.kind = 'association'
      )
      select sourced_id from moved`,
    values: [...key, messageId],
  });
  return rows.map((row) => ({ sourceSystemId, kind: 'association', sourcedId: row.sourced_id }));
}

/** A membership whose own id is made of what it refers to. */
interface Synthetic {
  readonly from: string;
  readonly to: string;
  readonly deleted: boolean;
  /** The new id of what it refers to. */
  readonly becomes: string;
}

interface MovedMembership {
  sourced_id: string;
  user_sourced_id: string;
  org_unit_kind: OrgUnitWireKind | null;
  org_unit_sourced_id: string;
  deleted: boolean;
  was: string;
  becomes: string;
}

/** Memberships of the persons, or in the collection; answers those whose id is made of the pair (rule 5). */
async function followMemberships(renaming: Renaming, kinds: readonly string[]): Promise<Synthetic[]> {
  const { lane, sourceSystemId, kind, moves } = renaming;
  const isPerson = kind === 'person';
  const column = isPerson ? 'user_sourced_id' : 'org_unit_sourced_id';
  const { rows } = await lane.client.query<MovedMembership>({
    name: `rename_follow_${column}`,
    text: `
      with r as (select * from unnest($4::text[], $5::text[], $6::uuid[]) as r(was, becomes, message_id)),
      g as (select k.kind, r.was collate "C" as sourced_id from unnest($3::text[]) as k(kind), r),
      moved as (
        update declared_enrollment e set ${column} = r.becomes, message_id = r.message_id, declared_at = statement_timestamp()
          from r
         where e.organization_id = $1 and e.source_system_id = $2 and e.${column} = r.was
           and ${isPerson ? 'cardinality($3::text[]) = 0' : `exists (select from g where g.sourced_id = r.was and ${meansSql('e.org_unit_kind')})`}
        returning e.*, r.was, r.becomes
      )
      select sourced_id, user_sourced_id, org_unit_kind, org_unit_sourced_id, deleted, was, becomes from moved
       where starts_with(sourced_id, 'synthetic:')`,
    values: [
      lane.organizationId,
      sourceSystemId,
      kinds,
      moves.map(({ from }) => from),
      moves.map(({ to }) => to),
      moves.map(({ messageId }) => messageId),
    ],
  });
  const idOf = (row: MovedMembership, id: string): string =>
    isPerson
      ? syntheticEnrollmentId(id, { kind: row.org_unit_kind, sourcedId: row.org_unit_sourced_id })
      : syntheticEnrollmentId(row.user_sourced_id, { kind: row.org_unit_kind, sourcedId: id });
  return rows
    .filter((row) => row.sourced_id === idOf(row, row.was))
    .map((row) => ({ from: row.sourced_id, to: idOf(row, row.becomes), deleted: row.deleted, becomes: row.becomes }));
}

/**
 * Gives memberships the ids that their pairs now have, so that the same pair is the same membership whenever it is sent.
 * If one was declared under that id before, it stays, unless it was deleted, or its person was, and the one that comes was not.
 */
async function rekey(renaming: Renaming, synthetic: readonly Synthetic[]): Promise<PlacedEnrollment[]> {
  if (synthetic.length === 0) return [];
  const { lane, sourceSystemId, kind } = renaming;
  const key = [lane.organizationId, sourceSystemId];
  const alive = synthetic.filter(({ deleted }) => !deleted);
  const [from, to] = [synthetic.map((row) => row.from), synthetic.map((row) => row.to)];
  const cleared = await lane.client.query<Vacated>({
    name: 'rename_clear_synthetic',
    text: `delete from declared_enrollment e using unnest($3::text[], $4::text[]) as r(sourced_id, becomes)
            where e.organization_id = $1 and e.source_system_id = $2 and e.sourced_id = r.sourced_id
              and (e.deleted or exists (
                     select from declared_user d
                      where $5 = 'person' and d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = r.becomes and d.deleted))
           returning e.sourced_id, e.user_id, e.org_unit_id`,
    values: [...key, alive.map(({ to }) => to), alive.map(({ becomes }) => becomes), kind],
  });
  const dropped = await lane.client.query<Vacated>({
    name: 'rename_drop_synthetic',
    text: `delete from declared_enrollment e using unnest($3::text[], $4::text[]) as r(was, becomes)
            where e.organization_id = $1 and e.source_system_id = $2 and e.sourced_id = r.was and exists (
                    select from declared_enrollment o where o.organization_id = $1 and o.source_system_id = $2 and o.sourced_id = r.becomes)
           returning e.sourced_id, e.user_id, e.org_unit_id`,
    values: [...key, from, to],
  });
  await lane.client.query({
    name: 'rename_move_synthetic',
    text: `update declared_enrollment e set sourced_id = r.becomes from unnest($3::text[], $4::text[]) as r(was, becomes)
            where e.organization_id = $1 and e.source_system_id = $2 and e.sourced_id = r.was`,
    values: [...key, from, to],
  });
  await moveLeaves(lane, sourceSystemId, from, to);
  return [...cleared.rows, ...dropped.rows].map((row) =>
    vacatedPair(sourceSystemId, row.sourced_id, row.user_id, row.org_unit_id),
  );
}

interface Vacated {
  sourced_id: string;
  user_id: string | null;
  org_unit_id: string | null;
}

/** Every membership that names either id now: those that followed, those that waited for the new one, those left behind. */
async function readMemberships({ lane, sourceSystemId, kind, moves }: Renaming): Promise<SourcedKey[]> {
  const column = kind === 'person' ? 'user_sourced_id' : 'org_unit_sourced_id';
  const { rows } = await lane.client.query<{ sourced_id: string }>({
    name: `rename_memberships_${column}`,
    text: `select e.sourced_id from unnest($3::text[]) as k(sourced_id)
            cross join lateral (
              select e.sourced_id from declared_enrollment e
               where e.organization_id = $1 and e.source_system_id = $2 and e.${column} = k.sourced_id offset 0) e`,
    values: [lane.organizationId, sourceSystemId, moves.flatMap(({ from, to }) => [from, to])],
  });
  return rows.map((row) => ({ sourceSystemId, sourcedId: row.sourced_id }));
}
