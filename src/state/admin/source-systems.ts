import { sql } from 'kysely';
import type {
  ChosenOptions,
  SourceSystemAdministration,
  SourceSystemChanges,
  SourceSystemView,
} from '../../domain/administration/index.ts';
import { effectiveOptions, type SourceSystemOptions } from '../../domain/source-system.ts';
import { touchedBySourceSystem } from '../touched-by.ts';
import { decodeNumberAfter, toPage } from './cursor.ts';
import { type EditUnderLane, notifyConfiguration } from './edits.ts';
import { requireVersion } from './expected.ts';
import { type Database, readOrganization, type Scope } from './in-organization.ts';
import { pick } from './sources.ts';

/** Source systems with their options. What changes how they project (rank, preset, options) projects again. */
export function createSourceSystems(db: Database, edit: EditUnderLane): SourceSystemAdministration {
  return {
    list: (organizationId, { limit, after }) =>
      readOrganization(db, organizationId, async (scope) => {
        const rows = await select(scope)
          .where('id', '>', Number(decodeNumberAfter(after, 'integer') ?? 0))
          .orderBy('id')
          .limit(limit + 1)
          .execute();
        return toPage(rows, limit, (row) => [row.id], toView);
      }),
    get: (organizationId, reference) =>
      readOrganization(db, organizationId, async (scope) => toView(await findSourceSystem(scope, reference))),
    create: (editor, { options, ...source }) =>
      edit(editor, 'option', async (scope) => {
        const { id } = await scope.db
          .insertInto('source_system')
          .values({ ...source, organization_id: editor.organizationId, options: JSON.stringify(options) })
          .returning('id')
          .executeTakeFirstOrThrow();
        await notifyConfiguration(scope, id);
        return { result: toView(await findSourceSystem(scope, String(id))) };
      }),
    update: (editor, reference, changes, expected) =>
      edit(editor, 'option', async (scope, transaction) => {
        const before = await findSourceSystem(scope, reference);
        requireVersion(before.version, expected);
        const after = changed(before, changes);
        if (isSame(before, after)) return { result: toView(before) };
        await scope.db
          .updateTable('source_system')
          .set({ ...after, options: JSON.stringify(after.options), version: before.version + 1 })
          .where('organization_id', '=', editor.organizationId)
          .where('id', '=', before.id)
          .execute();
        await notifyConfiguration(scope, before.id);
        const result = toView(await findSourceSystem(scope, String(before.id)));
        return projectsAlike(before, after)
          ? { result }
          : { result, touched: await touchedBySourceSystem(transaction, before.id) };
      }),
  };
}

type SourceSystemRow = Awaited<ReturnType<typeof findSourceSystem>>;
type Editable = Pick<SourceSystemRow, 'name' | 'state' | 'preset' | 'rank'> & { options: ChosenOptions };

/** By code, or by the number of its id. Throws GatewayError `not_found`. */
export async function findSourceSystem(scope: Scope, reference: string) {
  return pick(await select(scope).execute(), reference);
}

function select({ db, organizationId }: Scope) {
  return db
    .selectFrom('source_system')
    .select(['id', 'code', 'name', 'state', 'preset', 'rank', 'options', 'reserved', 'version', 'created_at'])
    .select(
      sql<Date | null>`(select f.silent_since from freshness f
                         where f.organization_id = source_system.organization_id and f.source_system_id = source_system.id)`.as(
        'silent_since',
      ),
    )
    .where('organization_id', '=', organizationId);
}

/** Absent = leave. A new preset keeps what was chosen over the old one. */
function changed(before: SourceSystemRow, { options, resetOptions = [], ...changes }: SourceSystemChanges): Editable {
  const { name, state, preset, rank } = { ...before, ...changes };
  return {
    name,
    state,
    preset,
    rank,
    options: options === null ? {} : mergedOptions(before.options, options ?? {}, resetOptions),
  };
}

function mergedOptions(before: ChosenOptions, changes: ChosenOptions, reset: readonly string[]): ChosenOptions {
  const overwrite = { ...before.overwrite, ...changes.overwrite };
  const merged = { ...before, ...changes, ...(Object.keys(overwrite).length === 0 ? {} : { overwrite }) };
  return Object.fromEntries(Object.entries(merged).filter(([option]) => !reset.includes(option)));
}

function isSame(before: SourceSystemRow, after: Editable): boolean {
  const { name, state, preset, rank, options } = before;
  return JSON.stringify({ name, state, preset, rank, options }) === JSON.stringify(after);
}

/** Neither rank nor any option that projection looks at differs. */
function projectsAlike(before: SourceSystemRow, after: Editable): boolean {
  const inForce = ({ preset, options }: Pick<Editable, 'preset' | 'options'>) =>
    JSON.stringify({ ...effective(preset, options), withheldRights: [], quirks: {}, guards: {} });
  return before.rank === after.rank && inForce(before) === inForce(after);
}

function effective(preset: string, options: ChosenOptions): SourceSystemOptions {
  return effectiveOptions(preset, options as Partial<SourceSystemOptions>);
}

function toView(row: SourceSystemRow): SourceSystemView {
  return {
    id: row.id,
    code: row.code,
    name: row.name,
    state: row.state,
    preset: row.preset,
    rank: row.rank,
    options: row.options,
    effectiveOptions: effective(row.preset, row.options),
    reserved: row.reserved,
    silentSince: row.silent_since?.toISOString() ?? null,
    version: row.version,
    createdAt: row.created_at.toISOString(),
  };
}
