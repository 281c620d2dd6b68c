import type { GovernedBase } from '../../domain/rights.ts';
import type { Seen, TargetUnit } from './target.ts';

/** What the LMS has; `state` null = nothing yet. */
export interface SeenRow {
  state: string | null;
  startsAt: string | null;
  endsAt: string | null;
}

export interface UnitRow extends SeenRow {
  base: GovernedBase | null;
  /** It is said to be active; null = it is not. */
  active: true | null;
  /** The course offerings that it is under. */
  under: readonly SeenRow[] | null;
}

/** The org unit under a base; a section also as far as it has no dates or status but those of its offering. */
export function unitOn(base: GovernedBase | null | undefined, unit: UnitRow | null | undefined): TargetUnit[] {
  if (base == null) return [];
  if (unit?.state == null) return [{ base }];
  const lent = base === 'course_section' ? (unit.under ?? []).map((offering) => lentBy(seenAs(offering), unit)) : [];
  return [{ base, seen: seenAs(unit) }, ...lent];
}

/** What a section has of its offering, for all that it does not say itself. */
export function lentBy(offering: Seen, own: { active?: unknown; startsAt?: unknown; endsAt?: unknown }): TargetUnit {
  return {
    base: 'course_section',
    seen: {
      active: offering.active || own.active != null,
      startsAt: own.startsAt == null ? offering.startsAt : undefined,
      endsAt: own.endsAt == null ? offering.endsAt : undefined,
    },
  };
}

export function seenAs({ state, startsAt, endsAt }: SeenRow): Seen {
  return { active: state === 'active', startsAt: startsAt ?? undefined, endsAt: endsAt ?? undefined };
}
