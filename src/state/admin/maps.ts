import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { MapAdministration, MapView, OrgUnitTypeMapping, RoleMapping } from '../../domain/administration/index.ts';
import { GatewayError } from '../../domain/problem.ts';
import { fold } from '../../domain/source-system.ts';
import type { Transaction } from '../store.ts';
import type { Touched } from '../touched.ts';
import { touchedByRoles, touchedByTypes } from '../touched-by.ts';
import { type EditUnderLane, notifyConfiguration } from './edits.ts';
import { requireVersion } from './expected.ts';
import { type Database, readOrganization, type Scope } from './in-organization.ts';
import { findSourceSystem } from './source-systems.ts';

/** A map between a word of the SIS and a code of the organization: its tables, columns and words. */
interface MapColumns {
  table: 'org_unit_type_map' | 'role_map';
  sisColumn: string;
  idColumn: string;
  target: 'org_unit_type' | 'role';
  targetName: string;
}

interface MapSpecification<Entry> extends MapColumns {
  toEntry(pair: Pair): Entry;
  toPair(entry: Entry): Pair;
  /** Finds the declared rows that state one of these words of the SIS. */
  touchedBy(transaction: Transaction, sourceSystemId: number, words: readonly string[]): Promise<Touched>;
}

interface Pair {
  sis: string;
  code: string;
}

export const orgUnitTypeMap: MapSpecification<OrgUnitTypeMapping> = {
  table: 'org_unit_type_map',
  sisColumn: 'sis_type',
  idColumn: 'org_unit_type_id',
  target: 'org_unit_type',
  targetName: 'org unit type',
  toEntry: ({ sis, code }) => ({ sisType: sis, type: code }),
  toPair: ({ sisType, type }) => ({ sis: sisType, code: type }),
  touchedBy: touchedByTypes,
};

export const roleMap: MapSpecification<RoleMapping> = {
  table: 'role_map',
  sisColumn: 'sis_role',
  idColumn: 'role_id',
  target: 'role',
  targetName: 'role',
  toEntry: ({ sis, code }) => ({ sisRole: sis, role: code }),
  toPair: ({ sisRole, role }) => ({ sis: sisRole, code: role }),
  touchedBy: touchedByRoles,
};

/** Both maps are kept alike; every edit projects again what states a word whose meaning changed. */
export function createMap<Entry>(
  db: Database,
  edit: EditUnderLane,
  map: MapSpecification<Entry>,
): MapAdministration<Entry> {
  const apply = async (
    scope: Scope,
    transaction: Transaction,
    sourceId: number,
    before: readonly Pair[],
    after: readonly Pair[],
  ): Promise<{ touched?: Touched }> => {
    const { gone, set } = differenceOf(before, after);
    if (gone.length + set.length === 0) return {};
    await removeWords(scope, map, sourceId, gone);
    await writeWords(scope, map, sourceId, set);
    await notifyConfiguration(scope, sourceId);
    const words = [...gone, ...set.map(({ sis }) => sis)];
    return { touched: await map.touchedBy(transaction, sourceId, words) };
  };
  return {
    get: (organizationId, sourceSystem) =>
      readOrganization(db, organizationId, async (scope) => {
        const { id } = await findSourceSystem(scope, sourceSystem);
        return viewOf(map, await readPairs(scope, map, id));
      }),
    replace: (editor, sourceSystem, entries, expected) =>
      edit(editor, 'map', async (scope, transaction) => {
        const { id } = await findSourceSystem(scope, sourceSystem);
        const before = await readPairs(scope, map, id);
        requireVersion(versionOf(before), expected);
        const after = entries.map((entry) => map.toPair(entry));
        refuseTwice(after);
        const effect = await apply(scope, transaction, id, before, after);
        return { result: viewOf(map, await readPairs(scope, map, id)), ...effect };
      }),
    put: (editor, sourceSystem, entry) =>
      edit(editor, 'map', async (scope, transaction) => {
        const { id } = await findSourceSystem(scope, sourceSystem);
        const before = await readPairs(scope, map, id);
        const pair = map.toPair(entry);
        const after = [...before.filter(({ sis }) => fold(sis) !== fold(pair.sis)), pair];
        return { result: map.toEntry(pair), ...(await apply(scope, transaction, id, before, after)) };
      }),
    remove: (editor, sourceSystem, sis) =>
      edit(editor, 'map', async (scope, transaction) => {
        const { id } = await findSourceSystem(scope, sourceSystem);
        const before = await readPairs(scope, map, id);
        const after = before.filter((pair) => fold(pair.sis) !== fold(sis));
        if (after.length === before.length) {
          throw new GatewayError('not_found', `${sis} is not mapped for this source system.`);
        }
        return { result: undefined, ...(await apply(scope, transaction, id, before, after)) };
      }),
  };
}

function viewOf<Entry>(map: MapSpecification<Entry>, pairs: readonly Pair[]): MapView<Entry> {
  return { items: pairs.map((pair) => map.toEntry(pair)), version: versionOf(pairs) };
}

function versionOf(pairs: readonly Pair[]): string {
  return createHash('sha256')
    .update(JSON.stringify(pairs.map(({ sis, code }) => [sis, code])))
    .digest('hex')
    .slice(0, 16);
}

/** What is no more mapped, and what is mapped anew, elsewhere, or is spelt otherwise. */
function differenceOf(before: readonly Pair[], after: readonly Pair[]): { gone: string[]; set: Pair[] } {
  const old = new Map(before.map((pair) => [fold(pair.sis), pair]));
  const kept = new Set(after.map(({ sis }) => fold(sis)));
  return {
    gone: before.flatMap(({ sis }) => (kept.has(fold(sis)) ? [] : [sis])),
    set: after.filter((pair) => {
      const was = old.get(fold(pair.sis));
      return was?.code !== pair.code || was.sis !== pair.sis;
    }),
  };
}

function refuseTwice(pairs: readonly Pair[]): void {
  const seen = new Set<string>();
  pairs.forEach(({ sis }, index) => {
    if (seen.has(fold(sis))) {
      throw new GatewayError('invalid_request', `${sis} is mapped twice; words are compared without regard to case.`, {
        at: `/items/${index}`,
      });
    }
    seen.add(fold(sis));
  });
}

async function readPairs({ db, organizationId }: Scope, map: MapColumns, sourceId: number): Promise<Pair[]> {
  const { rows } = await sql<Pair>`
    select m.${sql.ref(map.sisColumn)} as sis, t.code
      from ${sql.table(map.table)} m
      join ${sql.table(map.target)} t on t.organization_id = m.organization_id and t.id = m.${sql.ref(map.idColumn)}
     where m.organization_id = ${organizationId} and m.source_system_id = ${sourceId}
     order by m.${sql.ref(`${map.sisColumn}_key`)}`.execute(db);
  return rows;
}

async function removeWords(
  { db, organizationId }: Scope,
  map: MapColumns,
  sourceId: number,
  words: readonly string[],
): Promise<void> {
  if (words.length === 0) return;
  await sql`
    delete from ${sql.table(map.table)}
     where organization_id = ${organizationId} and source_system_id = ${sourceId}
       and ${sql.ref(`${map.sisColumn}_key`)} in (select fold(word) from unnest(${words}::text[]) word)`.execute(db);
}

async function writeWords(
  { db, organizationId }: Scope,
  map: MapColumns,
  sourceId: number,
  pairs: readonly Pair[],
): Promise<void> {
  if (pairs.length === 0) return;
  const { rows } = await sql<{ id: number; code: string }>`
    select id, code from ${sql.table(map.target)} where organization_id = ${organizationId}`.execute(db);
  const ids = pairs.map(({ code }, index) => {
    const id = rows.find((row) => row.code === code)?.id;
    if (id !== undefined) return id;
    throw new GatewayError('invalid_request', `There is no ${map.targetName} ${code} in this organization.`, {
      field: map.targetName === 'role' ? 'role' : 'type',
      ...(pairs.length > 1 ? { at: `/items/${index}` } : {}),
    });
  });
  await sql`
    insert into ${sql.table(map.table)} (organization_id, source_system_id, ${sql.ref(map.sisColumn)}, ${sql.ref(map.idColumn)})
    select ${organizationId}, ${sourceId}, m.sis, m.id
      from unnest(${pairs.map(({ sis }) => sis)}::text[], ${ids}::integer[]) as m(sis, id)
    on conflict (organization_id, source_system_id, ${sql.ref(`${map.sisColumn}_key`)}) do update
       set ${sql.ref(map.sisColumn)} = excluded.${sql.ref(map.sisColumn)}, ${sql.ref(map.idColumn)} = excluded.${sql.ref(map.idColumn)}`.execute(
    db,
  );
}
