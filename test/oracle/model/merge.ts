/** What one row says of an LMS object; `withheld` are fields that it may not say. */
export type Stating = { fields: object; withheld: (field: string) => boolean };

/**
 * Each field from the first row that states it (null is a statement). What no row says and a row may not say keeps the
 * value `before`, but what nobody says to be inactive is active (projection.md, 6).
 */
export function merge(
  names: readonly string[],
  rows: readonly Stating[],
  before: Record<string, unknown>,
): Record<string, unknown> {
  const merged: Record<string, unknown> = {};
  for (const name of names) {
    const saying = rows.find((row) => valueOf(row, name) !== undefined && !row.withheld(name));
    if (saying !== undefined) merged[name] = valueOf(saying, name);
    else if (name !== 'active' && rows.some((row) => row.withheld(name))) merged[name] = before[name];
  }
  return merged;
}

/** An override wins where the LMS owns the field, or where no row states it. */
export function override(
  fields: Record<string, unknown>,
  rows: readonly Stating[],
  overrides: ReadonlyMap<string, unknown> = new Map(),
  lmsOwned: readonly string[] = [],
): Record<string, unknown> {
  const isStated = (name: string) => rows.some((row) => valueOf(row, name) !== undefined && !row.withheld(name));
  const winning = [...overrides].filter(([name]) => lmsOwned.includes(name) || !isStated(name));
  return { ...fields, ...Object.fromEntries(winning) };
}

function valueOf(row: Stating, name: string): unknown {
  return (row.fields as Record<string, unknown>)[name];
}
