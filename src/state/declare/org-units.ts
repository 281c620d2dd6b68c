import { listChange, mustExist, mustNotExist, tombstoneOf } from '../../domain/command.ts';
import type { RecordCommand } from '../../domain/command.ts';
import { literalOrgUnitTypes } from '../../domain/entities.ts';
import type { OrgUnitWireKind, ParentReference } from '../../domain/entities.ts';
import type { Lane, LaneSource } from '../lane.ts';
import type { Declaration, Declared, TouchedRows } from './declare.ts';
import { type SectionsChanged, sectionsChanged, writeAssociationHistory } from './association-history.ts';
import { readObstacles } from './obstacles.ts';
import { overfullOf } from './overfull.ts';
import { isSame } from './restate.ts';
import { neverWished, releases, restateAsWished, unnamedParent } from './wishes.ts';

type OrgUnitCommand = Extract<RecordCommand, { entity: 'org_unit' | 'association' }>;

/** A declared org unit with its references: `parents` of any kind, `sections` of an association. */
interface OrgUnitRow {
  sourced_id: string;
  kind: OrgUnitWireKind;
  fields: Record<string, unknown>;
  implied: boolean;
  deleted: boolean;
  released: boolean;
  kept: readonly string[];
  parents: ParentReference[];
  sections: string[];
}

/**
 * Declares groups, templates, offerings, sections and section associations. A placeholder counts as unknown: its own
 * message takes its row over, a delete of it is a delete of what is unknown.
 */
export async function declareOrgUnits(
  lane: Lane,
  source: LaneSource,
  batch: readonly Declaration[],
  touched: TouchedRows,
  answer: (declaration: Declaration, status: Declared) => void,
): Promise<void> {
  if (batch.length === 0) return;
  const judged = await judgeOrgUnits(lane, source, batch);
  const obstacles = await readObstacles(lane, source, batch);
  // Of a key that comes again the last row takes the place of what was there before the first.
  const rows = new Map<string, WrittenRow>();
  const history: SectionsChanged[] = [];
  for (const { declaration, status, row, was } of judged) {
    const { command } = declaration;
    const obstacle = status === 'unknown' ? undefined : obstacles.of(command, moves(was, row));
    answer(declaration, obstacle ?? status);
    if (row === undefined || obstacle !== undefined) continue;
    obstacles.took(row);
    if (command.wishes?.history === true) {
      const changed = sectionsChanged(row.sourced_id, declaration.messageId, was?.sections ?? [], row.sections);
      if (changed !== undefined) history.push(changed);
    }
    const key = rowKey(row.kind, row.sourced_id);
    const known = rows.get(key);
    rows.set(key, { row, was: known === undefined ? was : known.was, message_id: declaration.messageId });
    touch(touched, source, row, was);
  }
  if (rows.size > 0) await writeOrgUnits(lane, source, [...rows.values()]);
  if (history.length > 0) await writeAssociationHistory(lane, source, history);
}

interface JudgedOrgUnit {
  readonly declaration: Declaration;
  readonly status: Declared;
  /** What is to be written; absent where nothing is. */
  readonly row?: OrgUnitRow;
  readonly was: OrgUnitRow | undefined;
}

/** What would become of org units and associations, each after what came before it of its key, but for what stands in their way; reads, and writes nothing. */
export async function judgeOrgUnits(
  lane: Lane,
  source: LaneSource,
  batch: readonly Declaration[],
): Promise<readonly JudgedOrgUnit[]> {
  const asked = batch.map((declaration) => ({ declaration, command: declaration.command as OrgUnitCommand }));
  const before = await readOrgUnits(
    lane,
    source,
    asked.map(({ command }) => command),
  );
  return asked.map(({ declaration, command }) => {
    const key = rowKey(command.kind, command.sourcedId);
    const was = before.get(key);
    const judged = judge(command, was, source);
    if (judged.row !== undefined) before.set(key, judged.row);
    return { declaration, was, ...judged };
  });
}

/** Those that something stands in the way of, as things are. */
export async function readObstructed(
  lane: Lane,
  source: LaneSource,
  commands: readonly RecordCommand[],
): Promise<readonly RecordCommand[]> {
  if (commands.length === 0) return [];
  const batch = commands.map((command) => ({ command, messageId: '' }));
  const judged = await judgeOrgUnits(lane, source, batch);
  const obstacles = await readObstacles(lane, source, batch);
  return judged.flatMap(({ declaration: { command }, status, row, was }) =>
    status !== 'unknown' && obstacles.of(command, moves(was, row)) !== undefined ? [command] : [],
  );
}

/** Does it change the parents of what is there? */
function moves(was: OrgUnitRow | undefined, row: OrgUnitRow | undefined): boolean {
  return was !== undefined && row !== undefined && !isSame(was.parents, row.parents);
}

/** What a reference of a section may have implied, whatever kind it names. */
const implied: readonly OrgUnitWireKind[] = ['offering', 'template', 'group'];

/**
 * The row itself, and what it refers to no longer: a superseded offering may come back, a placeholder retire. What it goes on
 * to refer to is found by the row itself; a semester is not looked at, with all that is in it, for each offering that changes.
 */
function touch(touched: TouchedRows, source: LaneSource, row: OrgUnitRow, was: OrgUnitRow | undefined): void {
  const add = (kind: OrgUnitWireKind, sourcedId: string, spreads = false): void =>
    void touched.orgUnits.push({ sourceSystemId: source.id, kind, sourcedId, spreads });
  const restructured = isRestructured(row, was);
  add(row.kind, row.sourced_id, restructured);
  const named = new Set(
    row.deleted || row.released || was?.deleted || was?.implied ? [] : row.parents.map(referenceKey),
  );
  for (const parent of (was?.parents ?? []).filter((each) => !named.has(referenceKey(each)))) {
    for (const kind of new Set([...implied, parent.kind ?? 'group'])) add(kind, parent.sourcedId);
  }
  if (restructured) for (const section of was?.sections ?? []) add('section', section, true);
}

/**
 * Does it change what others that depend on it are told by? Nothing is by the name or the dates of a semester, a department,
 * a template or an offering; an association takes those of its sections.
 */
function isRestructured(row: OrgUnitRow, was: OrgUnitRow | undefined): boolean {
  if (was === undefined || row.kind === 'section') return true;
  const structureOf = ({ fields, implied, deleted, released, parents, sections }: OrgUnitRow): object => ({
    type: fields.type,
    standing: [implied, deleted, released],
    parents,
    sections,
  });
  return !isSame(structureOf(row), structureOf(was));
}

function referenceKey({ role, kind, sourcedId }: ParentReference): string {
  return `${role} ${kind ?? ''} ${sourcedId}`;
}

function judge(
  command: OrgUnitCommand,
  was: OrgUnitRow | undefined,
  source: LaneSource,
): { status: Declared; row?: OrgUnitRow } {
  const there = was !== undefined && !was.deleted && !was.released && !was.implied;
  if (command.verb === 'delete') return judgeDelete(command, was, there);
  if (!there && mustExist(command)) return { status: 'unknown' };
  if (there && mustNotExist(command)) return { status: 'in_use' };
  const never = neverWished(command, there);
  if (never !== undefined) return { status: never };
  const stated = stateOf(command);
  const former =
    was === undefined || was.implied ? undefined : { fields: { ...was.fields, ...referencesOf(was) }, there };
  const next = restateAsWished(former, command, stated, source.options.overwrite.orgUnit, listChange(command));
  if (typeof next.type !== 'string') return { status: 'incomplete' };
  const overfull = overfullOf(command, next);
  if (overfull !== undefined) return { status: overfull };
  const unnamed = unnamedParent(command, next);
  if (unnamed !== undefined) return { status: unnamed };
  const { parents, sections, ...fields } = next;
  const row: OrgUnitRow = {
    sourced_id: command.sourcedId,
    kind: command.kind,
    fields,
    implied: false,
    deleted: false,
    released: false,
    kept: command.wishes?.keep ?? [],
    parents: (parents as ParentReference[] | null | undefined) ?? [],
    sections: [...new Set((sections as string[] | null | undefined) ?? [])],
  };
  if (!there) return { status: 'created', row };
  return isSame({ ...was }, { ...row }) ? { status: 'unchanged' } : { status: 'updated', row };
}

function judgeDelete(
  command: OrgUnitCommand,
  was: OrgUnitRow | undefined,
  there: boolean,
): { status: Declared; row?: OrgUnitRow } {
  const left = releases(command);
  const tombstone = tombstoneOf(command);
  if (was === undefined || (tombstone === undefined && !there))
    return { status: tombstone === undefined ? 'unknown' : 'unchanged' };
  const gone = { ...was, deleted: !left, released: left };
  if (tombstone === undefined) return { status: 'deleted', row: gone };
  if (was.implied) return { status: 'unchanged' };
  const { fields = {}, kept = [], parents = [], sections = [], implied = false } = tombstone;
  // A placeholder is retired at first: the sections that bring it bring it again.
  const row: OrgUnitRow = {
    ...gone,
    fields: { ...fields },
    kept,
    parents: [...parents],
    sections: [...sections],
    implied,
  };
  if (there) return { status: 'deleted', row };
  return isSame({ ...was }, { ...row }) ? { status: 'unchanged' } : { status: 'updated', row };
}

/** The stated fields; an association has the type that LIS gives it no word for. */
function stateOf(command: Extract<OrgUnitCommand, { verb: 'replace' | 'update' }>): Record<string, unknown> {
  return command.entity === 'association'
    ? { type: literalOrgUnitTypes.association, ...command.fields }
    : { ...command.fields };
}

/** References are fields like others to an update and to the overwrite option, as far as there are any. */
function referencesOf(row: OrgUnitRow): Record<string, unknown> {
  return {
    ...(row.parents.length > 0 ? { parents: row.parents } : {}),
    ...(row.sections.length > 0 ? { sections: row.sections } : {}),
  };
}

function rowKey(kind: string, sourcedId: string): string {
  return `${kind} ${sourcedId}`;
}

async function readOrgUnits(
  lane: Lane,
  source: LaneSource,
  commands: readonly OrgUnitCommand[],
): Promise<Map<string, OrgUnitRow>> {
  const { rows } = await lane.client.query<OrgUnitRow>({
    name: 'declared_org_unit_read',
    text: `
      select d.sourced_id, d.kind, d.fields, d.implied, d.deleted, d.released, d.kept,
             coalesce((select jsonb_agg(jsonb_strip_nulls(jsonb_build_object('role', p.role, 'sourcedId', p.parent_sourced_id, 'name', p.parent_name))
                                        || jsonb_build_object('kind', p.parent_kind) order by p.position)
                         from declared_parent p
                        where p.organization_id = $1 and p.source_system_id = $2 and p.sourced_id = d.sourced_id and p.kind = d.kind), '[]') as parents,
             coalesce((select jsonb_agg(a.section_sourced_id order by a.position)
                         from declared_association a
                        where d.kind = 'association' and a.organization_id = $1 and a.source_system_id = $2 and a.sourced_id = d.sourced_id), '[]') as sections
        from unnest($3::text[], $4::text[]) as k(kind, sourced_id)
        join declared_org_unit d on d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = k.sourced_id and d.kind = k.kind`,
    values: [lane.organizationId, source.id, commands.map((c) => c.kind), commands.map((c) => c.sourcedId)],
  });
  return new Map(rows.map((row) => [rowKey(row.kind, row.sourced_id), row]));
}

interface WrittenRow {
  readonly row: OrgUnitRow;
  readonly was: OrgUnitRow | undefined;
  readonly message_id: string;
}

/** The rows, then their references: those of former images go, those of the new images come. */
async function writeOrgUnits(lane: Lane, source: LaneSource, rows: readonly WrittenRow[]): Promise<void> {
  const written = rows.map(({ row: { parents: _parents, sections: _sections, ...row }, message_id }) => ({
    ...row,
    message_id,
  }));
  await lane.client.query({
    name: 'declared_org_unit_write',
    text: `insert into declared_org_unit (organization_id, source_system_id, sourced_id, kind, fields, kept, implied, deleted, released, message_id)
           select $1, $2, r.sourced_id, r.kind, r.fields, r.kept, r.implied, r.deleted, r.released, r.message_id
             from jsonb_to_recordset($3) as r(sourced_id text, kind text, fields jsonb, kept jsonb, implied boolean, deleted boolean, released boolean, message_id uuid)
           on conflict (organization_id, sourced_id, source_system_id, kind) do update
              set fields = excluded.fields, kept = excluded.kept, implied = excluded.implied, deleted = excluded.deleted, released = excluded.released,
                  message_id = excluded.message_id, declared_at = statement_timestamp()`,
    values: [lane.organizationId, source.id, JSON.stringify(written)],
  });
  await writeParents(
    lane,
    source.id,
    rows.map(({ row, was }) => ({ ...row, had_parents: was?.parents ?? [] })),
  );
  await writeSections(lane, source, rows);
}

interface RowWithParents {
  readonly sourced_id: string;
  readonly kind: OrgUnitWireKind;
  readonly parents: readonly ParentReference[];
  readonly had_parents: readonly ParentReference[];
}

/** Puts `parents` of each row in place of what was there; nothing is asked of the database where there is nothing to do. */
export async function writeParents(lane: Lane, sourceSystemId: number, rows: readonly RowWithParents[]): Promise<void> {
  const had = rows.filter((row) => row.had_parents.length > 0);
  if (had.length > 0)
    await lane.client.query({
      name: 'declared_parent_delete',
      text: `delete from declared_parent p using unnest($3::text[], $4::text[]) as r(sourced_id, kind)
              where p.organization_id = $1 and p.source_system_id = $2 and p.sourced_id = r.sourced_id and p.kind = r.kind`,
      values: [lane.organizationId, sourceSystemId, had.map((row) => row.sourced_id), had.map((row) => row.kind)],
    });
  const written = rows.flatMap(({ sourced_id, kind, parents }) =>
    parents.map((parent, index) => ({ sourced_id, kind, parent, position: index + 1 })),
  );
  if (written.length === 0) return;
  await lane.client.query({
    name: 'declared_parent_write',
    text: `insert into declared_parent (organization_id, source_system_id, sourced_id, kind, position, role, parent_kind, parent_sourced_id, parent_name)
           select $1, $2, r.*
             from unnest($3::text[], $4::text[], $5::smallint[], $6::text[], $7::text[], $8::text[], $9::text[]) as r`,
    values: [
      lane.organizationId,
      sourceSystemId,
      written.map((row) => row.sourced_id),
      written.map((row) => row.kind),
      written.map((row) => row.position),
      written.map(({ parent }) => parent.role),
      written.map(({ parent }) => parent.kind),
      written.map(({ parent }) => parent.sourcedId),
      written.map(({ parent }) => parent.name ?? null),
    ],
  });
}

async function writeSections(lane: Lane, source: LaneSource, rows: readonly WrittenRow[]): Promise<void> {
  const had = rows.filter(({ was }) => was !== undefined && was.sections.length > 0).map(({ row }) => row.sourced_id);
  if (had.length > 0)
    await lane.client.query({
      name: 'declared_association_delete',
      text: `delete from declared_association a using unnest($3::text[]) as r(sourced_id)
              where a.organization_id = $1 and a.source_system_id = $2 and a.sourced_id = r.sourced_id`,
      values: [lane.organizationId, source.id, had],
    });
  const written = rows.flatMap(({ row: { sourced_id, sections } }) =>
    sections.map((section, index) => ({ sourced_id, section, position: index + 1 })),
  );
  if (written.length === 0) return;
  await lane.client.query({
    name: 'declared_association_write',
    text: `insert into declared_association (organization_id, source_system_id, sourced_id, position, section_sourced_id)
           select $1, $2, r.* from unnest($3::text[], $4::integer[], $5::text[]) as r`,
    values: [
      lane.organizationId,
      source.id,
      written.map((row) => row.sourced_id),
      written.map((row) => row.position),
      written.map((row) => row.section),
    ],
  });
}
