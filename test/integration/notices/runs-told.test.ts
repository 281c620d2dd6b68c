import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createAdministration } from '../../../src/state/admin/create-administration.ts';
import type { Administration } from '../../../src/domain/administration/index.ts';
import type { LiveNotices } from '../../../src/app/notices.ts';
import { openedOthers } from '../../outbound/world.ts';
import {
  createRunWorld,
  filesOf,
  numbered,
  type RunOrganization,
  runParts,
  type RunWorld,
  until,
  workUntil,
} from '../runs/set-up.ts';
import { type MailServerStand, startMailServer } from './mail-server.ts';
import { delivering, isSigned, noticesOn, type Posted, receiver, toMail, toWebhook } from './set-up.ts';

const others = openedOthers();
let world: RunWorld;
let administration: Administration & { close(): void };
let mailServer: MailServerStand;
let notices: LiveNotices;
let posted: Posted[];
let address: string;

beforeAll(async () => {
  world = await createRunWorld();
  administration = createAdministration({ pool: world.database.pool, store: world.store, sealer: world.parts.sealer });
  mailServer = await startMailServer();
  notices = noticesOn(world.database.pool, { mailPort: mailServer.port, publicUrl: 'https://sis.example.edu' });
});

beforeEach(async () => {
  posted = [];
  mailServer.mails.length = 0;
  address = `${(await others.http(receiver(posted))).origin}/hook`;
});

afterAll(async () => {
  administration.close();
  await others.closeAll();
  await mailServer.close();
  await world.close();
});

const campus = {
  offerings: numbered('C', 3),
  users: numbered('P', 10),
  enrollments: [
    ['P1', 'C1'],
    ['P2', 'C1'],
  ] as const,
};
const editor = ({ id }: RunOrganization) => ({ organizationId: id, actor: 'test' });
const openEvents = async (organization: RunOrganization): Promise<number> =>
  (await organization.query(`select from notification_event where facts is null`)).length;

test('who wants to know is told of a run that ended: by a signed webhook and by an e-mail', async () => {
  const organization = await world.organization();
  const { secret = '' } = await notices.subscriptions.put(editor(organization), 'ops', toWebhook(address));
  await notices.subscriptions.put(editor(organization), 'desk', toMail('it@example.edu'));
  await notices.subscriptions.put(editor(organization), 'bureau', toMail('bureau@example.edu', { language: 'fr' }));
  await notices.subscriptions.put(editor(organization), 'failures', toWebhook(address, { events: ['run_failed'] }));
  await notices.subscriptions.put(editor(organization), 'off', toWebhook(address, { enabled: false }));
  const run = await organization.run(filesOf(campus));
  await delivering([notices], () => until(() => Promise.resolve(posted.length > 0 && mailServer.mails.length > 1)));
  expect(posted).toHaveLength(1);
  expect(posted[0]?.body).toEqual({
    type: 'run_finished',
    timestamp: expect.stringMatching(/^20.*Z$/),
    data: {
      organization: { code: expect.any(String), name: expect.any(String) },
      sourceSystem: { code: 'sis', name: expect.any(String) },
      run: {
        id: run.id,
        url: `https://sis.example.edu/api/v1/runs/${run.id}`,
        state: 'finished',
        mode: 'apply',
        file: 'night.zip',
        takesBack: null,
        startedAt: expect.any(String),
        finishedAt: expect.any(String),
        // One department, one semester, three offerings.
        processed: { orgUnits: 5, courseTemplates: 1, users: 10, enrollments: 2 },
        notProcessed: {},
        problems: { error: 0, warning: 0 },
        waiting: 0,
        overtaken: 0,
        failure: null,
      },
    },
  });
  expect(isSigned(posted[0]!, secret)).toBe(true);
  const [desk, bureau] = ['it@example.edu', 'bureau@example.edu'].map((to) =>
    mailServer.mails.find((mail) => mail.to.includes(to)),
  );
  expect(desk?.headers.subject).toBe(
    `IPSIS Batch: Successfully Completed Batch - sis (Batch ID# ${run.id})`.replace(' sis ', ` ${sourceName(posted)} `),
  );
  expect(desk?.text).toContain('  Org Unit(s): 5\n  Course Template(s): 1\n  User(s): 10\n  Enrollment(s): 2\n');
  expect(bureau?.headers.subject).toContain('IPSIS Batch: Lot terminé avec succès');
  const { items } = await notices.notices.list(organization.id, {}, { limit: 10 });
  expect(items.map(({ subscription, state, attempts }) => ({ subscription, state, attempts }))).toEqual(
    expect.arrayContaining([
      { subscription: 'ops', state: 'sent', attempts: 1 },
      { subscription: 'desk', state: 'sent', attempts: 1 },
      { subscription: 'bureau', state: 'sent', attempts: 1 },
    ]),
  );
  expect(items).toHaveLength(3);
});

function sourceName([one]: Posted[]): string {
  return (one?.body.data.sourceSystem as { name: string }).name;
}

test('records that could not be processed, and what failed as a whole, are errors', async () => {
  const organization = await world.organization();
  await notices.subscriptions.put(editor(organization), 'desk', toMail('it@example.edu'));
  const files = filesOf(campus);
  const broken = files['07-Users.csv']!.replace('Last P3,,1,', 'Last P3,,perhaps,');
  const bad = await organization.run({ ...files, '07-Users.csv': broken });
  const lost = await organization.run({ 'what.txt': 'nothing that anybody knows' });
  expect(lost.state).toBe('failed');
  await delivering([notices], () => until(() => Promise.resolve(mailServer.mails.length > 1)));
  const told = (id: string) => mailServer.mails.find(({ headers }) => headers.subject?.includes(id));
  expect(told(bad.id)?.headers.subject).toMatch(/^\[ERROR\] IPSIS Batch: Error with Completed Batch - /);
  expect(told(bad.id)?.text).toContain('The following could not be processed:\n  User(s): 1\n');
  expect(told(bad.id)?.text).toContain('  User(s): 9\n');
  expect(told(lost.id)?.headers.subject).toMatch(/^\[ERROR\] IPSIS Batch: Error with Completed Batch - /);
  expect(told(lost.id)?.text).toContain('(unknown_format)');
  expect(told(lost.id)?.text).not.toContain('The following were processed');
});

test('a run that was cancelled, also one that nobody had begun', async () => {
  const organization = await world.organization();
  await notices.subscriptions.put(editor(organization), 'desk', toMail('it@example.edu'));
  const id = await organization.request(filesOf(campus));
  await administration.runs.cancel(editor(organization), id);
  await delivering([notices], () => until(() => Promise.resolve(mailServer.mails.length > 0)));
  expect(mailServer.mails.map(({ headers }) => headers.subject)).toEqual([
    expect.stringMatching(/^IPSIS Batch: Cancelled Batch - /),
  ]);
});

test('what a guard holds is told when it is held, and counts as not processed before somebody approves', async () => {
  const organization = await world.organization({ guards: { removals: { count: 0 } } });
  await organization.run(filesOf(campus));
  await notices.subscriptions.put(editor(organization), 'ops', toWebhook(address));
  const snapshot = { kinds: ['membership' as const] };
  const run = await organization.run(filesOf({ ...campus, enrollments: [['P1', 'C1']] }), { snapshot });
  await delivering([notices], () => until(() => Promise.resolve(posted.length > 1)));
  const holds = [{ number: 1, guard: 'removals', kind: 'membership', items: 1, expiresAt: expect.any(String) }];
  const byType = () => Object.fromEntries(posted.map(({ body }) => [body.type, body.data]));
  expect(byType()).toMatchObject({
    held: { holds, run: { id: run.id } },
    run_finished: { holds, run: { processed: { enrollments: 1 }, notProcessed: {} } },
  });
  posted.length = 0;
  await administration.runs.decide(editor(organization), run.id, 1, { state: 'approved' });
  await workUntil(world.parts, async () => (await organization.get(run.id)).state === 'finished');
  await delivering([notices], () => until(() => Promise.resolve(posted.length > 0)));
  expect(posted).toHaveLength(1);
  expect(posted[0]?.body).toMatchObject({ type: 'run_finished', data: { run: { processed: { enrollments: 2 } } } });
  expect(posted[0]?.body.data).not.toHaveProperty('holds');
});

test('a plan is told as one, and nothing is held of it', async () => {
  const organization = await world.organization({ guards: { removals: { count: 0 } } });
  await organization.run(filesOf(campus));
  await notices.subscriptions.put(editor(organization), 'desk', toMail('it@example.edu'));
  await notices.subscriptions.put(editor(organization), 'ops', toWebhook(address));
  const snapshot = { kinds: ['membership' as const] };
  await organization.run(filesOf({ ...campus, enrollments: [] as never }), { snapshot, mode: 'validate' });
  const plan = await organization.run(filesOf({ ...campus, enrollments: [['P1', 'C1']] }), { snapshot, mode: 'plan' });
  await delivering([notices], async () =>
    until(async () => (await openEvents(organization)) === 0 && mailServer.mails.length > 1 && posted.length > 1),
  );
  expect(mailServer.mails.map(({ text }) => /Nothing was written: .*/.exec(text)?.[0])).toEqual(
    expect.arrayContaining([
      'Nothing was written: the files were to be checked only (validate).',
      'Nothing was written: only a plan was to be made (plan).',
    ]),
  );
  expect(mailServer.mails).toHaveLength(2);
  // Nobody can decide of what would be held.
  expect(mailServer.mails.map(({ text }) => text).join()).not.toContain('Held until');
  expect(posted.map(({ body }) => [body.type, 'holds' in body.data])).toEqual([
    ['run_finished', false],
    ['run_finished', false],
  ]);
  expect(await administration.runs.get(organization.id, plan.id)).toMatchObject({ held: 1, mode: 'plan' });
  expect(await administration.runs.holds(organization.id, plan.id)).toEqual([
    expect.objectContaining({ guard: 'removals', items: 1, state: 'would_be_held' }),
  ]);
});

test('what is held of messages is told as what it is: nothing was only checked, and it began when the first was held', async () => {
  const organization = await world.organization({ guards: { messages: { removals: { count: 0 } } } });
  await organization.run(filesOf(campus));
  await notices.subscriptions.put(editor(organization), 'ops', toWebhook(address));
  await notices.subscriptions.put(editor(organization), 'desk', toMail('it@example.edu'));
  await organization.send('sis', { entity: 'user', kind: 'person', sourcedId: 'P1', verb: 'delete' });
  await delivering([notices], () => until(() => Promise.resolve(posted.length > 0 && mailServer.mails.length > 0)));
  const run = { mode: 'apply', file: null, startedAt: expect.any(String), processed: {} };
  expect(posted).toMatchObject([{ body: { type: 'held', data: { run, holds: [{ kind: 'person', items: 1 }] } } }]);
  expect(mailServer.mails.map(({ text }) => text)).toEqual([expect.not.stringContaining('Nothing was written')]);
});

test('of a source system in validate nothing is applied, held, or said to be', async () => {
  const organization = await world.organization({ guards: { removals: { count: 0 } } });
  await organization.run(filesOf(campus));
  await administration.sourceSystems.update(editor(organization), 'sis', { state: 'validate' }, {});
  await notices.subscriptions.put(editor(organization), 'ops', toWebhook(address));
  const id = await organization.request(filesOf({ ...campus, enrollments: [['P1', 'C1']] }), {
    snapshot: { kinds: ['membership'] },
  });
  // Another process, which has not heard of it otherwise.
  await workUntil(runParts(world.database.pool), async () => (await organization.get(id)).state === 'finished');
  await delivering([notices], () => until(async () => (await openEvents(organization)) === 0 && posted.length > 0));
  expect(posted.map(({ body }) => [body.type, body.data.run.mode])).toEqual([['run_finished', 'validate']]);
});

test('who wants to know of one source system is not told of others', async () => {
  const organization = await world.organization({}, ['sis', 'other']);
  const { id: other } = await administration.sourceSystems.get(organization.id, 'other');
  await notices.subscriptions.put(editor(organization), 'ops', toWebhook(address, { sourceSystemId: other }));
  await organization.run(filesOf(campus));
  await organization.run(filesOf(campus), { source: 'other' });
  await delivering([notices], () => until(async () => (await openEvents(organization)) === 0 && posted.length > 0));
  expect(posted.map(({ body }) => (body.data.sourceSystem as { code: string }).code)).toEqual(['other']);
});

test('an event is there exactly if the run ended, and nowhere where nobody wants to know', async () => {
  const quiet = await world.organization();
  await quiet.run(filesOf(campus));
  expect(await openEvents(quiet)).toBe(0);
  const organization = await world.organization();
  await notices.subscriptions.put(editor(organization), 'ops', toWebhook(address));
  const id = await organization.request(filesOf(campus));
  const end = `update run set state = 'failed' where id = '${id}'`;
  const client = await world.database.pool.connect();
  try {
    for (const [last, count] of [
      ['rollback', 0],
      ['commit', 1],
    ] as const) {
      await client.query('begin');
      await client.query(`select set_config('passerelle.organization_id', $1, true)`, [String(organization.id)]);
      await client.query(end);
      await client.query(last);
      expect(await openEvents(organization)).toBe(count);
    }
  } finally {
    client.release();
  }
});
