import type { OrgUnitTypeAdministration, OrgUnitTypeView } from '../../domain/administration/index.ts';
import { GatewayError } from '../../domain/problem.ts';
import { decodeAfter, toPage } from './cursor.ts';
import { type EditUnderLane, notifyConfiguration } from './edits.ts';
import { requireVersion } from './expected.ts';
import { type Database, readOrganization, type Scope } from './in-organization.ts';

/** The organization's own org unit types. What a type is based on is for ever, as the org units of it depend on that. */
export function createOrgUnitTypes(db: Database, edit: EditUnderLane): OrgUnitTypeAdministration {
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
    create: (editor, type) =>
      edit(editor, 'map', async (scope) => {
        await scope.db
          .insertInto('org_unit_type')
          .values({ ...type, organization_id: editor.organizationId })
          .execute();
        await notifyConfiguration(scope);
        return { result: toView(await find(scope, type.code)) };
      }),
    update: (editor, code, changes, expected) =>
      edit(editor, 'map', async (scope) => {
        const before = await find(scope, code);
        requireVersion(before.version, expected);
        if (changes.name === undefined || changes.name === before.name) return { result: toView(before) };
        const after = { ...before, name: changes.name, version: before.version + 1 };
        await scope.db
          .updateTable('org_unit_type')
          .set({ name: after.name, version: after.version })
          .where('organization_id', '=', editor.organizationId)
          .where('id', '=', before.id)
          .execute();
        return { result: toView(after) };
      }),
    remove: (editor, code, expected) =>
      edit(editor, 'map', async (scope) => {
        const { id, version } = await find(scope, code);
        requireVersion(version, expected);
        await refuseInUse(scope, id, code);
        await scope.db
          .deleteFrom('org_unit_type')
          .where('organization_id', '=', editor.organizationId)
          .where('id', '=', id)
          .execute();
        await notifyConfiguration(scope);
        return { result: undefined };
      }),
  };
}

type TypeRow = Awaited<ReturnType<typeof find>>;

async function find(scope: Scope, code: string) {
  const row = await select(scope).where('code', '=', code).executeTakeFirst();
  if (row !== undefined) return row;
  throw new GatewayError('not_found', `There is no org unit type ${code} in this organization.`);
}

function select({ db, organizationId }: Scope) {
  return db
    .selectFrom('org_unit_type')
    .select(['id', 'code', 'name', 'base', 'version'])
    .where('organization_id', '=', organizationId);
}

/** An LMS org unit keeps its type for ever, deleted ones included: they may come back. */
async function refuseInUse({ db, organizationId }: Scope, id: number, code: string): Promise<void> {
  const mapped = await db
    .selectFrom('org_unit_type_map')
    .select('sis_type')
    .where('organization_id', '=', organizationId)
    .where('org_unit_type_id', '=', id)
    .limit(1)
    .executeTakeFirst();
  const used = await db
    .selectFrom('lms_org_unit')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('org_unit_type_id', '=', id)
    .limit(1)
    .executeTakeFirst();
  if (mapped === undefined && used === undefined) return;
  const reason =
    mapped === undefined ? 'org units of this type exist' : `the SIS type ${mapped.sis_type} is mapped to it`;
  throw new GatewayError('conflict', `The org unit type ${code} is in use: ${reason}.`);
}

function toView({ code, name, base, version }: TypeRow): OrgUnitTypeView {
  return { code, name, base, version };
}
