import type pg from 'pg';
import { effectiveOptions } from '../domain/source-system.ts';
import type { Overwrite, SourceSystemOptions } from '../domain/source-system.ts';
import type { Cause } from './changes.ts';
import { commit } from './commit.ts';
import type { Statistics } from './statistics.ts';

/** What projection needs to know of each source system of the organization. */
export interface LaneSource {
  readonly id: number;
  readonly rank: number;
  readonly options: SourceSystemOptions;
  /** The run with what is held of its messages, if anything is; and whether anything is held of its files. */
  readonly holding: { run: string | null; readonly files: boolean };
}

/** How many dependants a transaction projects itself before the rest is queued (rule 8). */
export const fanOutLimit = 5_000;

/** A transaction in which row-level security shows the rows of one organization: all that reading needs. */
export interface Reading {
  readonly organizationId: number;
  readonly client: pg.ClientBase;
}

/** A transaction that holds the lane of one organization (rule 1). */
export interface Lane extends Reading {
  readonly rootOrgUnitId: string;
  readonly sources: ReadonlyMap<number, LaneSource>;
  /** `sources` as the JSON parameter that the projection statements join. */
  readonly sourcesJson: string;
  /** Fields that the organization gives to the LMS, by entity (rule 15). */
  readonly lmsOwned: { user: readonly string[]; orgUnit: readonly string[] };
  /** Why, for changes that no single message of the batch explains. */
  readonly cause: Cause;
  /** The messages of the running batch: a change is put down to the one that declared its row. */
  readonly messageIds: readonly string[];
  /**
   * The time-ordered head of the change ids of this transaction: 48 bits of Unix milliseconds, of the database's clock and
   * read under the lock, so that ids of changes are in the order of their numbers and save points can be compared with them.
   */
  readonly changeIdHead: string;
  /** The last change.seq given; the lane row gets it just before commit (rule 2). */
  readonly counter: { seq: number };
  /** Dependants beyond this are queued. Lifted while everything is projected again. */
  readonly fanOutLimit: number;
  /** The run whose items are applied: what goes with them is put down to it, so that it comes back if the run is taken back. */
  readonly runId?: string;
  /** The run that is taken back, and when it began to apply: placeholders that were linked since then, and that nobody needs any more, go with it. */
  readonly takesBack?: { readonly runId: string; readonly since: string };
  /** Of the process that writes messages; edits and repairs do without. */
  readonly statistics?: Statistics;
  /** Statements sent whose answers are awaited before the commit; what is sent after them sees their work. */
  readonly deferred: Promise<unknown>[];
  /** What the first of them that failed threw. */
  readonly failure: { cause?: unknown };
}

/** Opens the transaction and takes the lane. What follows sees everything that committed before it. */
export async function enterLane(
  client: pg.ClientBase,
  organizationId: number,
  cause: Cause,
  limit: number = fanOutLimit,
): Promise<Lane> {
  const [, lane] = await Promise.all([
    takeLane(client, organizationId),
    readLane(client, organizationId, cause, limit),
  ]);
  return lane;
}

/**
 * One plan for every batch, by index: the statements look rows up by their keys, and a plan made when the tables were
 * empty must still be right a million rows later.
 */
export const plannerSettings =
  'set local plan_cache_mode = force_generic_plan; set local jit = off; set local enable_seqscan = off; set local enable_mergejoin = off';

/** The lock of rule 1. */
export async function takeLane(client: pg.ClientBase, organizationId: number): Promise<void> {
  const begun = client.query(
    `begin isolation level read committed; set local passerelle.organization_id = '${String(organizationId)}'; ${plannerSettings}`,
  );
  const locked = client.query({
    name: 'lane_lock',
    text: 'select from lane where organization_id = $1 for update',
    values: [organizationId],
  });
  const [, { rowCount }] = await Promise.all([begun, locked]);
  if (rowCount !== 1) throw new Error(`organization ${String(organizationId)} has no lane`);
}

/** What the lane's holder works with: a statement after the lock, so it is what was committed last. */
export async function readLane(
  client: pg.ClientBase,
  organizationId: number,
  cause: Cause,
  limit: number = fanOutLimit,
): Promise<Lane> {
  const { rows } = await client.query<LaneRow>({ name: 'lane_read', text: laneSql, values: [organizationId] });
  const row = rows[0];
  if (row === undefined) throw new Error(`organization ${String(organizationId)} is unknown`);
  const sources = new Map(row.sources.map((source) => [source.id, toLaneSource(source)]));
  return {
    organizationId,
    client,
    rootOrgUnitId: row.root_org_unit_id,
    sources,
    sourcesJson: JSON.stringify([...sources.values()].map(toParameter)),
    lmsOwned: { user: row.settings.lmsOwned?.user ?? [], orgUnit: row.settings.lmsOwned?.org_unit ?? [] },
    cause,
    messageIds: [],
    changeIdHead: changeIdHead(Number(row.now_ms)),
    counter: { seq: Number(row.change_seq) },
    fanOutLimit: limit,
    deferred: [],
    failure: {},
  };
}

/** What a source system may not do binds its messages and files. Who takes a run of it back is an administrator. */
export function withEveryRight(lane: Lane, sourceSystemId: number): Lane {
  const source = lane.sources.get(sourceSystemId);
  if (source === undefined || source.options.withheldRights.length === 0) return lane;
  const options = { ...source.options, withheldRights: [] };
  return { ...lane, sources: new Map(lane.sources).set(sourceSystemId, { ...source, options }) };
}

/** Sends a statement without waiting for its answer: `awaitDeferred` throws if it failed. */
export function defer(lane: Lane, statement: Promise<unknown>): void {
  statement.catch((error: unknown) => (lane.failure.cause ??= error));
  lane.deferred.push(statement);
}

/** Throws what the first of the deferred statements that failed threw: later ones only say that the transaction is aborted. */
export async function awaitDeferred(lane: Lane): Promise<void> {
  for (const statement of lane.deferred.splice(0)) await statement;
}

/** Writes the counter of changes back and commits; `sent` is called once the commit is under way. */
export async function leaveLane(lane: Lane, sent?: () => void): Promise<void> {
  defer(lane, saveCounter(lane));
  // A statement that failed before it was sent left the transaction healthy: it must not commit without it.
  await Promise.resolve();
  if (lane.failure.cause !== undefined) await awaitDeferred(lane);
  const committed = commit(lane.client);
  committed.catch(() => undefined);
  sent?.();
  await awaitDeferred(lane);
  await committed;
}

async function saveCounter(lane: Lane): Promise<void> {
  await lane.client.query({
    name: 'lane_counter',
    text: 'update lane set change_seq = $2 where organization_id = $1 and change_seq <> $2',
    values: [lane.organizationId, lane.counter.seq],
  });
}

interface LaneRow {
  now_ms: string;
  change_seq: string;
  root_org_unit_id: string;
  settings: { lmsOwned?: { user?: string[]; org_unit?: string[] } };
  sources: {
    id: number;
    rank: number;
    preset: string;
    options: Partial<SourceSystemOptions>;
    holding: string | null;
    holds_files: boolean;
  }[];
}

/** Open holds of an organization are few, and have an index of their own. */
const holdsFilesSql = (source: string): string => `exists (
             select from run_hold h join run r on r.organization_id = h.organization_id and r.id = h.run_id
              where h.organization_id = ${source}.organization_id
                and (h.state = 'held' or h.state = 'approved' and not h.done and r.state in ('planned', 'applying'))
                and r.source_system_id = ${source}.id and r.mode = 'apply' and r.dialect is distinct from 'messages')`;

const laneSql = `
  select floor(extract(epoch from statement_timestamp()) * 1000)::bigint as now_ms, greatest(l.change_seq, (select a.change_seq from lane_ahead a where a.organization_id = l.organization_id)) as change_seq,
         o.root_org_unit_id, o.settings,
         (select coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'rank', s.rank, 'preset', s.preset, 'options', s.options, 'holding', s.holding_run, 'holds_files', ${holdsFilesSql('s')})), '[]')
            from source_system s where s.organization_id = o.id) as sources
    from organization o join lane l on l.organization_id = o.id
   where o.id = $1`;

function toLaneSource(source: LaneRow['sources'][number]): LaneSource {
  const { id, rank, preset, options, holding, holds_files: files } = source;
  return { id, rank, options: effectiveOptions(preset, options), holding: { run: holding, files } };
}

/** The record that the statements read with `jsonb_to_recordset(...) as src(${sourceColumns})`. */
function toParameter({ id, rank, options }: LaneSource): Record<string, unknown> {
  return {
    id,
    rank,
    identity_rule: options.identityRule,
    user_delete: options.userDelete,
    adopt: options.adoptOrgUnits,
    brings: options.sectionBringsOffering !== null,
    semester_type: options.sectionBringsOffering?.semesterType ?? null,
    department_type: options.sectionBringsOffering?.departmentType ?? null,
    keep_user: keepList(options.overwrite.user),
    keep_org_unit: keepList(options.overwrite.orgUnit),
  };
}

export const sourceColumns =
  'id integer, rank integer, identity_rule text, user_delete text, adopt boolean, brings boolean, ' +
  'semester_type text, department_type text, keep_user jsonb, keep_org_unit jsonb';

/** `["*"]` = every field is set on creation only. */
function keepList(overwrite: Overwrite): string[] {
  if (overwrite === 'yes') return [];
  return overwrite === 'no' ? ['*'] : overwrite.keep;
}

/** `xxxxxxxx-xxxx` of a UUID version 7; the statements append `-7000-8000-` and the sequence number. */
function changeIdHead(nowMs: number): string {
  const hex = nowMs.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}`;
}
