import { describe, expect, it } from '@jest/globals';
import type { NoticeFacts, NoticeMessage, RunFacts, ToldEvent } from '../../domain/notices.ts';
import { composeMail } from './compose-mail.ts';

const id = '0199aaaa-0000-7000-8000-000000000001';
const run: RunFacts = {
  id,
  state: 'finished',
  mode: 'apply',
  file: 'night.zip',
  takesBack: null,
  startedAt: '2026-11-18T07:30:00.000Z',
  finishedAt: '2026-11-18T07:31:05.000Z',
  processed: { orgUnits: 12, courseTemplates: 3, users: 60, enrollments: 4_000 },
  notProcessed: {},
  problems: { error: 0, warning: 0 },
  waiting: 0,
  overtaken: 0,
  failure: null,
};
const told = (event: ToldEvent, facts: Partial<NoticeFacts>): NoticeMessage => ({
  event,
  at: new Date('2026-11-18T07:31:05Z'),
  facts: {
    organization: { code: 'demo', name: 'Demo University' },
    sourceSystem: { code: 'registrar', name: 'Registrar' },
    ...facts,
  },
});
const english = { language: 'en', timeZone: 'America/Toronto' } as const;
const subject = (event: ToldEvent, facts: Partial<NoticeFacts>): string =>
  composeMail(told(event, facts), english, undefined).subject;

describe('the batch completion summary of IPSIS', () => {
  it('has its subjects', () => {
    expect(subject('run_finished', { run })).toBe(
      `IPSIS Batch: Successfully Completed Batch - Registrar (Batch ID# ${id})`,
    );
    expect(subject('run_cancelled', { run: { ...run, state: 'cancelled' } })).toBe(
      `IPSIS Batch: Cancelled Batch - Registrar (Batch ID# ${id})`,
    );
    const error = `[ERROR] IPSIS Batch: Error with Completed Batch - Registrar (Batch ID# ${id})`;
    expect(subject('run_failed', { run: { ...run, state: 'failed' } })).toBe(error);
    // What was finished with records that could not be processed is no success.
    expect(subject('run_finished', { run: { ...run, notProcessed: { users: 1 } } })).toBe(error);
    expect(subject('run_finished', { run: { ...run, problems: { error: 1, warning: 0 } } })).toBe(error);
  });

  it('has its counters, and no line with 0', () => {
    const { text } = composeMail(
      told('run_finished', { run: { ...run, notProcessed: { courseSections: 2, users: 0 } } }),
      english,
      'https://sis.example.edu',
    );
    expect(text).toBe(
      [
        `Batch ID: ${id}`,
        'Source System: Registrar (registrar)',
        'File: night.zip',
        'Start: 2026-11-18 02:30:00 GMT-5',
        'End: 2026-11-18 02:31:05 GMT-5',
        '',
        'Batch Summary',
        '',
        'The following were processed:',
        '  Org Unit(s): 12',
        '  Course Template(s): 3',
        '  User(s): 60',
        '  Enrollment(s): 4000',
        '',
        'The following could not be processed:',
        '  Course Section(s): 2',
        '',
        `Details: https://sis.example.edu/api/v1/runs/${id}`,
        `On the command line: passerelle run show ${id} --org demo`,
        '',
        'Sent by Passerelle for Demo University (demo).',
        '',
      ].join('\n'),
    );
  });

  it('says what IPSIS did not know: holds, what waits, why it failed', () => {
    const holds = [
      { number: 1, guard: 'removals', kind: 'membership', items: 60, expiresAt: '2026-11-25T07:31:00.000Z' } as const,
    ];
    const failure = { code: 'unknown_format', message: 'Nothing was taken.' } as const;
    const facts = { run: { ...run, waiting: 5, overtaken: 2, problems: { error: 1, warning: 4 }, failure }, holds };
    const { text } = composeMail(told('run_finished', facts), english, undefined);
    expect(text).toContain(
      'Held until somebody decides:\n  Hold 1: 60 membership (removals), until 2026-11-25 02:31:00 GMT-5',
    );
    expect(text).toContain('Problems: 1 error(s), 4 warning(s)\nWaiting for something that has not arrived: 5\n');
    expect(text).toContain('Reason: Nothing was taken. (unknown_format)');
    expect(text).not.toContain('Details:');
    const { text: checked } = composeMail(
      told('run_finished', { run: { ...run, mode: 'validate' } }),
      english,
      undefined,
    );
    expect(checked).toContain('Nothing was written: the files were to be checked only (validate).');
  });

  it('is French for who wants it, and still found by IPSIS Batch', () => {
    const french = { language: 'fr', timeZone: 'Europe/Paris' } as const;
    const mail = composeMail(told('run_failed', { run: { ...run, state: 'failed' } }), french, undefined);
    expect(mail.subject).toBe(`[ERREUR] IPSIS Batch: Lot terminé avec des erreurs - Registrar (Batch ID# ${id})`);
    expect(mail.text).toContain('Résumé du lot\n\nOnt été traités :\n  Unité(s) organisationnelle(s): 12\n');
    expect(mail.text).toContain('Début: 2026-11-18 08:30:00 UTC+1');
  });
});

it('a source system that fell silent, and one that speaks again', () => {
  const silence = { lastHeardAt: null, silentSince: '2026-11-18T12:00:00.000Z', maxSilenceMinutes: 1_440 };
  const silent = composeMail(told('source_silent', { silence }), english, undefined);
  expect(silent.subject).toBe('[ERROR] Passerelle: Nothing arrives any more - Registrar');
  expect(silent.text).toContain(
    'Since 2026-11-18 07:00:00 GMT-5 the source system has been silent for longer than its calendar allows (24 h). No message and no file of it is known.',
  );
  const speaks = composeMail(
    told('source_speaks_again', { silence: { ...silence, lastHeardAt: '2026-11-18T13:00:00.000Z' } }),
    english,
    undefined,
  );
  expect(speaks.subject).toBe('Passerelle: It speaks again - Registrar');
  expect(speaks.text).toContain('A message or file arrived at 2026-11-18 08:00:00 GMT-5.');
});

it('a SIS that could not be told of the end of its exchange', () => {
  const exchange = {
    id,
    transactionId: 'T-1\nBatch ID: forged',
    state: 'finished',
    operation: 'reportBulkDataExchange',
    problem: { code: 'endpoint_refused', message: 'Not today.' },
  } as const;
  const mail = composeMail(told('report_given_up', { exchange }), english, undefined);
  expect(mail.subject).toContain('could not be told of the end of a bulk data exchange - Registrar');
  expect(mail.text).toContain('The bulk data exchange T-1 Batch ID: forged has ended, and its SIS was not told');
  expect(mail.text).toContain('Reason: Not today. (endpoint_refused)');
  expect(mail.text).toContain(`On the command line: passerelle bulk show ${id} --org demo`);
});

it('no name begins a line of its own, in the subject or in the text', () => {
  const evil = 'Registrar\r\nBcc: all@example.edu\u2028\u202eX';
  const facts = { sourceSystem: { code: 'registrar', name: evil }, run: { ...run, file: 'a\nBatch ID: forged.zip' } };
  const mail = composeMail(told('run_finished', facts), english, undefined);
  expect(mail.subject).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  expect(mail.text.split('\n').filter((line) => /^(Bcc|Batch ID: forged)/.test(line))).toEqual([]);
  const long = composeMail(
    told('run_finished', { sourceSystem: { code: 'x', name: 'x'.repeat(5_000) }, run }),
    english,
    undefined,
  );
  expect(long.subject.length).toBeLessThan(300);
});
