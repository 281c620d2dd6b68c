import type {
  LmsEnrollmentView,
  LmsOrgUnitView,
  LmsUserView,
  MessageView,
  WaitingView,
} from '../../domain/administration/index.ts';
import { table } from '../output.ts';
import type { Api } from './api.ts';

/** What became of the term, as the REST API tells it: what the LMS sees, what waits, what was refused. */
export async function report(api: Api, since: Date): Promise<string> {
  const users = await api.all<LmsUserView>('users');
  const units = await api.all<LmsOrgUnitView>('org-units');
  const enrollments = await api.all<LmsEnrollmentView>('enrollments');
  const sections = [
    ['What the LMS now sees', counts(users, units, enrollments)],
    ['One course of it', sampleCourse(units, enrollments, users)],
    ['What is waiting, and why', waiting(await api.all<Waiting>('waiting'))],
    ['What was refused, and why', await refused(api, since)],
  ];
  return sections.map(([title = '', text = '']) => `${title}\n\n${text}`).join('\n\n');
}

function counts(users: LmsUserView[], units: LmsOrgUnitView[], enrollments: LmsEnrollmentView[]): string {
  const rows = [
    ...tally(
      users.map(({ role, state }) => `people, ${role ?? 'without a role'}${state === 'active' ? '' : ` (${state})`}`),
    ),
    ...tally(units.map(({ type, state }) => `${type}${state === 'active' ? '' : ` (${state})`}`)),
    ...tally(enrollments.map(({ orgUnit, role }) => `enrollments in a ${orgUnit.type}, ${role ?? 'without a role'}`)),
  ];
  return table(rows, '  ');
}

/** The section with the most people that hangs under an offering of its own. */
function sampleCourse(units: LmsOrgUnitView[], enrollments: LmsEnrollmentView[], users: LmsUserView[]): string {
  const perUnit = Map.groupBy(enrollments, ({ orgUnit }) => orgUnit.lmsId);
  const sections = units.filter(({ type }) => type === 'course_section');
  const section = sections.toSorted((a, b) => size(perUnit, b) - size(perUnit, a))[0];
  if (section === undefined) return '  There is no course section.';
  const people = perUnit.get(section.lmsId) ?? [];
  const names = new Map(users.map(({ lmsId, fields }) => [lmsId, textOf(fields.formattedName)]));
  const inOrder = people.toSorted((a, b) => (a.role ?? '').localeCompare(b.role ?? ''));
  const shown = inOrder
    .slice(0, 8)
    .map(({ user, role }) => [role ?? '', names.get(user.lmsId) ?? '', user.userName ?? '']);
  const parents = section.parents.map(({ type, code }) => `${type} ${code}`).join(', ');
  const rest = people.length - shown.length;
  return [
    `  ${textOf(section.fields.name)}  [${section.code}]`,
    `  under ${parents}`,
    table(shown, '    '),
    ...(rest > 0 ? [`    and ${rest} more`] : []),
  ].join('\n');
}

function size(perUnit: Map<string, LmsEnrollmentView[]>, { lmsId }: LmsOrgUnitView): number {
  return perUnit.get(lmsId)?.length ?? 0;
}

type Waiting = WaitingView & { message: string; advice: string };

function waiting(items: readonly Waiting[]): string {
  if (items.length === 0) return '  Nothing.';
  const byCode = Map.groupBy(items, ({ code }) => code);
  return [...byCode]
    .map(([code, rows]) => {
      const shown = rows.slice(0, 4).map(({ kind, sourcedId, message }) => [kind, sourcedId, message]);
      return `  ${rows.length} ${code}: ${rows[0]?.advice ?? ''}\n${table(shown, '    ')}`;
    })
    .join('\n');
}

async function refused(api: Api, since: Date): Promise<string> {
  const from = since.toISOString();
  const failures = await api.all<MessageView>('messages', { result: 'failure', from });
  const refusals = await api.all<MessageView>('messages', { result: 'refused', from });
  const rows = [...failures, ...refusals].map(({ operation, sourcedIds, outcomes, refusal }) => {
    const problem = refusal ?? outcomes.flatMap(({ problems }) => problems)[0];
    return `${[operation, ...sourcedIds].join(' ')}\n    ${problem?.code ?? ''}: ${problem?.message ?? ''}`;
  });
  if (rows.length === 0) return '  Nothing that is in the journal.';
  return rows.map((row) => `  ${row}`).join('\n');
}

function tally(words: readonly string[]): string[][] {
  return [...Map.groupBy(words, (word) => word)]
    .map(([word, same]) => [String(same.length).padStart(6), word])
    .toSorted((a, b) => (a[1] ?? '').localeCompare(b[1] ?? ''));
}

function textOf(field: unknown): string {
  return typeof field === 'string' ? field : '';
}
