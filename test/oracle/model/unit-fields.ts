import { isKept } from './declare.ts';
import { merge, override, type Stating } from './merge.ts';
import { knownSections, type Scene } from './placement.ts';
import type { LmsOrgUnit, State, UnitFields, UnitRow } from './state.ts';

const unitFieldNames = ['name', 'shortName', 'description', 'startsAt', 'endsAt', 'attributes', 'active'] as const;

/** Merges what its live rows say of an LMS org unit (projection.md, 6), the best-ranked first, and shows it. */
export function unitFields(scene: Scene, unit: LmsOrgUnit, rows: UnitRow[]): Record<string, unknown> {
  const stating: Stating[] = rows.map((row) => {
    const fields = row.kind === 'association' ? associationFields(scene, row) : row.fields;
    // A name that is stated as empty is not stated: a unit has one.
    return { fields: { ...fields, name: fields.name ?? undefined }, withheld: withheldBy(scene.state, row) };
  });
  const merged = merge(unitFieldNames, stating, unit.fields);
  const named = { ...merged, name: merged.name ?? unit.code };
  unit.fields = override(named, stating, scene.state.overrides.get(unit), scene.state.lmsOwned.orgUnit);
  return unit.fields;
}

/** The row that gives a unit its code: the best-ranked one that states one, else the best-ranked; none, if one may not say. */
export function decidesCode(state: State, rows: UnitRow[]): UnitRow | undefined {
  const saying = rows.filter((row) => !withheldBy(state, row)('code'));
  const stating = saying.find((row) => row.fields.code != null);
  return stating ?? (saying.length === rows.length ? rows[0] : undefined);
}

export function codeOf(row: UnitRow): string {
  return row.fields.code ?? row.sourcedId;
}

/** An adopted link never states the fields that its source system may not overwrite. */
function withheldBy(state: State, row: UnitRow): (field: string) => boolean {
  const isAdopted = state.unitLinks.get(row.key)?.adopted === true;
  return (field) => isAdopted && isKept(row.source.options.overwrite.orgUnit, field);
}

/** An association without a name of its own or dates takes those of its known sections. */
function associationFields(scene: Scene, row: UnitRow): UnitFields {
  const sections = knownSections(scene, row);
  const first = sections[0];
  const starts = sections.map((section) => section.fields.startsAt).filter((date) => date != null);
  const ends = sections.map((section) => section.fields.endsAt).filter((date) => date != null);
  return {
    ...row.fields,
    name: row.fields.name ?? first?.fields.name ?? first?.fields.code ?? first?.sourcedId ?? null,
    ...(starts.length === 0 ? {} : { startsAt: starts.sort()[0]! }),
    ...(ends.length === 0 ? {} : { endsAt: ends.sort().at(-1)! }),
  };
}
