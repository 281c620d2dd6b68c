import {
  literalOrgUnitTypes,
  type OrgUnitWireKind,
  type ParentReference,
  type ParentRole,
} from '../../../src/domain/entities.ts';
import { bringsOffering, referencesOf, type UnitReference, type UnitRows } from './references.ts';
import { compareText, rowKey, type Source, type State, type UnitFields, type UnitRow } from './state.ts';

/** The declared org unit rows, and beside them those that sections imply (projection.md, 2). */
export function unitRows(state: State): UnitRows {
  const rows = new Map(state.units);
  for (const source of state.sources) {
    for (const row of impliedRows(state, source)) {
      // An own message takes the place of a placeholder for ever, and so does its tombstone.
      if (!rows.has(row.key)) rows.set(row.key, row);
    }
  }
  return rows;
}

function impliedRows(state: State, source: Source): UnitRow[] {
  const bringing = [...state.units.values()]
    .filter((row) => row.source === source && row.kind === 'section' && !row.deleted && bringsOffering(state, row))
    .sort((a, b) => compareText(a.sourcedId, b.sourcedId));
  return [
    ...bringing.map((section) => implied(section, 'offering', section.sourcedId, ownOffering(section))),
    ...bringing.flatMap((section) => impliedTemplate(section, bringing)),
    ...bringing.flatMap((section) => impliedGroups(section, bringing)),
  ];
}

/** The offering that a section brings: its label, name, dates and status, under what it names. */
function ownOffering(section: UnitRow): UnitFields {
  const { name, active, startsAt, endsAt, attributes } = section.fields;
  const template = templateNamedBy(section);
  const semester = referencesOf(section, 'semester')[0];
  const department = referencesOf(section, 'department')[0];
  return {
    type: literalOrgUnitTypes.offering,
    code: attributes?.label ?? section.sourcedId,
    ...(name === undefined ? {} : { name }),
    ...(active === undefined ? {} : { active }),
    ...(startsAt === undefined ? {} : { startsAt }),
    ...(endsAt === undefined ? {} : { endsAt }),
    parents: [
      ...parent('template', 'template', template),
      ...parent('semester', 'group', semester),
      ...parent('department', 'group', department),
    ],
  };
}

function parent(role: ParentRole, kind: OrgUnitWireKind, reference: UnitReference | undefined) {
  return reference === undefined ? [] : [{ role, kind, sourcedId: reference.sourcedId }];
}

function templateNamedBy(section: UnitRow): UnitReference | undefined {
  return referencesOf(section, 'offering')[0] ?? referencesOf(section, 'template')[0];
}

function impliedTemplate(section: UnitRow, bringing: UnitRow[]): UnitRow[] {
  const template = templateNamedBy(section);
  if (template === undefined) return [];
  const department = bringing
    .filter((other) => templateNamedBy(other)?.sourcedId === template.sourcedId)
    .map((other) => referencesOf(other, 'department')[0])
    .find((reference) => reference !== undefined);
  const fields = {
    type: literalOrgUnitTypes.template,
    code: template.sourcedId,
    name: template.sourcedId,
    parents: parent('department', 'group', department),
  };
  return [implied(section, 'template', template.sourcedId, fields)];
}

/** The semesters and departments that a section names; an id is what the first reference to it says. */
function impliedGroups(section: UnitRow, bringing: UnitRow[]): UnitRow[] {
  const option = section.source.options.sectionBringsOffering;
  if (option === null) return [];
  return groupsNamedBy(section).map(({ role, sourcedId }) => {
    const names = bringing.flatMap(groupsNamedBy).filter((other) => other.sourcedId === sourcedId);
    const fields = {
      type: role === 'semester' ? option.semesterType : option.departmentType,
      code: sourcedId,
      name: names.find((other) => other.name !== undefined)?.name ?? sourcedId,
    };
    return implied(section, 'group', sourcedId, fields);
  });
}

function groupsNamedBy(section: UnitRow): ParentReference[] {
  return (section.fields.parents ?? []).filter(({ role }) => role === 'semester' || role === 'department');
}

function implied(section: UnitRow, kind: OrgUnitWireKind, sourcedId: string, fields: UnitFields): UnitRow {
  const { source, order } = section;
  return {
    key: rowKey(source, kind, sourcedId),
    source,
    kind,
    sourcedId,
    fields,
    deleted: false,
    order,
    implied: true,
  };
}
