import type { GovernedBase } from '../../domain/rights.ts';
import type { Seen, TargetUnit } from './target.ts';

export interface SeenRow {
  /** As it is said to be: what the gateway itself made inactive is active. null = the LMS has none. */
  active: boolean | null;
  startsAt: string | null;
  endsAt: string | null;
}

export interface UnitRow extends SeenRow {
  base: GovernedBase | null;
  /** The LMS has it, and it is not deleted there. */
  stands: boolean | null;
  /** It is said to be active by itself. */
  saysActive: boolean;
  /** The course offerings that it is under. */
  under: readonly SeenRow[] | null;
}

/**
 * The org unit under a base. What is about a section, or a group of a course, is also about its course offerings: as far as it has no dates or status but
 * theirs; an enrollment in it is one in them.
 */
export function unitOn(
  base: GovernedBase | null | undefined,
  unit: UnitRow | null | undefined,
  isEnrollment = false,
): TargetUnit[] {
  if (base == null) return [];
  if (unit?.active == null) return [{ base }];
  const offerings = base === 'course_section' || base === 'group' ? (unit.under ?? []).map(seenAs) : [];
  const own = { active: unit.saysActive ? true : null, startsAt: unit.startsAt, endsAt: unit.endsAt };
  return [
    { base, seen: seenAs(unit) },
    ...offerings.map((seen): TargetUnit => (isEnrollment ? { base: 'course_offering', seen } : lentBy(seen, own))),
  ];
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

export function seenAs({ active, startsAt, endsAt }: SeenRow): Seen {
  return { active: active === true, startsAt: startsAt ?? undefined, endsAt: endsAt ?? undefined };
}
