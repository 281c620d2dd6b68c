import { isKept } from './declare.ts';
import { merge, override, type Stating } from './merge.ts';
import { knownSections, type Scene } from './placement.ts';
import type { LmsOrgUnit, State, UnitFields, UnitRow } from './state.ts';

const unitFieldNames = ['name', 'shortName', 'description', 'startsAt', 'endsAt', 'attributes', 'active'] as const;

/** Merges what its live rows say of an LMS org unit (projection.md, 6), the best-ranked first, and shows it. */
export function unitFields(scene: Scene, unit: LmsOrgUnit, rows: UnitRow[]): Record<string, unknown> {
  const stating: Stating[] = rows.map((row) => ({
    fields: { ...derived(scene, row), ...row.fields },
    withheld: withheldBy(scene.state, row),
  }));
  unit.fields = merge(unitFieldNames, stating, unit.fields);
  const shown = override(unit.fields, stating, scene.state.overrides.get(unit), scene.state.lmsOwned.orgUnit);
  return { ...shown, name: shown.name ?? unit.code };
}

/** The code of the best-ranked row that states one, else the best-ranked row's sourcedId; undefined: no row may say. */
export function codeWanted(state: State, rows: UnitRow[]): string | undefined {
  const saying = rows.filter((row) => !withheldBy(state, row)('code'));
  const stating = saying.find((row) => row.fields.code !== undefined) ?? saying[0];
  return stating && (stating.fields.code ?? stating.sourcedId);
}

/** An adopted link never states the fields that its source system may not overwrite. */
function withheldBy(state: State, row: UnitRow): (field: string) => boolean {
  const isAdopted = state.unitLinks.get(row.key)?.adopted === true;
  return (field) => isAdopted && isKept(row.source.options.overwrite.orgUnit, field);
}

/** What an association takes from its known sections. */
function derived(scene: Scene, row: UnitRow): UnitFields {
  if (row.kind !== 'association') return {};
  const sections = knownSections(scene, row);
  const first = sections[0];
  const starts = sections.map((section) => section.fields.startsAt).filter((date) => date != null);
  const ends = sections.map((section) => section.fields.endsAt).filter((date) => date != null);
  return {
    ...(first === undefined ? {} : { name: first.fields.name ?? first.fields.code ?? first.sourcedId }),
    ...(starts.length === 0 ? {} : { startsAt: starts.sort()[0] ?? null }),
    ...(ends.length === 0 ? {} : { endsAt: ends.sort().at(-1) ?? null }),
  };
}
