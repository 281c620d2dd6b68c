import type { RoleAdministration, RoleView } from '../../domain/administration/index.ts';
import { GatewayError } from '../../domain/problem.ts';
import { touchedByRoleIds } from '../touched-by.ts';
import { decodeAfter, toPage } from './cursor.ts';
import { type EditUnderLane, notifyConfiguration } from './edits.ts';
import { requireVersion } from './expected.ts';
import { type Database, readOrganization, type Scope } from './in-organization.ts';

/** The LMS roles. Rank and allSections decide which enrollment is projected, so their changes project again. */
export function createRoles(db: Database, edit: EditUnderLane): RoleAdministration {
  return {
    list: (organizationId, { limit, after }) =>
      readOrganization(db, organizationId, async (scope) => {
        const [from] = decodeAfter(after, 1) ?? [''];
        const rows = await select(scope)
          .where('code', '>', from ?? '')
          .orderBy('code')
          .limit(limit + 1)
          .execute();
        return toPage(rows, limit, (row) => [row.code], toView);
      }),
    get: (organizationId, code) =>
      readOrganization(db, organizationId, async (scope) => toView(await find(scope, code))),
    create: (editor, { code, name, rank, allSections }) =>
      edit(editor, 'map', async (scope) => {
        await scope.db
          .insertInto('role')
          .values({ organization_id: editor.organizationId, code, name, rank, all_sections: allSections })
          .execute();
        await notifyConfiguration(scope);
        return { result: toView(await find(scope, code)) };
      }),
    update: (editor, code, changes, expected) =>
      edit(editor, 'map', async (scope, transaction) => {
        const before = await find(scope, code);
        requireVersion(before.version, expected);
        const { name = before.name, rank = before.rank, allSections = before.all_sections } = changes;
        const projectsAlike = rank === before.rank && allSections === before.all_sections;
        if (projectsAlike && name === before.name) return { result: toView(before) };
        const after = { name, rank, all_sections: allSections, version: before.version + 1 };
        await scope.db
          .updateTable('role')
          .set(after)
          .where('organization_id', '=', editor.organizationId)
          .where('id', '=', before.id)
          .execute();
        await notifyConfiguration(scope);
        const result = toView({ ...before, ...after });
        return projectsAlike ? { result } : { result, touched: await touchedByRoleIds(transaction, [before.id]) };
      }),
    remove: (editor, code, expected) =>
      edit(editor, 'map', async (scope) => {
        const { id, version } = await find(scope, code);
        requireVersion(version, expected);
        await refuseInUse(scope, id, code);
        await scope.db
          .deleteFrom('role')
          .where('organization_id', '=', editor.organizationId)
          .where('id', '=', id)
          .execute();
        await notifyConfiguration(scope);
        return { result: undefined };
      }),
  };
}

type RoleRow = Awaited<ReturnType<typeof find>>;

async function find(scope: Scope, code: string) {
  const row = await select(scope).where('code', '=', code).executeTakeFirst();
  if (row !== undefined) return row;
  throw new GatewayError('not_found', `There is no role ${code} in this organization.`);
}

function select({ db, organizationId }: Scope) {
  return db
    .selectFrom('role')
    .select(['id', 'code', 'name', 'rank', 'all_sections', 'version'])
    .where('organization_id', '=', organizationId);
}

async function refuseInUse({ db, organizationId }: Scope, id: number, code: string): Promise<void> {
  const mapped = await db
    .selectFrom('role_map')
    .select('sis_role')
    .where('organization_id', '=', organizationId)
    .where('role_id', '=', id)
    .limit(1)
    .executeTakeFirst();
  if (mapped === undefined) return;
  throw new GatewayError('conflict', `The role ${code} is in use: the SIS role ${mapped.sis_role} is mapped to it.`);
}

function toView({ code, name, rank, all_sections, version }: RoleRow): RoleView {
  return { code, name, rank, allSections: all_sections, version };
}
