import type pg from 'pg';
import { effectiveOptions } from '../domain/source-system.ts';
import type { Overwrite, SourceSystemOptions } from '../domain/source-system.ts';
import type { Cause } from './changes.ts';

/** What projection needs to know of each source system of the organization. */
export interface LaneSource {
  readonly id: number;
  readonly rank: number;
  readonly options: SourceSystemOptions;
}

/** How many dependants a transaction projects itself before the rest is queued (rule 8). */
export const fanOutLimit = 5_000;

/** A transaction that holds the lane of one organization (rule 1). */
export interface Lane {
  readonly organizationId: number;
  readonly client: pg.ClientBase;
  readonly rootOrgUnitId: string;
  readonly sources: ReadonlyMap<number, LaneSource>;
  /** `sources` as the JSON parameter that the projection statements join. */
  readonly sourcesJson: string;
  /** Fields that the organization gives to the LMS, by entity (rule 15). */
  readonly lmsOwned: { user: readonly string[]; orgUnit: readonly string[] };
  readonly cause: Cause;
  /** The time-ordered head of the change ids of this transaction: 48 bits of Unix milliseconds. */
  readonly changeIdHead: string;
  /** The last change.seq given; the lane row gets it just before commit (rule 2). */
  changeSeq: number;
  /** Dependants beyond this are queued. Lifted while the queue itself is worked off. */
  readonly fanOutLimit: number;
}

/** Opens the transaction and takes the lane. What follows sees everything that committed before it. */
export async function enterLane(
  client: pg.ClientBase,
  organizationId: number,
  cause: Cause,
  limit: number = fanOutLimit,
): Promise<Lane> {
  await client.query(`begin; set local passerelle.organization_id = '${String(organizationId)}'`);
  const locked = await client.query<{ change_seq: string }>({
    name: 'lane_lock',
    text: 'select change_seq from lane where organization_id = $1 for update',
    values: [organizationId],
  });
  const lane = locked.rows[0];
  if (lane === undefined) throw new Error(`organization ${String(organizationId)} has no lane`);
  const { rows } = await client.query<SetupRow>({ name: 'lane_setup', text: setupSql, values: [organizationId] });
  const setup = rows[0];
  if (setup === undefined) throw new Error(`organization ${String(organizationId)} is unknown`);
  const sources = new Map(setup.sources.map((source) => [source.id, toLaneSource(source)]));
  return {
    organizationId,
    client,
    rootOrgUnitId: setup.root_org_unit_id,
    sources,
    sourcesJson: JSON.stringify([...sources.values()].map(toParameter)),
    lmsOwned: { user: setup.settings.lmsOwned?.user ?? [], orgUnit: setup.settings.lmsOwned?.org_unit ?? [] },
    cause,
    changeIdHead: changeIdHead(Date.now()),
    changeSeq: Number(lane.change_seq),
    fanOutLimit: limit,
  };
}

/** Writes the counter of changes back and commits. */
export async function leaveLane(lane: Lane): Promise<void> {
  await saveCounter(lane);
  await lane.client.query('commit');
}

export async function saveCounter(lane: Lane): Promise<void> {
  await lane.client.query({
    name: 'lane_counter',
    text: 'update lane set change_seq = $2 where organization_id = $1 and change_seq <> $2',
    values: [lane.organizationId, lane.changeSeq],
  });
}

interface SetupRow {
  root_org_unit_id: string;
  settings: { lmsOwned?: { user?: string[]; org_unit?: string[] } };
  sources: { id: number; rank: number; preset: string; options: Partial<SourceSystemOptions> }[];
}

const setupSql = `
  select o.root_org_unit_id, o.settings,
         (select coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'rank', s.rank, 'preset', s.preset, 'options', s.options)), '[]')
            from source_system s where s.organization_id = o.id) as sources
    from organization o where o.id = $1`;

function toLaneSource(source: SetupRow['sources'][number]): LaneSource {
  return { id: source.id, rank: source.rank, options: effectiveOptions(source.preset, source.options) };
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
