import type { RenameCommand } from '../../../src/domain/command.ts';
import type { ParentReference } from '../../../src/domain/entities.ts';
import { syntheticEnrollmentId } from '../../../src/domain/synthetic-enrollment-id.ts';
import { fold } from '../../../src/domain/source-system.ts';
import { isKept } from './declare.ts';
import { unitRows } from './placeholders.ts';
import { meaning, type UnitReference } from './references.ts';
import { renameRelationsTo } from './relations.ts';
import { type EnrollmentRow, type Link, type Row, rowKey, type Source, type State, type UnitRow } from './state.ts';

/** Another sourcedId for a row, its link and all that refers to it (projection.md, 9). */
export function rename(
  state: State,
  source: Source,
  command: RenameCommand,
): 'written' | 'unchanged' | 'unknown' | 'in use' {
  const { kind, sourcedId: from, newSourcedId: to } = command;
  const isThere = (id: string) => {
    const key = rowKey(source, kind, id);
    return (state.users.get(key) ?? state.units.get(key) ?? state.enrollments.get(key))?.deleted === false;
  };
  if (!isThere(from)) return 'unknown';
  if (from === to) return 'unchanged';
  if (isThere(to)) return 'in use';
  const offering = kind === 'section' && takesOfferingAlong(state, source, from, to);
  keepName(state, source, command);
  follow(state, source, command, offering);
  if (kind === 'person') renameRelationsTo(state, source, from, to);
  if (kind === 'person') move(state.users, state.userLinks, source, command, () => ({}));
  else if (kind === 'membership') moveEnrollment(state, source, from, to);
  else move(state.units, state.unitLinks, source, command, () => ({}));
  if (offering) moveLink(state.unitLinks, rowKey(source, 'offering', from), rowKey(source, 'offering', to));
  return 'written';
}

/** The placeholder of the section, if it was ever projected and no message speaks of an offering under either id. */
function takesOfferingAlong(state: State, source: Source, from: string, to: string): boolean {
  const [old, next] = [rowKey(source, 'offering', from), rowKey(source, 'offering', to)];
  return state.unitLinks.has(old) && !state.units.has(old) && !state.units.has(next);
}

/** Who may not overwrite the code or org-defined id does not by another sourcedId either. */
function keepName({ users, units, userLinks, unitLinks }: State, source: Source, { kind, sourcedId }: RenameCommand) {
  const key = rowKey(source, kind, sourcedId);
  const { overwrite } = source.options;
  const isCalledBy = (name: string | null | undefined) => name != null && fold(name) === fold(sourcedId);
  const [user, unit] = [users.get(key), units.get(key)];
  if (
    user !== undefined &&
    isKept(overwrite.user, 'orgDefinedId') &&
    isCalledBy(userLinks.get(key)?.object.orgDefinedId)
  )
    user.fields = { ...user.fields, orgDefinedId: user.fields.orgDefinedId ?? sourcedId };
  if (unit !== undefined && isKept(overwrite.orgUnit, 'code') && isCalledBy(unitLinks.get(key)?.object.code))
    unit.fields = { ...unit.fields, code: unit.fields.code ?? sourcedId };
}

/** What refers to the row says its new id from now on. */
function follow(
  state: State,
  source: Source,
  { kind, sourcedId: from, newSourcedId: to }: RenameCommand,
  offering: boolean,
) {
  const rows = unitRows(state);
  const moving = [rowKey(source, kind, from), ...(offering ? [rowKey(source, 'offering', from)] : [])];
  const means = (reference: UnitReference, stating?: UnitRow) => {
    const meant = meaning(rows, source, reference, stating);
    return 'row' in meant && moving.includes(meant.row.key);
  };
  const units = [...state.units.values()].filter((row) => row.source === source);
  const left = kind === 'person' && state.users.get(rowKey(source, kind, to))?.deleted === true;
  const changes = units.map((row) => () => {
    const { parents, sections } = row.fields;
    const following = parents?.map((reference): ParentReference =>
      means(reference, row) ? { ...reference, sourcedId: to } : reference,
    );
    const listed = kind === 'section' ? sections?.map((id) => (id === from ? to : id)) : sections;
    row.fields = {
      ...row.fields,
      ...(following == null ? {} : { parents: following }),
      ...(listed == null ? {} : { sections: [...new Set(listed)] }),
    };
  });
  for (const change of changes) change();
  for (const row of [...state.enrollments.values()].filter((row) => row.source === source)) {
    const { userSourcedId, orgUnit } = row.fields;
    if (kind === 'person' && userSourcedId === from) refer(state, row, { userSourcedId: to, orgUnit }, left);
    if (kind !== 'person' && means(orgUnit))
      refer(state, row, { userSourcedId, orgUnit: { ...orgUnit, sourcedId: to } }, left);
  }
}

/**
 * An id that is made of the pair changes with it; a membership that has it already stays, unless only it was deleted, or left by
 * a person who was.
 */
function refer(
  state: State,
  row: EnrollmentRow,
  pair: Pick<EnrollmentRow['fields'], 'userSourcedId' | 'orgUnit'>,
  left: boolean,
) {
  const { userSourcedId, orgUnit } = row.fields;
  const isMadeOfPair = row.sourcedId === syntheticEnrollmentId(userSourcedId, orgUnit);
  row.fields = { ...row.fields, ...pair };
  if (!isMadeOfPair) return;
  const sourcedId = syntheticEnrollmentId(pair.userSourcedId, pair.orgUnit);
  const key = rowKey(row.source, 'membership', sourcedId);
  const other = state.enrollments.get(key);
  state.enrollments.delete(row.key);
  if (other === undefined || ((other.deleted || left) && !row.deleted))
    state.enrollments.set(key, { ...row, key, sourcedId });
}

function move<R extends Row<object>, LmsObject>(
  rows: Map<string, R>,
  links: Map<string, Link<LmsObject>>,
  source: Source,
  { kind, sourcedId: from, newSourcedId: to }: RenameCommand,
  leave: (fields: R['fields']) => object,
) {
  const [old, next] = [rowKey(source, kind, from), rowKey(source, kind, to)];
  const row = rows.get(old)!;
  rows.set(next, { ...row, key: next, sourcedId: to });
  rows.set(old, { ...row, deleted: true, fields: leave(row.fields) });
  moveLink(links, old, next);
}

function moveEnrollment(state: State, source: Source, from: string, to: string) {
  const command = { kind: 'membership', sourcedId: from, newSourcedId: to } as RenameCommand;
  move(state.enrollments, new Map(), source, command, (fields) => ({
    userSourcedId: fields.userSourcedId,
    orgUnit: fields.orgUnit,
    roles: [],
  }));
}

/** What was linked under the new id loses its link. */
function moveLink<LmsObject>(links: Map<string, Link<LmsObject>>, from: string, to: string) {
  const link = links.get(from);
  links.delete(from);
  links.delete(to);
  if (link !== undefined) links.set(to, { ...link, row: to });
}
