import { sql } from 'kysely';
import type pg from 'pg';
import type {
  Editor,
  RunAdministration,
  RunFilter,
  RunHoldView,
  RunProblemFilter,
  RunView,
} from '../../domain/administration/index.ts';
import { GatewayError } from '../../domain/problem.ts';
import { cancelApproved } from '../message-guard/hold-again.ts';
import { decideHold } from '../runs/guard/hold-store.ts';
import { itemEffects } from '../runs/effects/of-items.ts';
import type { RunStore } from '../runs/run-store.ts';
import { decodeAfter, isId, toPage } from './cursor.ts';
import { type Database, readOrganization, type Scope, writeOrganization } from './in-organization.ts';
import { cancel, override, setPaused } from './run-control.ts';
import { findItems, toItemPage } from './run-items.ts';
import {
  type HoldRow,
  type ProblemRow,
  type RunRow,
  toHoldView,
  toItemView,
  toProblemView,
  toRunView,
} from './run-views.ts';
import { readSources } from './sources.ts';

/** @param wake the worker of this process looks for runs at once */
export function createRuns(
  db: Database,
  pool: pg.Pool,
  store: RunStore,
  wake: () => void,
): Omit<RunAdministration, 'follow'> {
  const get = (organizationId: number, id: string): Promise<RunView> =>
    readOrganization(db, organizationId, async (scope) => {
      const [row] = await readRuns(scope, sql`r.id = ${requireRun(id)}`, 1);
      if (row === undefined) throw noRun(id);
      return toRunView(row, await readSources(scope));
    });

  const holds = (organizationId: number, id: string): Promise<RunHoldView[]> =>
    readOrganization(db, organizationId, async (scope) => {
      await requireThere(scope, id);
      const { rows } = await sql<HoldRow>`
        select h.*, r.mode from run_hold h join run r on r.organization_id = h.organization_id and r.id = h.run_id
         where h.organization_id = ${organizationId} and h.run_id = ${id} order by h.number`.execute(scope.db);
      return rows.map(toHoldView);
    });

  async function control(
    { organizationId }: Editor,
    id: string,
    change: (scope: Scope) => Promise<boolean>,
    ofApproved?: () => Promise<boolean>,
  ): Promise<RunView> {
    const { dialect } = await get(organizationId, id);
    const isDone =
      (await ofApproved?.()) === true ||
      ((ofApproved === undefined || dialect !== 'messages') && (await writeOrganization(db, organizationId, change)));
    if (!isDone)
      throw new GatewayError('conflict', `The run ${id} has ended: there is nothing left to pause, resume or cancel.`);
    wake();
    return get(organizationId, id);
  }

  return {
    async request(editor, { sourceSystem, uploadId, mode, options }) {
      const { organizationId, actor: requestedBy } = editor;
      const sourceSystemId = await readOrganization(db, organizationId, async (scope) => {
        const [id] = (await readSources(scope)).idsFor(sourceSystem);
        if (id === undefined) throw new Error('idsFor answered nothing');
        return id;
      });
      requireUuid(
        uploadId,
        () => new GatewayError('not_found', `There is no upload ${uploadId}.`, { field: 'upload' }),
      );
      const request = { organizationId, sourceSystemId, uploadId, mode, options, requestedBy };
      return get(organizationId, await store.request(request));
    },
    async rollback({ organizationId, actor: requestedBy }, id, { mode, ...options }) {
      const request = { organizationId, runId: requireRun(id), mode, options, requestedBy };
      return get(organizationId, await store.requestRollback(request));
    },
    get,
    list: (organizationId, filter, { limit, after }) =>
      readOrganization(db, organizationId, async (scope) => {
        const sources = await readSources(scope);
        const [before] = decodeAfter(after, 1) ?? [];
        const rows = await readRuns(scope, listed(filter, sources.idsFor(filter.sourceSystem), before), limit + 1);
        return toPage(
          rows,
          limit,
          (row) => [row.id],
          (row) => toRunView(row, sources),
        );
      }),
    async items(organizationId, id, filter, { limit, after }) {
      const found = await readOrganization(db, organizationId, async (scope) => {
        await requireThere(scope, id);
        return findItems(scope, id, filter, numberAfter(after, 1)[0] ?? 0, limit);
      });
      const effects = filter.effects && (await itemEffects(pool, organizationId, id, found.rows.slice(0, limit)));
      return toItemPage(found, limit, (row) => toItemView(row, effects));
    },
    problems: (organizationId, id, filter, { limit, after }) =>
      readOrganization(db, organizationId, async (scope) => {
        await requireThere(scope, id);
        const rows = await readProblems(scope, id, filter, numberAfter(after, 2), limit + 1);
        return toPage(rows, limit, (row) => [row.affects, row.number], toProblemView);
      }),
    holds,
    async decide(editor, id, hold, { state, sourcedIds }) {
      const { organizationId, actor: by } = editor;
      const decision = { state, by, ...(sourcedIds === undefined ? {} : { sourcedIds }) };
      await decideHold(pool, organizationId, requireRun(id), hold, decision);
      wake();
      return holds(organizationId, id);
    },
    pause: (editor, id) => control(editor, id, (scope) => setPaused(scope, id, true)),
    resume: (editor, id, now = false) =>
      control(editor, id, (scope) => (now ? override(scope, id, editor.actor) : setPaused(scope, id, false))),
    cancel: (editor, id) =>
      control(
        editor,
        id,
        (scope) => cancel(scope, id),
        () => cancelApproved(pool, editor.organizationId, id),
      ),
  };
}

function listed({ state }: RunFilter, sourceIds: readonly number[], before: string | undefined) {
  const conditions = [
    sql`r.source_system_id = any(${sourceIds}::integer[])`,
    ...(state === undefined ? [] : [sql`r.state = ${state}`]),
    ...(before === undefined ? [] : [sql`r.id < ${requireRun(before)}`]),
  ];
  return sql.join(conditions, sql` and `);
}

async function readRuns(
  { db, organizationId }: Scope,
  condition: ReturnType<typeof sql>,
  limit: number,
): Promise<RunRow[]> {
  const { rows } = await sql<RunRow>`
    select r.*, u.name as upload_name, u.received_bytes as upload_bytes, encode(u.sha256, 'hex') as upload_sha256, now() as now,
           (select coalesce(jsonb_object_agg(l.state, l.count), '{}')
              from (select l.state, count(*) from run_leave l
                     where l.organization_id = r.organization_id and l.run_id = r.id group by l.state) l) as leaving,
           (select min(l.due_at) from run_leave l
             where l.organization_id = r.organization_id and l.run_id = r.id and l.state = 'waiting' and isfinite(l.due_at)) as leaving_next_at,
           (select coalesce(sum(h.items), 0) from run_hold h where h.organization_id = r.organization_id and h.run_id = r.id and h.state = 'held') as held,
           (select coalesce(sum(h.items), 0) from run_hold h where h.organization_id = r.organization_id and h.run_id = r.id and not (h.state = 'approved' and h.done)) as withheld
      from run r left join upload u on u.organization_id = r.organization_id and u.id = r.upload_id
     where r.organization_id = ${organizationId} and ${condition}
     order by r.id desc limit ${limit}`.execute(db);
  return rows;
}

async function requireThere({ db, organizationId }: Scope, id: string): Promise<void> {
  const { rows } =
    await sql`select from run where organization_id = ${organizationId} and id = ${requireRun(id)}`.execute(db);
  if (rows.length === 0) throw noRun(id);
}

async function readProblems(
  { db, organizationId }: Scope,
  runId: string,
  { severity, code }: RunProblemFilter,
  [affects, number]: readonly number[],
  limit: number,
): Promise<ProblemRow[]> {
  const conditions = [
    sql`organization_id = ${organizationId} and run_id = ${runId}`,
    ...(affects === undefined || number === undefined
      ? []
      : [sql`affects <= ${affects} and (affects < ${affects} or number > ${number})`]),
    ...(severity === undefined ? [] : [sql`severity = ${severity}`]),
    ...(code === undefined ? [] : [sql`code = ${code}`]),
  ];
  const { rows } = await sql<ProblemRow>`
    select * from run_problem where ${sql.join(conditions, sql` and `)}
     order by affects desc, number limit ${limit}`.execute(db);
  return rows;
}

function numberAfter(after: string | undefined, length: number): number[] {
  const key = decodeAfter(after, length) ?? [];
  if (key.every(isId)) return key.map(Number);
  throw new GatewayError('invalid_request', 'The cursor is malformed.', { field: 'after' });
}

function requireRun(id: string): string {
  return requireUuid(id, () => noRun(id));
}

function requireUuid(id: string, otherwise: () => GatewayError): string {
  if (/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i.test(id)) return id;
  throw otherwise();
}

function noRun(id: string): GatewayError {
  return new GatewayError('not_found', `There is no run ${id}.`);
}
