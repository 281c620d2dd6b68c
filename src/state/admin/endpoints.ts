import type { Sealer } from '../../domain/access.ts';
import type { EndpointAdministration, EndpointContent, OpenedEndpoint } from '../../domain/administration/index.ts';
import type { EndpointSecrets, EndpointType } from '../../domain/endpoint.ts';
import { uuidv7 } from '../../domain/ids.ts';
import { GatewayError } from '../../domain/problem.ts';
import { recordEndpointChange, readEndpointHistory } from './endpoint-history.ts';
import { type EndpointRow, openSecrets, toContentColumns, toEndpoint, toState, toView } from './endpoint-row.ts';
import { requireVersion } from './expected.ts';
import { type Database, readOrganization, type Scope, writeOrganization } from './in-organization.ts';
import { findSourceSystem } from './source-systems.ts';

type Source = { id: number; code: string };

/** Endpoints with their sealed secrets. Nothing projects from them, and no process remembers them. */
export function createEndpoints(db: Database, sealer: Sealer): EndpointAdministration {
  return {
    list: (organizationId, sourceSystem) =>
      readOrganization(db, organizationId, async (scope) => {
        const source = await findSourceSystem(scope, sourceSystem);
        const rows = await select(scope, source).orderBy('type').execute();
        return rows.map((row) => toView(row, source.code));
      }),
    get: (organizationId, sourceSystem, type) =>
      readOrganization(db, organizationId, async (scope) => {
        const source = await findSourceSystem(scope, sourceSystem);
        return toView(await find(scope, source, type), source.code);
      }),
    put: (editor, sourceSystem, type, expected, decide) =>
      writeOrganization(db, editor.organizationId, async (scope) => {
        const source = await findSourceSystem(scope, sourceSystem);
        if (source.reserved) {
          throw new GatewayError('invalid_request', 'This source system is the gateway itself: it has no endpoints.');
        }
        await takeTurns(scope, source);
        const row = await select(scope, source).where('type', '=', type).executeTakeFirst();
        requireVersion(row?.version ?? 0, expected);
        const opened = row && openSecrets(row, sealer);
        const before = row && contentOf(row, opened ?? {});
        const closed = row !== undefined && opened === undefined ? row.secrets : [];
        const after = decide(before, closed);
        if (row !== undefined && closed.length === 0 && isSame(before, after)) return toView(row, source.code);
        await write(scope, source, type, row, after, editor.actor, sealer);
        const now = await find(scope, source, type);
        await recordEndpointChange(scope, source.id, type, {
          before: row === undefined ? null : toState(row),
          after: toState(now),
          secretsGiven: givenAnew(before, after),
          actor: editor.actor,
        });
        return toView(now, source.code);
      }),
    remove: (editor, sourceSystem, type, expected) =>
      writeOrganization(db, editor.organizationId, async (scope) => {
        const source = await findSourceSystem(scope, sourceSystem);
        await takeTurns(scope, source);
        const row = await find(scope, source, type);
        requireVersion(row.version, expected);
        await scope.db
          .deleteFrom('endpoint')
          .where('organization_id', '=', scope.organizationId)
          .where('id', '=', row.id)
          .execute();
        await recordEndpointChange(scope, source.id, type, {
          before: toState(row),
          after: null,
          secretsGiven: [],
          actor: editor.actor,
        });
      }),
    history: (organizationId, sourceSystem, type, page) =>
      readOrganization(db, organizationId, async (scope) => {
        const { id } = await findSourceSystem(scope, sourceSystem);
        return readEndpointHistory(scope, id, type, page);
      }),
    open: (organizationId, sourceSystem, type) =>
      readOrganization(db, organizationId, async (scope) => {
        const source = await findSourceSystem(scope, sourceSystem);
        const row = await select(scope, source).where('type', '=', type).executeTakeFirst();
        const opened: OpenedEndpoint | undefined = row && {
          endpoint: toEndpoint(row),
          secrets: openSecrets(row, sealer),
        };
        return { sourceSystemId: source.id, code: source.code, opened };
      }),
  };
}

function select({ db, organizationId }: Scope, { id }: Source) {
  return db
    .selectFrom('endpoint')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('source_system_id', '=', id);
}

/** Throws GatewayError `not_found`. */
async function find(scope: Scope, source: Source, type: EndpointType): Promise<EndpointRow> {
  const row = await select(scope, source).where('type', '=', type).executeTakeFirst();
  if (row !== undefined) return row;
  throw new GatewayError('not_found', `The source system ${source.code} has no endpoint ${type}.`, { field: 'type' });
}

/** Two who change endpoints of one source system take turns, also when there is none yet. */
async function takeTurns({ db, organizationId }: Scope, { id }: Source): Promise<void> {
  await db
    .selectFrom('source_system')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .forNoKeyUpdate()
    .execute();
}

function contentOf(row: EndpointRow, secrets: EndpointSecrets): EndpointContent {
  const { id: _id, type: _type, ...settings } = toEndpoint(row);
  const { certificate } = toView(row, '');
  return { settings, secrets, certificate };
}

function isSame(before: EndpointContent | undefined, after: EndpointContent): boolean {
  return before !== undefined && canonical(before) === canonical(after);
}

/** Members in one order, whoever wrote them. */
function canonical({ settings, secrets }: EndpointContent): string {
  const sorted = (value: object) => Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify([sorted({ ...settings, tls: sorted(settings.tls) }), sorted(secrets)]);
}

function givenAnew(before: EndpointContent | undefined, { secrets }: EndpointContent) {
  const names = Object.keys(secrets) as (keyof typeof secrets)[];
  return names.filter((name) => secrets[name] !== before?.secrets[name]);
}

async function write(
  { db, organizationId }: Scope,
  source: Source,
  type: EndpointType,
  row: EndpointRow | undefined,
  content: EndpointContent,
  actor: string,
  sealer: Sealer,
): Promise<void> {
  const id = row?.id ?? uuidv7();
  const columns = { ...toContentColumns(organizationId, id, content, sealer), changed_by: actor };
  if (row === undefined) {
    const keys = { organization_id: organizationId, id, source_system_id: source.id, type };
    await db
      .insertInto('endpoint')
      .values({ ...keys, ...columns })
      .execute();
    return;
  }
  await db
    .updateTable('endpoint')
    .set({ ...columns, version: row.version + 1, changed_at: new Date() })
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .execute();
}
