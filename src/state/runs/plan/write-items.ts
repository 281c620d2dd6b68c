import { uuidv7Floor } from '../../../domain/ids.ts';
import { isPairDelete, type RecordCommand } from '../../../domain/command.ts';
import type { RoleEntry } from '../../../domain/entities.ts';
import { type Grace, leavesOf } from '../../../domain/grace.ts';
import type { Problem } from '../../../domain/problem.ts';
import { fold } from '../../../domain/source-system.ts';
import { jsonColumn, jsonColumnSql, numberColumn, textColumn, wordColumn } from '../../columns.ts';
import type { Reading } from '../../lane.ts';
import type { LeasedRun } from '../lease.ts';
import { lastApprovedSql, meantSql } from '../newer-sql.ts';
import { declaredImageSql } from './declared-image.ts';
import { type Findings, type FoundItem, problemOf } from './planning.ts';

/** An item as it is written: with the declared row that it was compared with, as JSON. */
export interface Item {
  readonly item: FoundItem;
  readonly before: string | null;
}

/**
 * The items of what was found, in their order, each with the declared row that it was compared with. A statement of the file
 * gives way to what was declared after the file was made; that is told. An enrollment that the file leaves out goes as gently
 * as its roles ask for.
 */
export async function itemsOf(
  reading: Reading,
  run: LeasedRun,
  grace: Grace,
  findings: Findings,
): Promise<readonly Item[]> {
  const images = await readImages(reading, run, findings.items);
  return findings.items.flatMap((item, index) => {
    const image = images.get(index);
    if (image?.newer === true) {
      findings.count(item.command.kind, 'unchanged');
      findings.problems.push(problemOf(item.record, 'warning', (run.takesBack === null ? newer : changedSince)(item)));
      return [];
    }
    const gentle = gently(run, grace, item, image);
    // It was left out before, and its time runs.
    if (gentle === undefined) {
      findings.count(item.command.kind, 'unchanged');
      return [];
    }
    findings.count(item.command.kind, item.operation);
    return [{ item: gentle, before: image?.before ?? null }];
  });
}

/** The item, with the way in which an enrollment goes; undefined where it is on its way already. What takes a run back is exact. */
function gently(run: LeasedRun, grace: Grace, item: FoundItem, image: Image | undefined): FoundItem | undefined {
  const { command, record } = item;
  const isGentle = record.absent === true || grace.fileDeletes === true;
  if (!isGentle || command.verb !== 'delete' || command.kind !== 'membership' || run.takesBack !== null) return item;
  const row = JSON.parse(image?.before ?? '{}') as { roles?: RoleEntry[]; leaving?: string };
  const leaves = leavesOf(grace, row.roles ?? [], fold);
  if (leaves === undefined || isPairDelete(command)) return item;
  if (row.leaving !== undefined) return undefined;
  return { ...item, command: { ...command, wishes: { ...command.wishes, leaves } } as RecordCommand };
}

/**
 * Writes items, and in which span of numbers there are such of a kind and an operation.
 *
 * @param last the number of the last item so far
 */
export async function writeItems(
  { client, organizationId }: Reading,
  runId: string,
  items: readonly Item[],
  last: number,
): Promise<void> {
  if (items.length === 0) return;
  const commands = items.map(({ item: { command } }) => command);
  await client.query({
    name: 'run_item_write',
    text: writeSql,
    values: [
      organizationId,
      runId,
      last,
      wordColumn(commands.map(({ entity }) => entity)),
      wordColumn(commands.map(({ kind }) => kind)),
      textColumn(commands.map(({ sourcedId }) => sourcedId)),
      wordColumn(items.map(({ item: { operation } }) => operation)),
      numberColumn(items.map(({ item: { record } }) => record.file?.number)),
      numberColumn(items.map(({ item: { record } }) => record.line)),
      jsonColumn(commands.map(withoutKey)),
      textColumn(items.map(({ before }) => before)),
    ],
  });
}

const writeSql = `
  with span as (
    insert into run_item_span (organization_id, run_id, first, last, kind, operation)
    select distinct $1::integer, $2::uuid, $3::bigint + 1, $3::bigint + cardinality($5::text[]), i.kind, i.operation
      from unnest($5::text[], $7::text[]) as i(kind, operation))
  insert into run_item (organization_id, run_id, number, entity, kind, sourced_id, operation, file, line, command, before)
  select $1, $2, $3::bigint + i.at, i.entity, i.kind, i.sourced_id, i.operation, i.file, i.line, i.command::jsonb, i.before::jsonb
    from unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::smallint[], $9::integer[], ${jsonColumnSql('$10')}, $11::text[])
           with ordinality as i(entity, kind, sourced_id, operation, file, line, command, before, at)`;

/** Of a run that takes another one back: somebody has changed since what that one declared. */
function changedSince({ command: { kind, sourcedId } }: FoundItem): Problem {
  const message = `The ${kind} "${sourcedId}" was declared anew by somebody else since that run: it stays as it is now.`;
  return { code: 'overtaken', message };
}

function newer({ record, command: { kind, sourcedId } }: FoundItem): Problem {
  const left =
    record.absent === true ? 'it stays, though the snapshot does not name it' : 'what the file says of it was left out';
  const message = `The ${kind} "${sourcedId}" was declared by somebody else after this file was made: ${left}.`;
  return { code: 'overtaken', message };
}

function withoutKey(command: RecordCommand): object {
  const { entity: _entity, kind: _kind, sourcedId: _id, notes: _notes, at: _at, ...rest } = command;
  return rest;
}

interface Image {
  /** As JSON. */
  readonly before: string;
  /** Declared by a message, or by a run that was asked for, after the file was made. */
  readonly newer: boolean;
}

/** The declared rows before, by the places of their items. */
async function readImages(
  { client, organizationId }: Reading,
  run: LeasedRun,
  items: readonly FoundItem[],
): Promise<ReadonlyMap<number, Image>> {
  const had = items.flatMap((item, at) => (item.hadRow ? [{ ...item.command, at }] : []));
  if (had.length === 0) return new Map();
  const { rows } = await client.query<{ at: number; before: string; newer: boolean }>({
    name: 'run_item_images',
    text: imagesSql,
    values: [
      organizationId,
      run.sourceSystemId,
      had.map(({ at }) => at),
      had.map(({ kind }) => kind),
      had.map(({ sourcedId }) => sourcedId),
      run.id,
      uuidv7Floor(run.asOf.getTime() + 1),
      run.asOf,
      run.takesBack,
    ],
  });
  return new Map(rows.map(({ at, before, newer: isNewer }) => [at, { before, newer: isNewer }]));
}

/**
 * Ids of messages begin with their time. Those of runs are among them: of a run it counts when its own file was made; of one with what was
 * held of messages, when the message came that the row is from (ADR 59); of one that takes a run back, what counts of that.
 */
const imagesSql = `
  select k.at, (d.before || jsonb_build_object('messageId', d.message_id))::text as before,
         case when $9::uuid is not null then d.message_id <> $9 and d.message_id <> $6
              else d.message_id <> $6 and coalesce(
                     (select case when other.dialect = 'messages'
                                  then coalesce(${lastApprovedSql({ kind: 'k.kind', sourcedId: 'k.sourced_id' })}, other.id) >= $7
                                  else other.id >= $7 and other.as_of > $8 end
                        from run other where other.organization_id = $1 and other.id = ${meantSql('d.message_id')}),
                     d.message_id >= $7) end as newer
    from unnest($3::integer[], $4::text[], $5::text[]) as k(at, kind, sourced_id)
    cross join lateral (${declaredImageSql}) d`;
