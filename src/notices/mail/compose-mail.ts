import {
  type ExchangeFacts,
  hasErrors,
  type NoticeCounts,
  noticeCounters,
  type NoticeFacts,
  type NoticeMessage,
  type Recipient,
  type RunFacts,
} from '../../domain/notices.ts';
import { linkOf } from '../link-of.ts';
import { type MailWords, mailWords } from './words.ts';

interface Composed {
  readonly subject: string;
  readonly text: string;
}

/**
 * The e-mail of a notice. Of runs it is IPSIS's "Batch Completion Summary": its subjects and counters, lines with 0 left out;
 * then what IPSIS did not know.
 */
export function composeMail(
  message: NoticeMessage,
  { language, timeZone }: Pick<Recipient, 'language' | 'timeZone'>,
  publicUrl: string | undefined,
): Composed {
  const words = mailWords[language];
  const { facts } = message;
  const time = timeIn(words, timeZone);
  const blocks = [
    headOf(message, words, time),
    ...(facts.run === undefined ? [] : summaryOf(facts.run, words)),
    heldOf(facts, words, time),
    toldOf(message, words, time),
    linksOf(facts, words, publicUrl),
    [words.footer(`${facts.organization.name} (${facts.organization.code})`)],
  ];
  const text = blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.map(oneLine).join('\n'))
    .join('\n\n');
  return { subject: subjectOf(message, words), text: `${text}\n` };
}

const longestSubject = 200;

function subjectOf({ event, facts }: NoticeMessage, { subjects }: MailWords): string {
  const { run, sourceSystem } = facts;
  const whose = sourceSystem === null ? facts.organization.name : sourceSystem.name;
  const about = `${whose}${run === undefined ? '' : ` (Batch ID# ${run.id})`}`;
  const what = (): string => {
    switch (event) {
      case 'run_finished':
        return run !== undefined && hasErrors(run) ? subjects.error : subjects.success;
      case 'run_failed':
        return subjects.error;
      case 'run_cancelled':
        return subjects.cancelled;
      case 'held':
        return subjects.held;
      case 'source_silent':
        return subjects.silent;
      case 'source_speaks_again':
        return subjects.speaks;
      case 'report_given_up':
        return subjects.untold;
      case 'test':
        return subjects.test;
    }
  };
  // Names are the administrator's, and one may hold a line break: what follows would be a header.
  const said = oneLine(about);
  const short = said.length > longestSubject ? `${said.slice(0, longestSubject - 1)}…` : said;
  return `${what()} - ${short}`;
}

type Time = (instant: string) => string;

function headOf({ facts }: NoticeMessage, { labels }: MailWords, time: Time): string[] {
  const { run, sourceSystem } = facts;
  return [
    ...line(labels.batch, run?.id),
    ...line(labels.source, sourceSystem === null ? undefined : `${sourceSystem.name} (${sourceSystem.code})`),
    ...line(labels.file, run?.file),
    ...line(labels.takesBack, run?.takesBack),
    ...line(labels.start, run?.startedAt == null ? undefined : time(run.startedAt)),
    ...line(labels.end, run?.finishedAt == null ? undefined : time(run.finishedAt)),
  ];
}

function line(label: string, value: string | null | undefined): string[] {
  return value == null ? [] : [`${label}: ${value}`];
}

function summaryOf(run: RunFacts, words: MailWords): string[][] {
  const { mode, problems, waiting, overtaken, failure } = run;
  return [
    [words.summary],
    countsOf(words.processed, run.processed, words),
    countsOf(words.notProcessed, run.notProcessed, words),
    [
      ...(mode === 'validate' ? [words.onlyChecked] : []),
      ...(mode === 'plan' ? [words.onlyPlanned] : []),
      ...(problems.error + problems.warning > 0 ? [words.problems(problems.error, problems.warning)] : []),
      ...(waiting > 0 ? [words.waiting(waiting)] : []),
      ...(overtaken > 0 ? [words.overtaken(overtaken)] : []),
      ...line(words.labels.reason, failure === null ? undefined : `${failure.message} (${failure.code})`),
    ],
  ];
}

function countsOf(title: string, counts: NoticeCounts, words: MailWords): string[] {
  const lines = noticeCounters.flatMap((counter) => {
    const count = counts[counter] ?? 0;
    return count === 0 ? [] : [`  ${words.counters[counter]}: ${String(count)}`];
  });
  return lines.length === 0 ? [] : [title, ...lines];
}

function heldOf({ holds = [] }: NoticeFacts, words: MailWords, time: Time): string[] {
  if (holds.length === 0) return [];
  const lines = holds.map(({ number, items, kind, guard, expiresAt }) => {
    const until = expiresAt === null ? undefined : time(expiresAt);
    return `  ${words.hold(number, items, kind, guard, until)}`;
  });
  return [words.held, ...lines];
}

function toldOf({ event, facts: { silence, exchange } }: NoticeMessage, words: MailWords, time: Time): string[] {
  if (event === 'test') return [words.test];
  if (exchange !== undefined) return untoldOf(exchange, words);
  if (silence === undefined) return [];
  const lastHeard = silence.lastHeardAt === null ? undefined : time(silence.lastHeardAt);
  const since = time(silence.silentSince);
  if (event === 'source_speaks_again') return [words.speaks(since, lastHeard)];
  return [words.silent(since, lastHeard, words.duration(silence.maxSilenceMinutes))];
}

function untoldOf({ transactionId, problem: { code, message } }: ExchangeFacts, words: MailWords): string[] {
  return [words.untold(transactionId), ...line(words.labels.reason, `${message} (${code})`)];
}

function linksOf(facts: NoticeFacts, { labels }: MailWords, publicUrl: string | undefined): string[] {
  const { run, exchange, organization } = facts;
  if (exchange !== undefined)
    return line(labels.commandLine, `passerelle bulk show ${exchange.id} --org ${organization.code}`);
  if (run === undefined) return [];
  return [
    ...line(labels.details, linkOf(run.id, publicUrl)),
    ...line(labels.commandLine, `passerelle run show ${run.id} --org ${organization.code}`),
  ];
}

/** `2026-11-22 02:30:11 EST` */
function timeIn({ locale }: MailWords, timeZone: string): Time {
  const clock = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'medium', timeZone });
  const zone = new Intl.DateTimeFormat(locale, { timeZone, timeZoneName: 'short' });
  return (instant) => {
    const at = new Date(instant);
    const name = zone.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? timeZone;
    return `${clock.format(at)} ${name}`;
  };
}

/** What others named must begin no line of its own. */
function oneLine(text: string): string {
  const spaced = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ');
  return spaced.trimEnd();
}
