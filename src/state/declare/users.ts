import { listChange, mustExist, mustNotExist, tombstoneOf } from '../../domain/command.ts';
import type { RecordCommand } from '../../domain/command.ts';
import { hasName } from '../../domain/person-names.ts';
import type { Problem } from '../../domain/problem.ts';
import { defer } from '../lane.ts';
import type { Lane, LaneSource } from '../lane.ts';
import { readAgents } from './agents.ts';
import type { Declaration, Declared, TouchedRows } from './declare.ts';
import { overfullOf } from './overfull.ts';
import { isSame } from './restate.ts';
import { neverWished, releases, restateAsWished } from './wishes.ts';

type UserCommand = Extract<RecordCommand, { entity: 'user' }>;

interface UserRow {
  sourced_id: string;
  fields: Record<string, unknown>;
  deleted: boolean;
  kept: readonly string[];
  released: boolean;
  on_delete: 'inactivate' | 'delete' | null;
}

/** The row is written. */
const changes: ReadonlySet<Declared> = new Set(['created', 'updated', 'deleted']);

/** Declares persons: reads the rows that are there, restates them, writes what differs. */
export async function declareUsers(
  lane: Lane,
  source: LaneSource,
  batch: readonly Declaration[],
  touched: TouchedRows,
  answer: (declaration: Declaration, status: Declared, warnings: readonly Problem[]) => void,
): Promise<void> {
  if (batch.length === 0) return;
  // Of a key that comes again the last row counts.
  const rows = new Map<string, JudgedRow>();
  for (const { declaration, status, warnings, row } of await judgeUsers(lane, source, batch)) {
    answer(declaration, status, warnings);
    if (row === undefined) continue;
    rows.set(row.sourced_id, row);
    touched.users.push({ sourceSystemId: source.id, sourcedId: row.sourced_id });
  }
  if (rows.size > 0) defer(lane, writeUsers(lane, source, [...rows.values()]));
}

type JudgedRow = UserRow & { message_id: string };

export interface JudgedUser {
  readonly declaration: Declaration;
  readonly status: Declared;
  readonly warnings: readonly Problem[];
  /** What is to be written; absent where nothing is. */
  readonly row?: JudgedRow;
  readonly was: UserRow | undefined;
}

/** What would become of persons, in their order, each after what came before it of its key; reads, and writes nothing. */
export async function judgeUsers(
  lane: Lane,
  source: LaneSource,
  batch: readonly Declaration[],
): Promise<readonly JudgedUser[]> {
  const ids = batch.map(({ command }) => command.sourcedId);
  const before = await readUsers(lane, source, ids);
  const commands = batch.map(({ command }) => command as UserCommand);
  const agents = await readAgents(lane, source.id, commands);
  return batch.map((declaration) => {
    const { command, warnings } = agents.among(declaration.command as UserCommand);
    const was = before.get(command.sourcedId);
    const { status, fields } = judge(command, was, source);
    agents.became(command.sourcedId, status);
    const kept = keptBy(command, was);
    const isKeptAnew = command.verb !== 'delete' && status === 'unchanged' && !isSame(kept, was?.kept);
    if (!changes.has(status) && !isKeptAnew) return { declaration, status, warnings, was };
    const { messageId } = declaration;
    const row = { sourced_id: command.sourcedId, fields, kept, ...asDeleted(command), message_id: messageId };
    before.set(command.sourcedId, row);
    return { declaration, status, warnings, row, was };
  });
}

function keptBy(command: UserCommand, was: UserRow | undefined): readonly string[] {
  if (command.verb !== 'delete') return command.wishes?.keep ?? [];
  return (command.tombstone ?? was)?.kept ?? [];
}

/** How a delete leaves the row; of what is there, nothing of it holds. */
function asDeleted(command: UserCommand): Pick<UserRow, 'deleted' | 'released' | 'on_delete'> {
  if (command.verb !== 'delete') return { deleted: false, released: false, on_delete: null };
  const lms = command.wishes?.lms;
  if (releases(command)) return { deleted: false, released: true, on_delete: null };
  return { deleted: true, released: false, on_delete: lms === undefined || lms === 'leave' ? null : lms };
}

function judge(
  command: UserCommand,
  was: UserRow | undefined,
  source: LaneSource,
): { status: Declared; fields: Record<string, unknown> } {
  const there = was !== undefined && !was.deleted && !was.released;
  if (command.verb === 'delete') return judgeDelete(command, was, there);
  if (!there && mustExist(command)) return { status: 'unknown', fields: {} };
  if (there && mustNotExist(command)) return { status: 'in_use', fields: {} };
  const never = neverWished(command, there);
  if (never !== undefined) return { status: never, fields: was?.fields ?? {} };
  const fields = restateAsWished(
    was && { fields: was.fields, there },
    command,
    { ...command.fields },
    source.options.overwrite.user,
    listChange(command),
  );
  if (isEmptyList(fields.relations)) delete fields.relations;
  const overfull = overfullOf(command, fields);
  if (overfull !== undefined) return { status: overfull, fields };
  if (!there) return { status: 'created', fields };
  // A replace without a name does not come this far (`require-name`).
  if (command.verb === 'update' && hasName(was.fields) && !hasName(fields)) return { status: 'nameless', fields };
  return { status: isSame(was.fields, fields) ? 'unchanged' : 'updated', fields };
}

function judgeDelete(
  command: UserCommand,
  was: UserRow | undefined,
  there: boolean,
): { status: Declared; fields: Record<string, unknown> } {
  const tombstone = tombstoneOf(command);
  const fields = tombstone === undefined ? (was?.fields ?? {}) : { ...tombstone.fields };
  if (there) return { status: 'deleted', fields };
  if (tombstone === undefined) return { status: 'unknown', fields };
  const row = { fields, kept: keptBy(command, was), ...asDeleted(command) };
  const isAsItWas = was === undefined || isSame(row, standingOf(was));
  return { status: isAsItWas ? 'unchanged' : 'updated', fields };
}

function standingOf({ sourced_id: _id, ...standing }: UserRow): object {
  return standing;
}

/** Nobody named is the same as nothing stated. */
function isEmptyList(relations: unknown): boolean {
  return relations === null || (Array.isArray(relations) && relations.length === 0);
}

async function readUsers(lane: Lane, source: LaneSource, ids: string[]): Promise<Map<string, UserRow>> {
  const { rows } = await lane.client.query<UserRow>({
    name: 'declared_user_read',
    text: `select d.*
             from unnest($3::text[]) as k(sourced_id)
             cross join lateral (select d.sourced_id, d.fields, d.deleted, d.kept, d.released, d.on_delete from declared_user d
                                  where d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = k.sourced_id limit 1) d`,
    values: [lane.organizationId, source.id, ids],
  });
  return new Map(rows.map((row) => [row.sourced_id, row]));
}

/** A new row is written as live, as nearly all become: the judgement then has only the others to correct, and takes it as new by its link. */
async function writeUsers(lane: Lane, source: LaneSource, rows: object[]): Promise<void> {
  await lane.client.query({
    name: 'declared_user_write',
    text: `insert into declared_user (organization_id, source_system_id, sourced_id, fields, kept, deleted, released, on_delete, message_id, live)
           select $1, $2, r.sourced_id, r.fields, r.kept, r.deleted, r.released, r.on_delete, r.message_id, true
             from jsonb_to_recordset($3) as r(sourced_id text, fields jsonb, kept jsonb, deleted boolean, released boolean, on_delete text, message_id uuid)
           on conflict (organization_id, sourced_id, source_system_id) do update
              set fields = excluded.fields, kept = excluded.kept, deleted = excluded.deleted, released = excluded.released,
                  on_delete = excluded.on_delete, message_id = excluded.message_id, declared_at = statement_timestamp()`,
    values: [lane.organizationId, source.id, JSON.stringify(rows)],
  });
}
