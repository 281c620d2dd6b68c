import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type MailServerStand, startMailServer } from '../integration/notices/mail-server.ts';
import { isSigned, type Posted, receiver } from '../integration/notices/set-up.ts';
import { openedOthers } from '../outbound/world.ts';
import { type GatewayProcess, passerelle, startGateway } from './gateway-process.ts';

const others = openedOthers();
const posted: Posted[] = [];
let folder: string;
let environment: Record<string, string>;
let gateway: GatewayProcess;
let mailServer: MailServerStand;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'passerelle-e2e-'));
  mailServer = await startMailServer();
  environment = {
    PASSERELLE_VAR: join(folder, 'var'),
    PASSERELLE_SMTP_URL: `smtp://127.0.0.1:${String(mailServer.port)}`,
    PASSERELLE_MAIL_FROM: 'passerelle@example.edu',
    PASSERELLE_OUTBOUND_ALLOW: '127.0.0.1',
    PASSERELLE_PUBLIC_URL: 'https://sis.example.edu',
  };
  gateway = await startGateway(environment);
  await run('org', 'create', 'uni', '--name', 'The University');
  await run('source', 'create', 'uni', 'sis', '--name', 'The SIS', '--preset', 'd2l-csv', '--standard-maps');
}, 60_000);

afterAll(async () => {
  await gateway.stop();
  await mailServer.close();
  await others.closeAll();
  await rm(folder, { recursive: true, force: true });
});

const run = (...args: string[]) => passerelle(args, environment);

async function until(isDone: () => boolean): Promise<void> {
  for (let tries = 0; !isDone(); tries += 1) {
    if (tries > 600) throw new Error('it took too long');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test('who is told is set on the command line, tried out, and told by the gateway when a file was imported', async () => {
  const { origin } = await others.http(receiver(posted));
  const desk = await run('notify', 'set', 'uni', 'desk', '--email', 'it@example.edu', '--time-zone', 'Europe/Paris');
  expect(desk).toMatchObject({ code: 0, stdout: expect.stringContaining('passerelle notify test uni desk') });
  expect(await run('notify', 'test', 'uni', 'desk')).toMatchObject({ code: 0, stdout: 'It was sent.\n' });
  expect(mailServer.mails.map(({ headers }) => headers.subject)).toEqual([
    'Passerelle: Test notification - The University',
  ]);
  const hook = await run('notify', 'set', 'uni', 'hook', '--webhook', origin, '--source', 'sis', '--json');
  const { secret } = JSON.parse(hook.stdout) as { secret: string };
  // What is not named stays as it is.
  await run('notify', 'set', 'uni', 'hook', '--event', 'run_finished', 'run_failed');
  const listed = await run('notify', 'list', 'uni');
  expect(listed.stdout).toMatch(/hook +http\S+ +sis +run_finished run_failed/);

  const file = join(folder, '7-Users.csv');
  const header = 'type,action,username,org_defined_id,first_name,last_name,password,is_active,role_name,email';
  await writeFile(file, `${header}\nuser,UPDATE,ada,P1,Ada,Lovelace,,1,Student,\n`);
  const imported = await run('import', file, '--org', 'uni', '--source-system', 'sis', '--json');
  const { id } = JSON.parse(imported.stdout) as { id: string };
  await until(() => posted.length > 0 && mailServer.mails.length > 1);
  expect(isSigned(posted[0]!, secret)).toBe(true);
  expect(posted[0]?.body).toMatchObject({
    type: 'run_finished',
    data: { run: { id, processed: { users: 1 }, url: `https://sis.example.edu/api/v1/runs/${id}` } },
  });
  expect(mailServer.mails[1]?.headers.subject).toBe(
    `IPSIS Batch: Successfully Completed Batch - The SIS (Batch ID# ${id})`,
  );
  const notices = await run('notify', 'notices', 'uni', '--state', 'sent');
  expect(notices.stdout.trim().split('\n')).toHaveLength(3);
  expect(await run('notify', 'remove', 'uni', 'hook')).toMatchObject({ code: 0 });
}, 120_000);

test('a source system is watched on the command line', async () => {
  const set = await run(
    ...['notify', 'watch', 'uni', 'sis', '--max-silence', '26h', '--hours', '08:00-18:00', '--weekdays', 'mon,tue'],
    ...['--time-zone', 'America/Toronto', '--exclude', '2026-12-25', '--exclude', '2027-01-01..2027-01-03'],
  );
  expect(set.stdout).toMatch(/may be silent for +1560 min\n/);
  expect(set.stdout).toMatch(/excluded +2026-12-25..2026-12-25 2027-01-01..2027-01-03\n/);
  const shown = await run('notify', 'watch', 'uni', 'sis', '--json');
  expect(JSON.parse(shown.stdout)).toMatchObject({
    maxSilenceMinutes: 1_560,
    weekdays: ['mon', 'tue'],
    silentSince: null,
  });
  expect(await run('notify', 'unwatch', 'uni', 'sis')).toMatchObject({ code: 0 });
  expect((await run('notify', 'watch', 'uni', 'sis')).stdout).toContain('is not watched');
  expect((await run('doctor')).stdout).toContain('uni: notifications: all were delivered, and nobody is silent');
}, 120_000);

test('mistakes are told in words', async () => {
  for (const [args, said] of [
    [['set', 'uni', 'desk', '--email', 'it@example.edu,all@example.edu'], 'one plain e-mail address'],
    [['set', 'uni', 'odd'], 'either an email or a webhook'],
    [['set', 'uni', 'a b', '--email', 'it@example.edu'], 'up to 64 letters'],
    [['test', 'uni', 'nobody'], 'There is no subscription nobody'],
    [['watch', 'uni', 'sis', '--hours', '08:00-18:00'], '--max-silence'],
    [['watch', 'uni', 'sis', '--max-silence', '1h', '--term', '2020-01-01..2020-02-01'], 'nothing would ever be told'],
    [['retry', 'uni', 'x'], 'There is no notice x'],
  ] as const)
    expect(await run('notify', ...args)).toMatchObject({ code: 1, stderr: expect.stringContaining(said) });
}, 120_000);
