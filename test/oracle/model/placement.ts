import {
  literalOrgUnitTypes,
  orgUnitWireKinds,
  type OrgUnitWireKind,
  type ParentReference,
  type ParentRole,
} from '../../../src/domain/entities.ts';
import type { ProblemCode } from '../../../src/domain/problem.ts';
import { fold } from '../../../src/domain/source-system.ts';
import { bringsOffering, type Meaning, meaning, offeringOf, referencesOf, type UnitRows } from './references.ts';
import { compareText, rowKey, type State, type UnitRow } from './state.ts';

/** Where a row hangs: below the organization itself, if nothing else is its parent; then the parents in their order. */
export type Place = { isBelowOrganization: boolean; parents: UnitRow[] };
export type Waiting = { wait: ProblemCode };

export type Scene = { state: State; rows: UnitRows; isLive: (row: UnitRow) => boolean };

/** Conditions 2 to 5 of projection.md, 4: everything that a row needs but a link. */
export function place(scene: Scene, row: UnitRow): Place | Waiting {
  if (mappedType(row) === undefined) return { wait: 'unmapped_type' };
  if (isItsOwnAncestor(scene, row)) return { wait: 'parent_cycle' };
  if (row.kind === 'association' && knownSections(scene, row).length === 0) return { wait: 'waiting_for_section' };
  const required = requiredParents(scene, row);
  if ('wait' in required) return required;
  const others = row.kind === 'association' ? [] : resolvedParents(scene, row);
  return {
    isBelowOrganization: required.parents.length === 0 && others.length === 0,
    parents: unique([...required.parents, ...others, ...semestersOf(scene, row)]),
  };
}

/** The code of the LMS type that the row's type, or its kind's literal one, is mapped to. */
export function mappedType(row: UnitRow): string | undefined {
  const type = row.kind === 'association' ? literalOrgUnitTypes.association : row.fields.type;
  return type === undefined ? undefined : row.source.typeMap.get(fold(type));
}

function requiredParents(scene: Scene, row: UnitRow): { parents: UnitRow[] } | Waiting {
  switch (row.kind) {
    case 'group':
    case 'template':
      return { parents: [] };
    case 'association':
      return { parents: templateOfAssociation(scene, row) };
    case 'section': {
      const associations = liveAssociationsOf(scene, row);
      if (associations.length > 0) return { parents: associations };
      const offering = offeringOf(scene.rows, scene.state, row);
      if (offering !== undefined) return required(scene, 'offering', offering);
      return parentsAlone(scene, row) ?? { wait: 'waiting_for_parent' };
    }
    case 'offering': {
      const [reference] = [...referencesOf(row, 'template'), ...referencesOf(row, 'department')];
      if (reference !== undefined)
        return required(scene, reference.role, meaning(scene.rows, row.source, reference, row));
      return parentsAlone(scene, row) ?? { parents: [] };
    }
  }
}

function required(scene: Scene, role: ParentRole, meant: Meaning): { parents: UnitRow[] } | Waiting {
  if ('wait' in meant) return { wait: meant.wait === 'unknown' ? 'waiting_for_parent' : meant.wait };
  if (!fits(role, meant.row)) return { wait: 'wrong_kind' };
  return scene.isLive(meant.row) ? { parents: [meant.row] } : { wait: 'waiting_for_parent' };
}

/** A section or offering that states `parent` references instead of what it usually hangs by needs one of them. */
function parentsAlone(scene: Scene, row: UnitRow): { parents: UnitRow[] } | Waiting | undefined {
  if (referencesOf(row, 'parent').length === 0) return undefined;
  return resolvedParents(scene, row).length > 0 ? { parents: [] } : { wait: 'waiting_for_parent' };
}

/** References of the role `parent` that resolve, and of groups and templates those of the role `department` before them. */
function resolvedParents(scene: Scene, row: UnitRow): UnitRow[] {
  const hangsByDepartment = row.kind === 'group' || row.kind === 'template';
  return [...(hangsByDepartment ? allResolved(scene, row, 'department') : []), ...allResolved(scene, row, 'parent')];
}

/** The semesters that resolve; a section is under its offering's. */
function semestersOf(scene: Scene, row: UnitRow): UnitRow[] {
  if (row.kind === 'section') return [];
  const stating = row.kind === 'association' ? offeringOfAssociation(scene, row) : row;
  return stating === undefined ? [] : allResolved(scene, stating, 'semester');
}

function allResolved(scene: Scene, row: UnitRow, ...roles: ParentRole[]): UnitRow[] {
  return resolved(scene, row, referencesOf(row, ...roles));
}

function resolved(scene: Scene, row: UnitRow, references: ParentReference[]): UnitRow[] {
  return references.flatMap((reference) => {
    const meant = meaning(scene.rows, row.source, reference, row);
    return 'row' in meant && fits(reference.role, meant.row) && scene.isLive(meant.row) ? [meant.row] : [];
  });
}

/** Can the row be what a reference of this role names (projection.md, 3)? */
function fits(role: ParentRole, { kind }: UnitRow): boolean {
  const fitting: Record<ParentRole, readonly OrgUnitWireKind[]> = {
    offering: ['offering', 'association'],
    template: ['template'],
    department: ['group'],
    semester: ['group'],
    parent: orgUnitWireKinds,
  };
  return fitting[role].includes(kind);
}

function templateOfAssociation(scene: Scene, association: UnitRow): UnitRow[] {
  const offering = offeringOfAssociation(scene, association);
  if (offering === undefined) return [];
  const [template] = referencesOf(offering, 'template');
  const named = template === undefined ? [] : resolved(scene, offering, [template]);
  return [...named, ...allResolved(scene, offering, 'department')].slice(0, 1);
}

/** The offering that the first known section would have without associations. */
function offeringOfAssociation(scene: Scene, association: UnitRow): UnitRow | undefined {
  const first = knownSections(scene, association)[0];
  const offering = first && offeringOf(scene.rows, scene.state, first);
  return offering !== undefined && 'row' in offering ? offering.row : undefined;
}

/** The sections of an association that are there, in the order of its list. */
export function knownSections({ rows }: Pick<Scene, 'rows'>, association: UnitRow): UnitRow[] {
  return (association.fields.sections ?? [])
    .map((sourcedId) => rows.get(rowKey(association.source, 'section', sourcedId)))
    .filter((section) => section !== undefined && !section.deleted) as UnitRow[];
}

export function liveAssociationsOf(scene: Scene, section: UnitRow): UnitRow[] {
  return [...scene.rows.values()]
    .filter((row) => row.source === section.source && row.kind === 'association' && scene.isLive(row))
    .filter((row) => row.fields.sections?.includes(section.sourcedId))
    .sort((a, b) => compareText(a.sourcedId, b.sourcedId));
}

/** Superseded: sections have it as their offering, and each of them is in a live association. */
export function isSuperseded(scene: Scene, row: UnitRow): boolean {
  const sections = sectionsOf(scene, row);
  return sections.length > 0 && sections.every((section) => liveAssociationsOf(scene, section).length > 0);
}

function sectionsOf(scene: Scene, offering: UnitRow): UnitRow[] {
  return rowsOfKind(scene, offering, 'section').filter((section) => {
    const meant = offeringOf(scene.rows, scene.state, section);
    return offering.kind === 'offering' && meant !== undefined && 'row' in meant && meant.row === offering;
  });
}

function rowsOfKind(scene: Scene, like: UnitRow, kind: OrgUnitWireKind): UnitRow[] {
  return [...scene.rows.values()].filter((row) => row.source === like.source && row.kind === kind && !row.deleted);
}

/** Along the references of all roles, as far as they mean rows that are there. */
function isItsOwnAncestor(scene: Scene, start: UnitRow): boolean {
  const seen = new Set<UnitRow>();
  const open = referredTo(scene, start);
  for (let row = open.pop(); row !== undefined; row = open.pop()) {
    if (row === start) return true;
    if (!seen.has(row)) open.push(...referredTo(scene, row));
    seen.add(row);
  }
  return false;
}

function referredTo({ rows, state }: Scene, row: UnitRow): UnitRow[] {
  // What a section that brings its own offering names as its offering may be the template of that (2).
  const brings = row.kind === 'section' && bringsOffering(state, row);
  const references = (row.fields.parents ?? []).filter(({ role }) => !brings || role !== 'offering');
  const meanings = references.map((reference) => meaning(rows, row.source, reference, row));
  const offering = row.kind === 'section' ? offeringOf(rows, state, row) : undefined;
  return [...meanings, ...(offering === undefined ? [] : [offering])].flatMap((meant) =>
    'row' in meant ? [meant.row] : [],
  );
}

function unique(rows: UnitRow[]): UnitRow[] {
  return [...new Set(rows)];
}
