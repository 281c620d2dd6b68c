import { isPairDelete, mustNotExist } from '../../../domain/command.ts';
import type { DeleteCommand, RecordCommand } from '../../../domain/command.ts';
import type { EnrollmentFields } from '../../../domain/entities.ts';
import { jsonColumn, jsonColumnSql, textColumn } from '../../columns.ts';
import { completeCommands } from '../../declare/complete.ts';
import type { Declaration, Declared } from '../../declare/declare.ts';
import { comparedSql, endsSql, toStated } from '../../declare/enrollments.ts';
import { endedBy } from '../../declare/ends.ts';
import { judgeOrgUnits } from '../../declare/org-units.ts';
import { judgeUsers } from '../../declare/users.ts';
import type { Lane, LaneSource } from '../../lane.ts';
import { withinRights } from '../../rights/within-rights.ts';
import { outcomeOf } from '../../standing.ts';
import { type Findings, type PlanRecord, problemOf } from './planning.ts';

/**
 * Compares records with what is declared, by the very judgement that declares them: what differs becomes an item, what would
 * be refused a problem, the rest is counted. No key comes twice.
 */
export async function compareRecords(
  lane: Lane,
  source: LaneSource,
  runId: string,
  records: readonly PlanRecord[],
  findings: Findings,
): Promise<void> {
  const compared = await allowed(lane, source, runId, records, findings);
  const of = (test: (command: RecordCommand) => boolean): Compared[] => compared.filter(({ command }) => test(command));
  const users = of(({ entity }) => entity === 'user');
  const orgUnits = of(({ entity }) => entity === 'org_unit' || entity === 'association');
  const pairs = of(isPairDelete);
  const enrollments = of((command) => command.entity === 'enrollment' && !isPairDelete(command));

  const take: Take = (one, status, how) => {
    judge(findings, one, status, how);
  };
  const judgedUsers = users.length === 0 ? [] : await judgeUsers(lane, source, users);
  const judgedUnits = orgUnits.length === 0 ? [] : await judgeOrgUnits(lane, source, orgUnits);
  const ended = await endedBy(lane, source, [...judgedUsers, ...judgedUnits]);
  for (const { declaration, status, row } of judgedUsers)
    take(declaration as Compared, status, { isWritten: row !== undefined, hadRow: true, ends: ended.has(declaration) });
  for (const { declaration, status, row, was } of judgedUnits)
    take(declaration as Compared, status, {
      isWritten: row !== undefined,
      hadRow: was !== undefined,
      ends: ended.has(declaration),
    });
  await comparePairs(lane, source, pairs, findings);
  const others = await comparePlain(lane, source, enrollments, take);
  await compareEnrollments(lane, source, others, take);
}

/** A record with its command as it is compared: completed by the rows that it is made of. */
interface Compared extends Declaration {
  readonly record: PlanRecord;
}

/**
 * What the source system has no right to is told now, and judged again when it is applied: what the file brings itself is not
 * there yet, and a right may hang on it.
 */
async function allowed(
  lane: Lane,
  source: LaneSource,
  runId: string,
  records: readonly PlanRecord[],
  findings: Findings,
): Promise<readonly Compared[]> {
  const steps = records.map((record) => ({
    command: record.command,
    messageId: runId,
    record,
    answer: ({ problems }: { problems: PlanProblem[] }) => {
      refuse(findings, record, problems);
    },
  }));
  const completed = (await completeCommands(lane, source, steps)) as readonly (Compared & (typeof steps)[number])[];
  const asked = completed.map((step) => ({
    ...step,
    answer: ({ problems }: { problems: PlanProblem[] }) => {
      findings.refused.add(step.record);
      for (const problem of problems) findings.problems.push(problemOf(step.record, 'error', problem));
    },
  }));
  await withinRights(lane, source, asked);
  return completed;
}

type PlanProblem = Parameters<typeof problemOf>[2];

function refuse(findings: Findings, record: PlanRecord, problems: readonly PlanProblem[]): void {
  findings.count(record.command.kind, 'refused');
  findings.refused.add(record);
  for (const problem of problems) findings.problems.push(problemOf(record, 'error', problem));
}

interface How {
  readonly isWritten?: boolean;
  readonly hadRow: boolean;
  /** It ends what the LMS has, though it deletes nothing. */
  readonly ends?: boolean;
}

function judge(findings: Findings, { record }: Compared, status: Declared, how: How): void {
  const { isWritten = false, hadRow, ends = false } = how;
  const { command } = record;
  const operation = ends ? 'remove' : (operations.get(status) ?? (isWritten ? 'change' : undefined));
  if (operation !== undefined) {
    findings.items.push({ record, command, operation, hadRow });
    return;
  }
  const outcome = outcomeOf({ ...command, notes: [] }, status, undefined);
  if (outcome.status === 'rejected') {
    refuse(findings, record, outcome.problems);
    return;
  }
  findings.count(command.kind, 'unchanged');
  for (const problem of outcome.problems) findings.problems.push(problemOf(record, 'warning', problem));
}

const operations: ReadonlyMap<Declared, 'add' | 'change' | 'remove'> = new Map([
  ['created', 'add'],
  ['updated', 'change'],
  ['deleted', 'remove'],
]);

type Take = (one: Compared, status: Declared, how: How) => void;

/**
 * Memberships that state all there is of them, and wish nothing: nearly all of a file. One that states word for word what is
 * declared changes nothing, by whatever rule; what is not there is new. About half of what judging them costs.
 *
 * @returns those that are to be judged by the rules
 */
async function comparePlain(
  lane: Lane,
  source: LaneSource,
  batch: readonly Compared[],
  take: Take,
): Promise<readonly Compared[]> {
  const plain = batch.flatMap((one) => {
    const fields = plainFieldsOf(one.command);
    return fields === undefined ? [] : [{ one, fields }];
  });
  if (plain.length === 0) return batch;
  const { rows } = await lane.client.query<{ found: string }>({
    name: 'run_compare_plain',
    text: plainSql,
    values: [
      lane.organizationId,
      source.id,
      textColumn(plain.map(({ one }) => one.command.sourcedId)),
      textColumn(plain.map(({ fields }) => fields.userSourcedId)),
      textColumn(plain.map(({ fields }) => fields.orgUnit.kind)),
      textColumn(plain.map(({ fields }) => fields.orgUnit.sourcedId)),
      jsonColumn(plain.map(({ fields }) => fields.roles)),
    ],
  });
  const found = rows[0]?.found ?? '';
  const judged = new Set<Compared>();
  plain.forEach(({ one }, index) => {
    const status = plainStatus.get(found[index] ?? '');
    if (status === undefined) return;
    take(one, status, { hadRow: status === 'unchanged' });
    judged.add(one);
  });
  return judged.size === batch.length ? [] : batch.filter((one) => !judged.has(one));
}

const plainStatus: ReadonlyMap<string, Declared> = new Map([
  ['=', 'unchanged'],
  ['+', 'created'],
]);

/** A letter for each: = there, and the same; + not there; ? another, or deleted. */
const plainSql = `
  select string_agg(coalesce(d.found, '+'), '' order by k.at) as found
    from unnest($3::text[], $4::text[], $5::text[], $6::text[], ${jsonColumnSql('$7')})
           with ordinality as k(sourced_id, user_sourced_id, org_unit_kind, org_unit_sourced_id, roles, at)
    left join lateral (
      select case when not d.deleted and d.user_sourced_id = k.user_sourced_id and d.org_unit_sourced_id = k.org_unit_sourced_id
                       and d.org_unit_kind is not distinct from k.org_unit_kind and d.roles = k.roles::jsonb and d.attributes is null
                       and d.leaving is null then '=' else '?' end as found
        from declared_enrollment d
       where d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = k.sourced_id limit 1) d on true`;

type PlainFields = Required<Pick<EnrollmentFields, 'userSourcedId' | 'orgUnit' | 'roles'>>;

function plainFieldsOf(command: RecordCommand): PlainFields | undefined {
  if (command.entity !== 'enrollment' || command.verb !== 'replace') return undefined;
  if (mustNotExist(command) || command.wishes?.never !== undefined) return undefined;
  // What states less is told so by the rules.
  if (command.wishes?.leaves !== undefined) return undefined;
  const { userSourcedId, orgUnit, roles, attributes } = (command as { fields: Partial<EnrollmentFields> }).fields;
  if (userSourcedId === undefined || orgUnit === undefined || roles === undefined || attributes != null)
    return undefined;
  return { userSourcedId, orgUnit, roles };
}

async function compareEnrollments(
  lane: Lane,
  source: LaneSource,
  batch: readonly Compared[],
  take: Take,
): Promise<void> {
  if (batch.length === 0) return;
  const { rows } = await lane.client.query<{ sourced_id: string; status: Declared; had_row: boolean; ends: boolean }>({
    name: 'run_compare_enrollments',
    text: `with ${comparedSql}
           select sourced_id, status, (was).sourced_id is not null as had_row, ${endsSql} as ends from compared where status <> 'unchanged'`,
    values: [lane.organizationId, source.id, JSON.stringify(batch.map(toStated))],
  });
  const different = new Map(rows.map((row) => [row.sourced_id, row]));
  for (const one of batch) {
    const { status = 'unchanged', had_row: hadRow = true, ends = false } = different.get(one.command.sourcedId) ?? {};
    take(one, status, { hadRow, ends });
  }
}

/** A delete by pair is as many items as there are rows of the pair (rule 5). */
async function comparePairs(
  lane: Lane,
  source: LaneSource,
  batch: readonly Compared[],
  findings: Findings,
): Promise<void> {
  if (batch.length === 0) return;
  const pairs = batch.map(
    ({ command }) => (command as { pair: NonNullable<DeleteCommand<'enrollment'>['pair']> }).pair,
  );
  const { rows } = await lane.client.query<{ at: number; sourced_id: string }>({
    name: 'run_compare_pairs',
    text: `select k.at::integer as at, e.sourced_id
             from unnest($3::text[], $4::text[]) with ordinality as k(user_sourced_id, org_unit_sourced_id, at)
             cross join lateral (
               select e.sourced_id, e.org_unit_sourced_id from declared_enrollment e
                where e.organization_id = $1 and e.source_system_id = $2 and e.user_sourced_id = k.user_sourced_id and not e.deleted offset 0) e
            where e.org_unit_sourced_id = k.org_unit_sourced_id`,
    values: [
      lane.organizationId,
      source.id,
      pairs.map(({ userSourcedId }) => userSourcedId),
      pairs.map(({ orgUnit }) => orgUnit.sourcedId),
    ],
  });
  const meant = Map.groupBy(rows, ({ at }) => at - 1);
  batch.forEach((one, index) => {
    const found = meant.get(index);
    if (found === undefined) judge(findings, one, 'unknown', { hadRow: false });
    for (const { sourced_id: sourcedId } of found ?? []) {
      const { pair: _pair, ...command } = one.record.command as DeleteCommand<'enrollment'>;
      const deleted = { ...command, sourcedId };
      findings.items.push({ record: one.record, command: deleted, operation: 'remove', hadRow: true });
    }
  });
}
