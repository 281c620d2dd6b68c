import type {
  LmsEnrollmentView,
  LmsOrgUnitView,
  LmsUserView,
  MessageView,
  WaitingView,
} from '../../domain/administration/index.ts';
import { problemCatalogue } from '../../domain/problem.ts';
import { table } from '../output.ts';
import type { Api } from './api.ts';
import type { Made } from './play.ts';

/** What became of the term, as the REST API tells it: what the LMS sees, what waits, what was refused. */
export async function report(api: Api, since: Date, mistakes: readonly Made[]): Promise<string> {
  const users = await api.all<LmsUserView>('users');
  const units = await api.all<LmsOrgUnitView>('org-units');
  const enrollments = await api.all<LmsEnrollmentView>('enrollments');
  const sections = [
    ['What the LMS now sees', counts(users, units, enrollments)],
    ['One course of it', sampleCourse(units, enrollments, users)],
    ['What is waiting, and why', waiting(await api.all<Waiting>('waiting'))],
    ['What was refused, and why', await refused(api, since, mistakes)],
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

/** What is in the journal, and the mistakes of senders that are not known: only the log keeps those. Each with its reason. */
async function refused(api: Api, since: Date, mistakes: readonly Made[]): Promise<string> {
  const from = since.toISOString();
  const failures = await api.all<MessageView>('messages', { result: 'failure', from });
  const refusals = await api.all<MessageView>('messages', { result: 'refused', from });
  const kept = [...failures, ...refusals];
  const rows = kept.map((message) => {
    const what = mistakes.find(({ messageId }) => messageId === message.id)?.what;
    return [what, message.operation, ...message.sourcedIds].filter(Boolean).join(', ') + reasonsOf(message);
  });
  const unknown = mistakes
    .filter(({ verdict, messageId }) => verdict === 'refused' && !kept.some(({ id }) => id === messageId))
    .map(({ what, code, text }) => `${what} (in the log only)\n    ${code}: ${text}`);
  if (rows.length + unknown.length === 0) return '  Nothing.';
  return [...rows, ...unknown].map((row) => `  ${row}`).join('\n');
}

/** Why the message as a whole was refused, or each record of it that was. */
function reasonsOf({ refusal, outcomes }: MessageView): string {
  const bad = outcomes.filter(({ status }) => status === 'rejected' || status === 'failed');
  const problems = refusal === null ? bad.flatMap((outcome) => outcome.problems) : [refusal];
  return problems
    .map(({ code, message }) => `\n    ${code}: ${message}\n    ${problemCatalogue[code].advice}`)
    .join('');
}

function tally(words: readonly string[]): string[][] {
  return [...Map.groupBy(words, (word) => word)]
    .map(([word, same]) => [String(same.length).padStart(6), word])
    .toSorted((a, b) => (a[1] ?? '').localeCompare(b[1] ?? ''));
}

function textOf(field: unknown): string {
  return typeof field === 'string' ? field : '';
}
