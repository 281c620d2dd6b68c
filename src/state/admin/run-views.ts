import { isDeepStrictEqual } from 'node:util';
import type {
  RunHoldView,
  RunItemView,
  RunProblemView,
  RunProgress,
  RunView,
} from '../../domain/administration/index.ts';
import type { WireKind } from '../../domain/entities.ts';
import type { Leaves } from '../../domain/grace.ts';
import type { Problem, ProblemCode } from '../../domain/problem.ts';
import {
  type AskedRunOptions,
  type ItemOperation,
  type RunCounters,
  type RunMode,
  runOptionsOf,
  type RunState,
} from '../../domain/run.ts';
import { noEffects } from '../runs/effects/projected-effects.ts';
import type { ItemEffects } from '../runs/effects/of-items.ts';
import type { Sources } from './sources.ts';

export interface RunRow {
  id: string;
  source_system_id: number;
  upload_id: string | null;
  upload_name: string | null;
  upload_bytes: string | null;
  upload_sha256: string | null;
  takes_back: string | null;
  mode: RunMode;
  options: AskedRunOptions;
  dialect: string | null;
  state: RunState;
  paused: boolean;
  requested_by: string;
  requested_at: Date;
  started_at: Date | null;
  planned_at: Date | null;
  applying_at: Date | null;
  finished_at: Date | null;
  as_of: Date;
  progress: {
    file?: string;
    records?: number;
    bytesRead?: number;
    bytesTotal?: number;
    /** Of a run that takes another one back. */
    itemsRead?: number;
    itemsTotal?: number;
  };
  counters: RunCounters;
  problems: { error?: number; warning?: number };
  effects: RunView['effects'];
  held: string;
  /** Held, discarded, or approved and not applied yet. */
  withheld: string;
  outcomes: Record<string, number>;
  items: string;
  applied_to: string;
  leaving: { waiting?: number; ended?: number; returned?: number; failed?: number };
  leaving_next_at: Date | null;
  waits: { for: 'blackout' | 'source_system'; window: string; since: string } | null;
  waits_until: Date | null;
  overridden_by: string | null;
  overridden_at: Date | null;
  failure: Problem | null;
  now: Date;
}

export function toRunView(row: RunRow, sources: Sources): RunView {
  const { upload_id: uploadId } = row;
  return {
    id: row.id,
    sourceSystem: sources.codeOf(row.source_system_id),
    state: row.state,
    mode: row.mode,
    options: runOptionsOf(row.options),
    paused: row.paused,
    waits: row.waits === null ? null : { ...row.waits, until: iso(row.waits_until) },
    override:
      row.overridden_by === null || row.overridden_at === null
        ? null
        : { by: row.overridden_by, at: row.overridden_at.toISOString() },
    upload:
      uploadId === null
        ? null
        : {
            id: uploadId,
            name: row.upload_name ?? '',
            sizeBytes: Number(row.upload_bytes),
            sha256: row.upload_sha256,
          },
    takesBack: row.takes_back,
    dialect: row.dialect,
    requestedBy: row.requested_by,
    requestedAt: row.requested_at.toISOString(),
    startedAt: iso(row.started_at),
    plannedAt: iso(row.planned_at),
    applyingAt: iso(row.applying_at),
    finishedAt: iso(row.finished_at),
    asOf: row.as_of.toISOString(),
    progress: progressOf(row),
    counters: row.counters,
    effects: Object.fromEntries(Object.entries(row.effects).map(([kind, of]) => [kind, { ...noEffects, ...of }])),
    held: Number(row.held),
    items: Number(row.items),
    applied: appliedOf(row),
    problems: { error: row.problems.error ?? 0, warning: row.problems.warning ?? 0 },
    outcomes: row.outcomes,
    leaving: { waiting: 0, ended: 0, returned: 0, failed: 0, ...row.leaving, nextAt: iso(row.leaving_next_at) },
    failure: row.failure,
  };
}

function iso(date: Date | null): string | null {
  return date?.toISOString() ?? null;
}

function appliedOf({ state, mode, items, withheld, applied_to }: RunRow): number {
  return state === 'finished' && mode === 'apply' ? Number(items) - Number(withheld) : Number(applied_to);
}

/** Of the phase that the run is in: bytes while it is read, or items of the run that it takes back; items while they are applied. */
function progressOf(row: RunRow): RunProgress {
  const { file = null, records = 0, bytesRead, bytesTotal, itemsRead, itemsTotal } = row.progress;
  const standing = { percent: 0, rowsPerSecond: null, expectedEndAt: null, file: null, records };
  switch (row.state) {
    case 'reading':
      return {
        ...standing,
        ...pace(row.started_at, row.now, bytesRead ?? itemsRead ?? 0, bytesTotal ?? itemsTotal ?? 0, records),
        file,
      };
    case 'applying':
      return { ...standing, ...pace(row.applying_at, row.now, Number(row.applied_to), Number(row.items)) };
    case 'queued':
      return standing;
    case 'planned':
    case 'finished':
      return { ...standing, percent: 100 };
    case 'cancelled':
    case 'failed':
      return standing;
  }
}

function pace(
  since: Date | null,
  now: Date,
  done: number,
  total: number,
  rows = done,
): Pick<RunProgress, 'percent' | 'rowsPerSecond' | 'expectedEndAt'> {
  const percent = total === 0 ? 0 : Math.round((1_000 * done) / total) / 10;
  const elapsedMs = since === null ? 0 : now.getTime() - since.getTime();
  if (elapsedMs <= 0 || done === 0) return { percent, rowsPerSecond: null, expectedEndAt: null };
  const leftMs = (elapsedMs * Math.max(0, total - done)) / done;
  return {
    percent,
    rowsPerSecond: Math.round((rows * 1_000) / elapsedMs),
    expectedEndAt: new Date(now.getTime() + leftMs).toISOString(),
  };
}

export interface HoldRow {
  number: number;
  guard: string;
  kind: WireKind;
  finding: RunHoldView['finding'];
  items: string;
  state: RunHoldView['state'];
  /** Of its run. */
  mode: RunMode;
  made_at: Date;
  expires_at: Date;
  release_at: Date | null;
  decided_by: string | null;
  decided_at: Date | null;
}

export function toHoldView({ number, guard, kind, finding, state, ...row }: HoldRow): RunHoldView {
  return {
    number,
    guard,
    kind,
    finding,
    items: Number(row.items),
    state: state === 'held' && row.mode !== 'apply' ? 'would_be_held' : state,
    madeAt: row.made_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
    releaseAt: state === 'held' ? iso(row.release_at) : null,
    decidedBy: row.decided_by,
    decidedAt: iso(row.decided_at),
  };
}

export interface ItemRow {
  number: string;
  operation: ItemOperation;
  kind: WireKind;
  sourced_id: string;
  file: string | null;
  line: number | null;
  command: { verb: string; fields?: Record<string, unknown>; wishes?: { leaves?: Leaves } };
  before: Record<string, unknown> | null;
  hold: number | null;
  message_id: string | null;
  applied: boolean;
  status: NonNullable<RunItemView['outcome']>['status'] | null;
  problems: Problem[] | null;
  due_at: Date | null;
  leave_state: NonNullable<RunItemView['leaves']>['state'];
}

/** @param effects of items that are not applied, by their numbers */
export function toItemView(row: ItemRow, effects?: ItemEffects): RunItemView {
  const { status } = row;
  const stated = row.command.fields ?? null;
  // What only a rollback asks is no part of the row.
  const { messageId: _messageId, unlinked: _unlinked, naming: _naming, ...image } = row.before ?? {};
  // A placeholder was declared by nobody.
  const before = row.before === null || image.implied === true ? null : image;
  return {
    number: Number(row.number),
    operation: row.operation,
    kind: row.kind,
    sourcedId: row.sourced_id,
    file: row.file,
    line: row.line,
    stated,
    before,
    changes:
      row.operation === 'add' || row.command.verb === 'delete'
        ? []
        : changesOf(fieldsOf(before), stated ?? {}, row.command.verb),
    applied: row.applied,
    hold: row.hold,
    leaves: leavesOf(row),
    effects: effects === undefined || row.applied ? null : (effects.get(row.number) ?? {}),
    message: row.message_id,
    outcome: status === null ? null : { status, problems: row.problems ?? [] },
  };
}

function leavesOf({ command, due_at: dueAt, leave_state: state }: ItemRow): RunItemView['leaves'] {
  const leaves = command.wishes?.leaves;
  if (leaves === undefined) return null;
  return { meanwhile: leaves.meanwhile, days: 'days' in leaves ? leaves.days : null, dueAt: iso(dueAt), state };
}

/** The fields of a declared row, with its references among them, as a command states them. */
function fieldsOf(before: Record<string, unknown> | null): Record<string, unknown> {
  if (before === null) return {};
  const { fields, kept: _kept, deleted: _deleted, released: _released, onDelete: _onDelete, ...others } = before;
  return { ...(fields as Record<string, unknown> | undefined), ...others };
}

/** A replace states all; what an update does not name stays. */
function changesOf(
  before: Record<string, unknown>,
  stated: Record<string, unknown>,
  verb: string,
): RunItemView['changes'] {
  const names = verb === 'replace' ? new Set([...Object.keys(before), ...Object.keys(stated)]) : Object.keys(stated);
  return [...names]
    .map((field) => ({ field, before: valueOf(before, field), after: valueOf(stated, field) }))
    .filter((change) => !isDeepStrictEqual(change.before, change.after));
}

const references: ReadonlySet<string> = new Set(['parents', 'sections', 'relations']);

/** Nobody named is the same as nothing stated (docs/projection.md 1). */
function valueOf(fields: Record<string, unknown>, field: string): unknown {
  const value = fields[field] ?? null;
  return references.has(field) && Array.isArray(value) && value.length === 0 ? null : value;
}

export interface ProblemRow {
  number: string;
  severity: 'error' | 'warning';
  code: ProblemCode;
  message: string;
  guide_text: string | null;
  file: string | null;
  line: number | null;
  column: number | null;
  field: string | null;
  kind: WireKind | null;
  sourced_id: string | null;
  affects: string;
}

export function toProblemView({ guide_text: guideText, sourced_id: sourcedId, ...row }: ProblemRow): RunProblemView {
  const { severity, code, message, file, line, column, field, kind } = row;
  const number = Number(row.number);
  const affects = Number(row.affects);
  return { number, severity, code, message, guideText, file, line, column, field, kind, sourcedId, affects };
}
