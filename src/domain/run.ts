import { type WireKind, wireKinds } from './entities.ts';

/*
 * Runs: what becomes of a file. A run goes queued -> reading -> planned -> applying -> finished; `validate` and `plan` stop
 * before anything is applied (docs/adr/0037).
 */

/** How far a run is to go: problems only, a stored plan, or the plan applied. */
export const runModes = ['validate', 'plan', 'apply'] as const;
export type RunMode = (typeof runModes)[number];

export const runStates = ['queued', 'reading', 'planned', 'applying', 'finished', 'cancelled', 'failed'] as const;
export type RunState = (typeof runStates)[number];

/** Those that can be absent from a snapshot. A person who is absent is inactivated, never deleted. */
export const snapshotKinds = [
  'membership',
  'association',
  'section',
  'offering',
  'template',
  'group',
  'person',
] as const satisfies readonly WireKind[];
export type SnapshotKind = (typeof snapshotKinds)[number];

/** The file names all there is of these kinds, as far as the scope goes: what it does not name is removed. */
export interface SnapshotWish {
  readonly kinds: SnapshotKind[];
  /** The sourcedId of an org unit, such as a semester or a department: only what is below it can be absent. */
  readonly under?: string;
}

export interface RunOptions {
  readonly snapshot?: SnapshotWish;
  /** When the file was extracted (ISO 8601): what was declared later is left alone. Default: when the upload began. */
  readonly asOf?: string;
  /** Of a run that takes another one back: only what has one of these sourcedIds. */
  readonly only?: string[];
  /** Applies what guards would hold. */
  readonly force?: boolean;
}

/** As it was asked for where the file came in: `true` is a snapshot of every kind. */
export type AskedRunOptions = Omit<RunOptions, 'snapshot'> & { readonly snapshot?: SnapshotWish | boolean };

export function runOptionsOf({ snapshot, ...others }: AskedRunOptions): RunOptions {
  if (snapshot === undefined || snapshot === false) return others;
  return { ...others, snapshot: snapshot === true ? { kinds: [...snapshotKinds] } : snapshot };
}

export const itemOperations = ['add', 'change', 'remove'] as const;
export type ItemOperation = (typeof itemOperations)[number];

/** What a plan has of one kind. */
export interface KindCounters {
  readonly records: number;
  readonly unchanged: number;
  readonly add: number;
  readonly change: number;
  readonly remove: number;
  /** Left out: see the problems. */
  readonly refused: number;
  /**
   * Of the records that were taken: those that only say more of what is stated elsewhere, and make nothing, such as attributes of D2L.
   * They are no measure of how much a snapshot names; left out where there are none.
   */
  readonly asides?: number;
  /** Of those that were left out: such as only would have said more. */
  readonly refusedAsides?: number;
}

/** All records of a kind were left out, if there were any, or state nothing of their own: a file with nothing but its header is a broken extract. */
export function namesNone(counters: KindCounters | undefined): boolean {
  return counters === undefined || counters.records - (counters.asides ?? 0) === counters.refused;
}

/** What records are counted as; `unknown`: they were refused before so much could be read of them. */
export const countedKinds = [...wireKinds, 'unknown'] as const;
export type CountedKind = (typeof countedKinds)[number];

export type RunCounters = Readonly<Partial<Record<CountedKind, KindCounters>>>;

/** What becomes of LMS objects: `ended` is deleted, too, of persons and org units; `changed` has other fields, parents or another role. */
export const effectSorts = ['created', 'ended', 'inactivated', 'changed'] as const;
export type EffectSort = (typeof effectSorts)[number];

/** What a plan, or an item of it, would do to LMS objects of one kind. */
export interface KindEffects extends Readonly<Record<EffectSort, number>> {
  /** The first of each sort, by the record that they are of, and the item that does it. */
  samples: { sort: EffectSort; sourcedId: string; item: number }[];
}
