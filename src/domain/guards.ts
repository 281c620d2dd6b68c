import type { WireKind } from './entities.ts';

/*
 * Guards look at a plan as a whole, before it is applied: a file that would remove a tenth of all enrollments is more often broken
 * than meant. What is over a limit is held until somebody decides; the rest goes on.
 */

/** Over the limit: more than `floor`, and more than `count` or `percent` of what there is. */
export interface GuardLimit {
  readonly percent?: number;
  readonly count?: number;
  readonly floor?: number;
}

/**
 * - `removals`: of a kind, in all that the source system declared.
 * - `removalsInScope`: of a kind, within one semester, one department or one role.
 * - `identifiers`: persons whose user name or org-defined id changes, org units whose code does.
 * - `changes`: records of which anything changes.
 */
export const guardNames = ['removals', 'removalsInScope', 'identifiers', 'changes'] as const;
export type GuardName = (typeof guardNames)[number];

export type GuardLimits = Readonly<Partial<Record<GuardName, GuardLimit>>>;

/** What a source system has otherwise than the defaults. */
export interface Guards extends GuardLimits {
  /** Other limits for one kind. */
  readonly kinds?: Readonly<Partial<Record<WireKind, GuardLimits>>>;
  /** A snapshot that names less than so many percent of what the last one named is suspect: its removals are held. */
  readonly shortFilePercent?: number;
  /** A hold that nobody decides on ends after so many days, and its items are not applied. */
  readonly holdDays?: number;
  /** Limits of what real-time messages do within a window; absent: they have none. */
  readonly messages?: MessageGuards;
}

/** Guards that messages have as well: what they do one by one is judged by what they do within a sliding window. */
export const messageGuardNames = ['removals', 'identifiers', 'changes'] as const satisfies readonly GuardName[];
export type MessageGuardName = (typeof messageGuardNames)[number];

export type MessageLimits = Readonly<Partial<Record<MessageGuardName, GuardLimit>>>;

/** Only what is stated is limited: there are no defaults. */
export interface MessageGuards extends MessageLimits {
  readonly windowMinutes?: number;
  /** Other limits for one kind; `{}` as a limit = none. */
  readonly kinds?: Readonly<Partial<Record<WireKind, MessageLimits>>>;
}

const defaults: Record<GuardName, GuardLimit> = {
  removals: { percent: 10, floor: 20 },
  removalsInScope: { percent: 50, floor: 20 },
  identifiers: { percent: 2, floor: 20 },
  changes: { percent: 50, floor: 500 },
};

export const defaultShortFilePercent = 50;
export const defaultHoldDays = 7;
export const defaultWindowMinutes = 60;
export const mostWindowMinutes = 1_440;

export function limitOf(guards: Guards, guard: GuardName, kind: WireKind): GuardLimit {
  return guards.kinds?.[kind]?.[guard] ?? guards[guard] ?? defaults[guard];
}

/** undefined: nothing of it is too much. */
export function messageLimitOf(guards: MessageGuards, guard: MessageGuardName, kind: WireKind): GuardLimit | undefined {
  const limit = guards.kinds?.[kind]?.[guard] ?? guards[guard];
  return limit?.count === undefined && limit?.percent === undefined ? undefined : limit;
}

export function isOver({ percent, count, floor = 0 }: GuardLimit, found: number, of: number): boolean {
  if (found <= floor) return false;
  return (count !== undefined && found > count) || (percent !== undefined && found * 100 > percent * of);
}
