import type pg from 'pg';
import type { LmsOwned, OrganizationAdministration, OrganizationView } from '../../domain/administration/index.ts';
import { GatewayError } from '../../domain/problem.ts';
import { inTransaction } from '../in-transaction.ts';
import { createOrganization } from '../organizations.ts';
import { touchedByLmsIds } from '../touched-by.ts';
import { decodeNumberAfter, toPage } from './cursor.ts';
import { type EditUnderLane, notifyAccessGone, notifyConfiguration } from './edits.ts';
import { requireVersion } from './expected.ts';
import { type Database, type Scope, writeOrganization } from './in-organization.ts';
import { isEmptyOrganization, removeOrganizationRows } from './remove-organization.ts';
import { withSqlErrors } from './sql-errors.ts';
import type { StoredSettings } from './tables.ts';

/** Organizations stand outside row-level security: who may see which is judged by the token. */
export function createOrganizations(db: Database, pool: pg.Pool, edit: EditUnderLane): OrganizationAdministration {
  const find = async (column: 'code' | 'id', value: string | number): Promise<OrganizationRow> => {
    const row = await withSqlErrors(() => select(db).where(column, '=', value).executeTakeFirst());
    if (row !== undefined) return row;
    throw new GatewayError('not_found', `There is no organization ${value}.`);
  };
  return {
    async list({ limit, after }, only) {
      const from = decodeNumberAfter(after, 'integer');
      let query = select(db)
        .orderBy('id')
        .limit(limit + 1);
      if (from !== undefined) query = query.where('id', '>', Number(from));
      if (only !== undefined) query = query.where('id', '=', only);
      return toPage(await withSqlErrors(() => query.execute()), limit, (row) => [row.id], toView);
    },
    get: async (code) => toView(await find('code', code)),
    getById: async (id) => toView(await find('id', id)),
    async create({ code, name }) {
      const id = await withSqlErrors(() => inTransaction(pool, (client) => createOrganization(client, code, name)));
      return toView(await find('id', id));
    },
    async update(code, changes, expected, actor) {
      const { id } = await find('code', code);
      return edit({ organizationId: id, actor }, 'option', async (scope, transaction) => {
        const before = await select(scope.db).where('id', '=', id).forUpdate().executeTakeFirstOrThrow();
        requireVersion(before.version, expected);
        const settings = withOwned(before.settings, changes.lmsOwned);
        const name = changes.name ?? before.name;
        if (name === before.name && settings === before.settings) return { result: toView(before) };
        await scope.db
          .updateTable('organization')
          .set({ name, settings: JSON.stringify(settings), version: before.version + 1 })
          .where('id', '=', id)
          .execute();
        await notifyConfiguration(scope);
        const overridden = await overriddenIds(scope, changedOwnership(before.settings, settings));
        const touched = overridden.length === 0 ? {} : { touched: await touchedByLmsIds(transaction, overridden) };
        return { result: toView({ ...before, name, settings, version: before.version + 1 }), ...touched };
      });
    },
    async remove(code, confirm) {
      const { id } = await find('code', code);
      await writeOrganization(db, id, async (scope) => {
        await scope.db.selectFrom('lane').select('epoch').where('organization_id', '=', id).forUpdate().execute();
        if (confirm !== code && !(await isEmptyOrganization(scope))) {
          throw new GatewayError(
            'conflict',
            `The organization ${code} holds source systems, messages or people. To remove it with all of that, repeat its code as \`confirm\`.`,
            { field: 'confirm' },
          );
        }
        await removeOrganizationRows(scope);
        await notifyConfiguration(scope);
        await notifyAccessGone(scope);
      });
    },
  };
}

type OrganizationRow = Awaited<ReturnType<ReturnType<typeof select>['executeTakeFirstOrThrow']>>;

function select(db: Database) {
  return db.selectFrom('organization').select(['id', 'code', 'name', 'settings', 'version', 'created_at']);
}

function toView(row: OrganizationRow): OrganizationView {
  return {
    id: row.id,
    code: row.code,
    name: row.name,
    lmsOwned: ownedBy(row.settings),
    version: row.version,
    createdAt: row.created_at.toISOString(),
  };
}

function ownedBy({ lmsOwned }: StoredSettings): LmsOwned {
  return { user: lmsOwned?.user ?? [], orgUnit: lmsOwned?.org_unit ?? [] };
}

/** Absent = leave, null = clear. The same object when nothing changes. */
function withOwned(settings: StoredSettings, changes: Partial<LmsOwned> | null | undefined): StoredSettings {
  if (changes === undefined) return settings;
  const before = ownedBy(settings);
  const after = changes === null ? { user: [], orgUnit: [] } : { ...before, ...changes };
  if (JSON.stringify(before) === JSON.stringify(after)) return settings;
  return { ...settings, lmsOwned: { user: [...new Set(after.user)], org_unit: [...new Set(after.orgUnit)] } };
}

function changedOwnership(before: StoredSettings, after: StoredSettings): string[] {
  const [old, now] = [ownedBy(before), ownedBy(after)];
  const moved = (from: string[], to: string[]) => from.filter((field) => !to.includes(field));
  return [
    ...moved(old.user, now.user),
    ...moved(now.user, old.user),
    ...moved(old.orgUnit, now.orgUnit),
    ...moved(now.orgUnit, old.orgUnit),
  ];
}

async function overriddenIds({ db, organizationId }: Scope, fields: string[]): Promise<string[]> {
  if (fields.length === 0) return [];
  const rows = await db
    .selectFrom('override')
    .select('lms_id')
    .distinct()
    .where('organization_id', '=', organizationId)
    .where('field', 'in', fields)
    .execute();
  return rows.map((row) => row.lms_id);
}
