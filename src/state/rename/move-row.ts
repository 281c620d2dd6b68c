import type { PlacedEnrollment } from '../projection/place-enrollments.ts';
import { nothingLost, type Unlinked } from '../touched.ts';
import { moveLeaves } from './move-leaves.ts';
import type { Renaming } from './rename.ts';

/** What gave way: LMS objects that lost a link, and pairs of user and org unit that lost a row. */
export interface Moved {
  readonly unlinked: Unlinked;
  readonly vacated: readonly PlacedEnrollment[];
}

/** Ids under which there is a row to be renamed, and ids that are taken. */
interface Places {
  readonly from: ReadonlySet<string>;
  readonly taken: ReadonlySet<string>;
}

/**
 * Is there a row under either id? Deleted ones and placeholders are not there. One that a delete released is not there to be
 * renamed, but its id is taken: nothing else may take the link by which the LMS keeps its object.
 */
export async function readPlaces({ lane, sourceSystemId, kind, moves }: Renaming): Promise<Places> {
  const { rows } = await lane.client.query<{ sourced_id: string; released: boolean }>({
    name: `rename_places_${tableOf(kind)}`,
    text: `select d.* from unnest($3::text[]) as k(sourced_id)
            cross join lateral (
              select d.sourced_id, ${kind === 'membership' ? 'false as released' : 'd.released'} from ${tableOf(kind)} d
               where d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = k.sourced_id and not d.deleted
                 and ${isUnit(kind) ? 'd.kind = $4 and not d.implied' : '$4::text is not null'} offset 0) d`,
    values: [lane.organizationId, sourceSystemId, moves.flatMap(({ from, to }) => [from, to]), kind],
  });
  const there = rows.filter(({ released }) => !released);
  return { from: new Set(there.map((row) => row.sourced_id)), taken: new Set(rows.map((row) => row.sourced_id)) };
}

/**
 * Does the offering that a section brings (docs/projection.md 2) go with it? It does if it has an LMS object, and no
 * message of an offering under either id: then its LMS object and its content stay, as the section's do.
 */
export async function movesOwnOffering({ lane, sourceSystemId, kind, moves }: Renaming): Promise<boolean> {
  const [move] = moves;
  if (kind !== 'section' || move === undefined) return false;
  const { from, to } = move;
  const { rowCount } = await lane.client.query({
    name: 'rename_own_offering',
    text: `select from link l
            where l.organization_id = $1 and l.source_system_id = $2 and l.sourced_id = $3 and l.kind = 'offering' and not exists (
                    select from declared_org_unit d where d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id in ($3, $4)
                       and d.kind = 'offering' and not d.implied)`,
    values: [lane.organizationId, sourceSystemId, from, to],
  });
  return rowCount === 1;
}

/**
 * Moves the row, its references and its link. A row that says it was deleted stays under the old id: whoever asks for what
 * changed is told so. References to the row must have been followed before.
 */
export async function moveRow(renaming: Renaming, withOffering: boolean): Promise<Moved> {
  const { kind } = renaming;
  const vacated = await clearRow(renaming);
  await moveDeclared(renaming);
  if (isUnit(kind)) await moveReferences(renaming);
  const lost = await moveLink(renaming, kind);
  const lostOffering = withOffering ? await moveLink(renaming, 'offering') : [];
  await moveAllocation(renaming);
  if (kind === 'association') await moveHistory(renaming);
  if (kind === 'membership') {
    const { lane, sourceSystemId, moves } = renaming;
    const [from, to] = [moves.map((move) => move.from), moves.map((move) => move.to)];
    await moveLeaves(lane, sourceSystemId, from, to);
  }
  return {
    unlinked:
      kind === 'person'
        ? { users: { lost, givenUp: [] }, orgUnits: nothingLost }
        : { users: nothingLost, orgUnits: { lost: [...lost, ...lostOffering], givenUp: [] } },
    vacated,
  };
}

function tableOf(kind: Renaming['kind']): string {
  if (kind === 'person') return 'declared_user';
  return kind === 'membership' ? 'declared_enrollment' : 'declared_org_unit';
}

function isUnit(kind: Renaming['kind']): boolean {
  return tableOf(kind) === 'declared_org_unit';
}

/** The SQL of the moves: $3 the old ids, $4 the new ones. */
const movesSql = 'unnest($3::text[], $4::text[]) as r(was, becomes)';

function moveValues({ lane, sourceSystemId, moves }: Renaming): unknown[] {
  return [lane.organizationId, sourceSystemId, moves.map(({ from }) => from), moves.map(({ to }) => to)];
}

/** Removes what stands under the new ids. A deleted membership may support something still (projection.md 7). */
async function clearRow(renaming: Renaming): Promise<PlacedEnrollment[]> {
  const { lane, sourceSystemId, kind } = renaming;
  const table = tableOf(kind);
  const { rows } = await lane.client.query<{
    sourced_id: string;
    user_id?: string | null;
    org_unit_id?: string | null;
  }>({
    name: `rename_clear_${table}`,
    text: `delete from ${table} d using ${movesSql}
            where d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = r.becomes and ${isUnit(kind) ? 'd.kind = $5' : '$5::text is not null'}
           returning d.sourced_id ${kind === 'membership' ? ', d.user_id, d.org_unit_id' : ''}`,
    values: [...moveValues(renaming), kind],
  });
  return rows.map(({ sourced_id: sourcedId, user_id: userId, org_unit_id: orgUnitId }) =>
    vacatedPair(sourceSystemId, sourcedId, userId ?? null, orgUnitId ?? null),
  );
}

/** A row that is gone, and the pair that it reached. */
export function vacatedPair(
  sourceSystemId: number,
  sourcedId: string,
  oldUserId: string | null,
  oldOrgUnitId: string | null,
): PlacedEnrollment {
  const nowhere = { userId: null, orgUnitId: null, waitCode: null, waitOn: null, unmapped: null, messageId: null };
  return { sourceSystemId, sourcedId, oldUserId, oldOrgUnitId, ...nowhere };
}

/** What is left under the old id: nothing of its fields, so that nobody gets them back by an update. */
const leftColumns: Record<string, [columns: string, values: string]> = {
  declared_user: ['fields', `'{}'`],
  declared_org_unit: ['kind, fields', `d.kind, '{}'`],
  declared_enrollment: [
    'user_sourced_id, org_unit_kind, org_unit_sourced_id, roles',
    `d.user_sourced_id, d.org_unit_kind, d.org_unit_sourced_id, '[]'`,
  ],
};

async function moveDeclared(renaming: Renaming): Promise<void> {
  const { lane, kind, moves } = renaming;
  const table = tableOf(kind);
  const [columns, values] = leftColumns[table] ?? ['', ''];
  await lane.client.query({
    name: `rename_move_${table}`,
    text: `
      with moved as (
        update ${table} d set sourced_id = r.becomes, message_id = r.message_id, declared_at = statement_timestamp()
          from unnest($3::text[], $4::text[], $5::uuid[]) as r(was, becomes, message_id)
         where d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = r.was and ${isUnit(kind) ? 'd.kind = $6' : '$6::text is not null'}
        returning d.*, r.was
      )
      insert into ${table} (organization_id, source_system_id, sourced_id, ${columns}, deleted, message_id)
      select $1, $2, d.was, ${values}, true, d.message_id from moved d`,
    values: [...moveValues(renaming), moves.map(({ messageId }) => messageId), kind],
  });
}

/** What the rows themselves refer to: their parents, an association's sections. */
async function moveReferences(renaming: Renaming): Promise<void> {
  const { lane, kind } = renaming;
  const tables = kind === 'association' ? ['declared_parent', 'declared_association'] : ['declared_parent'];
  for (const table of tables) {
    const ofKind = table === 'declared_parent' ? 'd.kind = $5' : '$5::text is not null';
    const where = `where d.organization_id = $1 and d.source_system_id = $2 and ${ofKind}`;
    const values = [...moveValues(renaming), kind];
    await lane.client.query({
      name: `rename_clear_${table}`,
      text: `delete from ${table} d using ${movesSql} ${where} and d.sourced_id = r.becomes`,
      values,
    });
    await lane.client.query({
      name: `rename_move_${table}`,
      text: `update ${table} d set sourced_id = r.becomes from ${movesSql} ${where} and d.sourced_id = r.was`,
      values,
    });
  }
}

/** Answers the LMS objects that the new ids were linked to. */
async function moveLink(renaming: Renaming, kind: string): Promise<string[]> {
  const { lane } = renaming;
  const where = 'where l.organization_id = $1 and l.source_system_id = $2 and l.kind = $5';
  const values = [...moveValues(renaming), kind];
  const { rows } = await lane.client.query<{ lms_id: string }>({
    name: 'rename_clear_link',
    text: `delete from link l using ${movesSql} ${where} and l.sourced_id = r.becomes returning l.lms_id`,
    values,
  });
  await lane.client.query({
    name: 'rename_move_link',
    text: `update link l set sourced_id = r.becomes from ${movesSql} ${where} and l.sourced_id = r.was`,
    values,
  });
  return rows.map((row) => row.lms_id);
}

/** The same create by proxy within the replay window answers the object under its new id. */
async function moveAllocation(renaming: Renaming): Promise<void> {
  await renaming.lane.client.query({
    name: 'rename_move_allocation',
    text: `update allocation a set sourced_id = r.becomes from ${movesSql}
            where a.organization_id = $1 and a.sourced_id = r.was and a.source_system_id = $2 and a.kind = $5`,
    values: [...moveValues(renaming), renaming.kind],
  });
}

/** The history of an association stays its own; the sections in it are told as they were called then. */
async function moveHistory(renaming: Renaming): Promise<void> {
  await renaming.lane.client.query({
    name: 'rename_move_history',
    text: `update association_history h set sourced_id = r.becomes from ${movesSql}
            where h.organization_id = $1 and h.sourced_id = r.was and h.source_system_id = $2`,
    values: moveValues(renaming),
  });
}
