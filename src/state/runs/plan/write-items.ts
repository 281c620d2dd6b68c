import { uuidv7Floor } from '../../../domain/ids.ts';
import { isPairDelete, type RecordCommand } from '../../../domain/command.ts';
import type { RoleEntry } from '../../../domain/entities.ts';
import { type Grace, leavesOf } from '../../../domain/grace.ts';
import type { Problem } from '../../../domain/problem.ts';
import { fold } from '../../../domain/source-system.ts';
import type { Reading } from '../../lane.ts';
import type { LeasedRun } from '../lease.ts';
import { type Findings, type FoundItem, problemOf } from './planning.ts';

/**
 * Writes the items of a batch in their order, each with the declared row that it was compared with. A statement of the file
 * gives way to what was declared after the file was made; that is told. An enrollment that the file leaves out goes as gently
 * as its roles ask for.
 *
 * @param last the number of the last item so far
 * @returns the number of the last item
 */
export async function writeItems(
  reading: Reading,
  run: LeasedRun,
  grace: Grace,
  findings: Findings,
  last: number,
): Promise<number> {
  const images = await readImages(reading, run, findings.items);
  const rows = findings.items.flatMap((item, index) => {
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
    return [toRow(gentle, image?.before ?? null)];
  });
  if (rows.length === 0) return last;
  const numbered = rows.map((row, index) => ({ ...row, number: last + index + 1 }));
  await reading.client.query({
    name: 'run_item_write',
    text: `insert into run_item (organization_id, run_id, number, entity, kind, sourced_id, operation, file, line, command, before)
           select $1, $2, r.* from jsonb_to_recordset($3)
               as r(number bigint, entity text, kind text, sourced_id text, operation text, file smallint, line integer, command jsonb, before jsonb)`,
    values: [reading.organizationId, run.id, JSON.stringify(numbered)],
  });
  return last + rows.length;
}

/** The item, with the way in which an enrollment goes; undefined where it is on its way already. What takes a run back is exact. */
function gently(run: LeasedRun, grace: Grace, item: FoundItem, image: Image | undefined): FoundItem | undefined {
  const { command, operation, record } = item;
  const isGentle = record.absent === true || grace.fileDeletes === true;
  if (!isGentle || operation !== 'remove' || command.kind !== 'membership' || run.takesBack !== null) return item;
  const row = image?.before as { roles?: RoleEntry[]; leaving?: string } | undefined;
  const leaves = leavesOf(grace, row?.roles ?? [], fold);
  if (leaves === undefined || isPairDelete(command)) return item;
  if (row?.leaving !== undefined) return undefined;
  return { ...item, command: { ...command, wishes: { ...command.wishes, leaves } } as RecordCommand };
}

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

function toRow({ record, command, operation }: FoundItem, before: unknown): Record<string, unknown> {
  const { entity, kind, sourcedId, notes: _notes, at: _at, ...rest } = command;
  return {
    entity,
    kind,
    sourced_id: sourcedId,
    operation,
    file: record.file?.number ?? null,
    line: record.line ?? null,
    command: rest,
    before,
  };
}

interface Image {
  readonly before: unknown;
  /** Declared by a message, or by a run that was asked for, after the file was made. */
  readonly newer: boolean;
}

/** The declared rows before, by the places of their items. */
async function readImages(
  { client, organizationId }: Reading,
  run: LeasedRun,
  items: readonly FoundItem[],
): Promise<ReadonlyMap<number, Image>> {
  const had = items.flatMap((item, at) => (item.hadRow ? [{ at, ...item.command }] : []));
  if (had.length === 0) return new Map();
  const { rows } = await client.query<{ at: number; before: unknown; newer: boolean }>({
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

/** Ids of messages begin with their time. Those of runs are among them: of a run it counts when its own file was made. */
const imagesSql = `
  select k.at, d.before || jsonb_build_object('messageId', d.message_id) as before,
         case when $9::uuid is not null then d.message_id <> $9 and d.message_id <> $6
              else d.message_id <> $6 and d.message_id >= $7
                   and coalesce((select r.as_of > $8 from run r where r.organization_id = $1 and r.id = d.message_id), true) end as newer
    from unnest($3::integer[], $4::text[], $5::text[]) as k(at, kind, sourced_id)
    cross join lateral (
      select d.message_id, jsonb_build_object('fields', d.fields, 'kept', d.kept, 'deleted', d.deleted, 'released', d.released, 'onDelete', d.on_delete) as before
        from declared_user d
       where k.kind = 'person' and d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = k.sourced_id
      union all
      select d.message_id, jsonb_build_object(
               'fields', d.fields, 'kept', d.kept, 'deleted', d.deleted, 'released', d.released,
               'parents', (select coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('role', p.role, 'sourcedId', p.parent_sourced_id, 'name', p.parent_name))
                                                     || jsonb_build_object('kind', p.parent_kind) order by p.position), '[]')
                             from declared_parent p
                            where p.organization_id = $1 and p.source_system_id = $2 and p.sourced_id = d.sourced_id and p.kind = d.kind),
               'sections', (select coalesce(jsonb_agg(a.section_sourced_id order by a.position), '[]')
                              from declared_association a
                             where d.kind = 'association' and a.organization_id = $1 and a.source_system_id = $2 and a.sourced_id = d.sourced_id))
        from declared_org_unit d
       where k.kind not in ('person', 'membership') and d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = k.sourced_id
         and d.kind = k.kind and not d.implied
      union all
      select d.message_id, jsonb_build_object('userSourcedId', d.user_sourced_id, 'orgUnit', jsonb_build_object('kind', d.org_unit_kind, 'sourcedId', d.org_unit_sourced_id),
                                              'roles', d.roles, 'attributes', d.attributes, 'deleted', d.deleted)
               || case when d.leaving is null then '{}' else jsonb_build_object('leaving', d.leaving, 'leavingUntil', (
                    select case when isfinite(l.due_at) then l.due_at end from run_leave l
                     where l.organization_id = $1 and l.source_system_id = $2 and l.sourced_id = d.sourced_id and l.state = 'waiting')) end
        from declared_enrollment d
       where k.kind = 'membership' and d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = k.sourced_id) d`;
