import type { PlacedEnrollment } from '../projection/place-enrollments.ts';
import type { Unlinked } from '../projection/project.ts';
import type { Renaming } from './rename.ts';

/** What gave way: LMS objects that lost a link, and pairs of user and org unit that lost a row. */
export interface Moved {
  readonly unlinked: Unlinked;
  readonly vacated: readonly PlacedEnrollment[];
}

/**
 * Is there a row under either id? Deleted ones and placeholders are not there. One that a delete released is not there to be
 * renamed, but its id is taken: nothing else may take the link by which the LMS keeps its object.
 */
export async function readPlaces(renaming: Renaming): Promise<{ from: boolean; to: boolean }> {
  const { lane, sourceSystemId, kind, from, to } = renaming;
  const { rows } = await lane.client.query<{ sourced_id: string; released: boolean }>({
    name: `rename_places_${tableOf(kind)}`,
    text: `select d.sourced_id, ${kind === 'membership' ? 'false as released' : 'd.released'} from ${tableOf(kind)} d
            where d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = any($3::text[]) and not d.deleted
              and ${isUnit(kind) ? 'd.kind = $4 and not d.implied' : '$4::text is not null'}`,
    values: [lane.organizationId, sourceSystemId, [from, to], kind],
  });
  const there = new Set(rows.filter(({ released }) => !released).map((row) => row.sourced_id));
  return { from: there.has(from), to: rows.some((row) => row.sourced_id === to) };
}

/**
 * Does the offering that a section brings (docs/projection.md 2) go with it? It does if it has an LMS object, and no
 * message of an offering under either id: then its LMS object and its content stay, as the section's do.
 */
export async function movesOwnOffering({ lane, sourceSystemId, kind, from, to }: Renaming): Promise<boolean> {
  if (kind !== 'section') return false;
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
  return {
    unlinked: kind === 'person' ? { users: lost, orgUnits: [] } : { users: [], orgUnits: [...lost, ...lostOffering] },
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

/** Removes what stands under the new id. A deleted membership may support something still (projection.md 7). */
async function clearRow({ lane, sourceSystemId, kind, to }: Renaming): Promise<PlacedEnrollment[]> {
  const table = tableOf(kind);
  const { rows } = await lane.client.query<{ user_id?: string | null; org_unit_id?: string | null }>({
    name: `rename_clear_${table}`,
    text: `delete from ${table} d
            where d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = $3 and ${isUnit(kind) ? 'd.kind = $4' : '$4::text is not null'}
           returning ${kind === 'membership' ? 'd.user_id, d.org_unit_id' : 'd.sourced_id'}`,
    values: [lane.organizationId, sourceSystemId, to, kind],
  });
  return rows.map(({ user_id: userId, org_unit_id: orgUnitId }) =>
    vacatedPair(sourceSystemId, to, userId ?? null, orgUnitId ?? null),
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

async function moveDeclared({ lane, sourceSystemId, kind, from, to, messageId }: Renaming): Promise<void> {
  const table = tableOf(kind);
  const [columns, values] = leftColumns[table] ?? ['', ''];
  await lane.client.query({
    name: `rename_move_${table}`,
    text: `
      with moved as (
        update ${table} d set sourced_id = $4, message_id = $5, declared_at = statement_timestamp()
         where d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = $3 and ${isUnit(kind) ? 'd.kind = $6' : '$6::text is not null'}
        returning d.*
      )
      insert into ${table} (organization_id, source_system_id, sourced_id, ${columns}, deleted, message_id)
      select $1, $2, $3, ${values}, true, $5 from moved d`,
    values: [lane.organizationId, sourceSystemId, from, to, messageId, kind],
  });
}

/** What the row itself refers to: its parents, an association's sections. */
async function moveReferences({ lane, sourceSystemId, kind, from, to }: Renaming): Promise<void> {
  const tables = kind === 'association' ? ['declared_parent', 'declared_association'] : ['declared_parent'];
  for (const table of tables) {
    const ofKind = table === 'declared_parent' ? 'd.kind = $4' : '$4::text is not null';
    const where = `where d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = $3 and ${ofKind}`;
    const key = [lane.organizationId, sourceSystemId];
    await lane.client.query({
      name: `rename_clear_${table}`,
      text: `delete from ${table} d ${where}`,
      values: [...key, to, kind],
    });
    await lane.client.query({
      name: `rename_move_${table}`,
      text: `update ${table} d set sourced_id = $5 ${where}`,
      values: [...key, from, kind, to],
    });
  }
}

/** Answers the LMS object that the new id was linked to. */
async function moveLink({ lane, sourceSystemId, from, to }: Renaming, kind: string): Promise<string[]> {
  const key = [lane.organizationId, sourceSystemId, kind];
  const { rows } = await lane.client.query<{ lms_id: string }>({
    name: 'rename_clear_link',
    text: `delete from link where organization_id = $1 and source_system_id = $2 and kind = $3 and sourced_id = $4 returning lms_id`,
    values: [...key, to],
  });
  await lane.client.query({
    name: 'rename_move_link',
    text: `update link set sourced_id = $5 where organization_id = $1 and source_system_id = $2 and kind = $3 and sourced_id = $4`,
    values: [...key, from, to],
  });
  return rows.map((row) => row.lms_id);
}

/** The same create by proxy within the replay window answers the object under its new id. */
async function moveAllocation({ lane, sourceSystemId, kind, from, to }: Renaming): Promise<void> {
  await lane.client.query({
    name: 'rename_move_allocation',
    text: `update allocation set sourced_id = $5 where organization_id = $1 and sourced_id = $4 and source_system_id = $2 and kind = $3`,
    values: [lane.organizationId, sourceSystemId, kind, from, to],
  });
}
