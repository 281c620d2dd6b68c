/*
 * Gentle removal (docs/adr/0058): an enrollment that a run leaves out ends some days later, and is inactive, not gone, until then.
 */

/** For so many days; `never`: until somebody says something of it. */
export interface GracePeriod {
  readonly days: number | 'never';
  /** What the LMS sees until then. Default `inactive`. */
  readonly meanwhile?: 'inactive' | 'active';
}

export interface Grace {
  /** Of enrollments of which `roles` says nothing. */
  readonly others?: GracePeriod;
  /** By the SIS's own words for roles, whatever their case. */
  readonly roles?: (GracePeriod & { readonly roles: string[] })[];
  /** Also of enrollments that a file deletes by name; without it only of those that a snapshot does not name. */
  readonly fileDeletes?: boolean;
}

/** How an enrollment goes: it stands for some days, or until an instant (null = for good), and ends then. */
export type Leaves = { readonly meanwhile: 'inactive' | 'active' } & (
  { readonly days: number | 'never' } | { readonly until: string | null }
);

/**
 * How an enrollment with these roles goes; undefined = at once. The longest period of its active roles holds: who teaches and
 * studies in a course is treated as who teaches.
 *
 * @param fold how roles compare
 */
export function leavesOf(
  { others, roles = [] }: Grace,
  entries: readonly { readonly role: string; readonly active: boolean }[],
  fold: (role: string) => string,
): Leaves | undefined {
  const periods = entries
    .filter(({ active }) => active)
    .map(({ role }) => roles.find((one) => one.roles.some((each) => fold(each) === fold(role))) ?? others)
    .filter((period) => period !== undefined && period.days !== 0) as GracePeriod[];
  const [longest] = periods.sort((one, other) => lengthOf(other) - lengthOf(one));
  return longest && { days: longest.days, meanwhile: longest.meanwhile ?? 'inactive' };
}

function lengthOf({ days, meanwhile }: GracePeriod): number {
  const rank = days === 'never' ? Number.MAX_SAFE_INTEGER - 1 : days * 2;
  return rank + (meanwhile === 'active' ? 1 : 0);
}
