import type pg from 'pg';
import type { WireKind } from '../../../domain/entities.ts';
import type { ProblemCode } from '../../../domain/problem.ts';
import type { LeasedRun } from '../lease.ts';
import type { PlanProgress } from './plan-batch.ts';
import type { RunProblem } from './planning.ts';

/** What the guide of a dialect says of a problem. */
export type GuideTextOf = (code: ProblemCode, kind: WireKind) => string | undefined;

export function withGuide(
  problems: readonly RunProblem[],
  guideTextOf: GuideTextOf | undefined,
): readonly RunProblem[] {
  if (guideTextOf === undefined) return problems;
  return problems.map((one) => {
    const guideText = one.guideText ?? (one.kind && guideTextOf(one.problem.code, one.kind));
    return guideText === undefined ? one : { ...one, guideText };
  });
}

/** How many there are with these. */
export function countProblems(
  problems: readonly RunProblem[],
  before: PlanProgress['problems'],
): PlanProgress['problems'] {
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  return { error: before.error + errors, warning: before.warning + problems.length - errors };
}

/** Numbers them on. */
export async function writeProblems(
  client: pg.ClientBase,
  run: LeasedRun,
  problems: readonly RunProblem[],
  before: PlanProgress['problems'],
): Promise<void> {
  if (problems.length === 0) return;
  const last = before.error + before.warning;
  const rows = problems.map(({ severity, problem, guideText, file, line, column, field, kind, sourcedId }, index) => ({
    number: last + index + 1,
    severity,
    code: problem.code,
    message: problem.message,
    guide_text: guideText,
    file,
    line,
    column,
    field,
    kind,
    sourced_id: sourcedId,
  }));
  await client.query({
    name: 'run_problem_write',
    text: `insert into run_problem (organization_id, run_id, number, severity, code, message, guide_text, file, line, "column", field, kind, sourced_id)
           select $1, $2, r.* from jsonb_to_recordset($3)
               as r(number bigint, severity text, code text, message text, guide_text text, file text, line integer, "column" integer, field text, kind text, sourced_id text)`,
    values: [run.organizationId, run.id, JSON.stringify(rows)],
  });
}

/** How the files of a dialect speak of what the database finds wrong with them. */
export interface DialectWords {
  readonly guideTextOf?: GuideTextOf | undefined;
  /** What the files call a field of a record of a kind. */
  readonly fieldNameOf?: ((kind: WireKind, field: string) => string | undefined) | undefined;
  /** What the columns of a file are called, in their order. */
  readonly columnsOf?: (file: string) => readonly string[] | undefined;
}

/**
 * Says problems that were found by the database in the words of the dialect: what its guide says of them, and in which column they stand.
 * What is named by its sourcedId alone may be a group.
 *
 * @param after the number of the last problem that was found by reading
 */
export async function addWords(
  client: pg.ClientBase,
  { organizationId, id }: LeasedRun,
  words: DialectWords,
  after: number,
): Promise<void> {
  const problems = [organizationId, id, after];
  if (words.guideTextOf !== undefined) {
    const { rows } = await client.query<{ code: ProblemCode; kind: WireKind | null }>(
      'select distinct code, kind from run_problem where organization_id = $1 and run_id = $2 and number > $3',
      problems,
    );
    const texts = rows.map(({ code, kind }) => ({ code, kind, text: words.guideTextOf?.(code, kind ?? 'group') }));
    await client.query(guideTextsSql, [...problems, JSON.stringify(texts)]);
  }
  const { rows } = await client.query<{ field: string; file: string | null }>(
    'select distinct field, file from run_problem where organization_id = $1 and run_id = $2 and number > $3 and field is not null',
    problems,
  );
  const named = rows.map(({ field, file }) => ({ field, file, ...nameOf(words, field, file) }));
  await client.query(fieldNamesSql, [...problems, JSON.stringify(named)]);
}

/** @param field with the kind of the record that states it: `membership/orgUnit` */
function nameOf(
  { fieldNameOf, columnsOf }: DialectWords,
  field: string,
  file: string | null,
): { name?: string | undefined; column?: number } {
  const [kind, path = ''] = field.split('/');
  const name = file === null ? undefined : fieldNameOf?.(kind as WireKind, path);
  const at = name === undefined || file === null ? -1 : (columnsOf?.(file)?.indexOf(name) ?? -1);
  return { name, ...(at < 0 ? {} : { column: at + 1 }) };
}

const guideTextsSql = `
  update run_problem p set guide_text = t.text
    from jsonb_to_recordset($4) as t(code text, kind text, text text)
   where p.organization_id = $1 and p.run_id = $2 and p.number > $3 and p.code = t.code and p.kind is not distinct from t.kind`;

const fieldNamesSql = `
  update run_problem p set field = n.name, "column" = n."column"
    from jsonb_to_recordset($4) as n(field text, file text, name text, "column" integer)
   where p.organization_id = $1 and p.run_id = $2 and p.number > $3 and p.field = n.field and p.file is not distinct from n.file`;
