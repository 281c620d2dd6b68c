import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openedOthers } from '../outbound/world.ts';
import { type GatewayProcess, passerelle, startGateway } from './gateway-process.ts';

const others = openedOthers();
const users = (...ids: string[]): string =>
  [
    'type,action,username,org_defined_id,first_name,last_name,password,is_active,role_name,email',
    ...ids.map((id) => `user,UPDATE,u${id},${id},First,Last,,1,Student,`),
    '',
  ].join('\n');
let folder: string;
let environment: Record<string, string>;
let gateway: GatewayProcess;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'passerelle-e2e-'));
  environment = {
    PASSERELLE_VAR: join(folder, 'var'),
    PASSERELLE_OUTBOUND_ALLOW: '127.0.0.1',
    PASSERELLE_WATCH_FOLDER: join(folder, 'watched'),
  };
  gateway = await startGateway(environment);
  await run('org', 'create', 'uni', '--name', 'The University');
  await run('source', 'create', 'uni', 'sis', '--name', 'The SIS', '--preset', 'd2l-csv', '--standard-maps');
}, 60_000);

afterAll(async () => {
  await gateway.stop();
  await others.closeAll();
  await rm(folder, { recursive: true, force: true });
});

const run = (...args: string[]) => passerelle(args, environment);
const json = async <T>(...args: string[]): Promise<T> => JSON.parse((await run(...args, '--json')).stdout) as T;

test('an address is set, fetched now, shown and removed on the command line', async () => {
  let authorization: string | undefined;
  const sis = await others.http((request, response) => {
    authorization = request.headers.authorization;
    response.end(users('P1', 'P2'));
  });
  const address = `${sis.origin}/7-Users.csv`;
  const set = (...options: string[]) => run('fetch', 'set', 'uni', 'sis', 'nightly', ...options);
  expect(await set('--address', address)).toMatchObject({ code: 1, stderr: expect.stringContaining('schedule') });
  environment.PASSERELLE_ENDPOINT_PASSWORD = 'correct-horse';
  const schedule = ['--schedule', '30 2 * * *', '--time-zone', 'America/Toronto'];
  expect(await set('--address', address, ...schedule, '--auth', 'http-basic', '--user', 'lms')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('passerelle fetch now uni sis nightly'),
  });
  delete environment.PASSERELLE_ENDPOINT_PASSWORD;
  expect(await run('fetch', 'now', 'uni', 'sis', 'nightly')).toMatchObject({ code: 0 });
  type Shown = { last: { result: string } | null; secrets: string[]; fileName: string; enabled: boolean };
  let shown = await json<Shown>('fetch', 'show', 'uni', 'sis', 'nightly');
  for (let tries = 0; shown.last === null && tries < 60; tries += 1) {
    await delay(200);
    shown = await json<Shown>('fetch', 'show', 'uni', 'sis', 'nightly');
  }
  expect(shown).toMatchObject({
    fileName: '7-Users.csv',
    last: { result: 'received' },
    secrets: ['userName', 'password'],
  });
  expect(authorization).toBe(`Basic ${Buffer.from('lms:correct-horse').toString('base64')}`);
  // What is not named stays as it is.
  expect(await set('--off')).toMatchObject({ code: 0 });
  const listed = await run('fetch', 'list', 'uni', 'sis');
  expect(listed.stdout).toMatch(/nightly +http:\S+7-Users.csv +30 2 \* \* \* America\/Toronto +off +received/);
  expect(listed.stdout).not.toContain('correct-horse');
  expect(await run('fetch', 'remove', 'uni', 'sis', 'nightly')).toMatchObject({ code: 0 });
  expect(await run('fetch', 'show', 'uni', 'sis', 'nightly')).toMatchObject({ code: 1 });
}, 120_000);

test('how files come in is shown and set; a plan is browsed page by page', async () => {
  const shown = await run('source', 'files', 'uni', 'sis');
  expect(shown.stdout).toContain(join(folder, 'watched', 'uni', 'sis'));
  expect(shown.stdout).toContain('none: PASSERELLE_SFTP_PORT is not set here');
  const set = ['--snapshot', '--mode', 'plan', '--pick-up', 'rest', '--rest-seconds', '5'];
  expect((await json<{ settings: object }>('source', 'files', 'uni', 'sis', ...set)).settings).toEqual({
    mode: 'plan',
    snapshot: true,
    pickUp: 'rest',
    restSeconds: 5,
  });
  await run('source', 'files', 'uni', 'sis', '--no-snapshot');
  expect((await json<{ settings: object }>('source', 'files', 'uni', 'sis')).settings).toMatchObject({
    mode: 'plan',
    snapshot: false,
  });

  const file = join(folder, '7-Users.csv');
  await writeFile(file, users('Q1', 'Q2', 'Q3'));
  const { id } = await json<{ id: string }>('import', file, '--org', 'uni', '--source-system', 'sis');
  const items = ['run', 'items', '--org', 'uni', id, '--operation', 'add', '--limit', '2'];
  const first = await run(...items);
  expect(first.stdout.trim().split('\n')).toHaveLength(2);
  const [, after = ''] = /There are more: --after (\S+)/.exec(first.stderr) ?? [];
  const second = await run(...items, '--after', after);
  expect(second).toMatchObject({ code: 0, stdout: expect.stringContaining('Q3'), stderr: '' });
}, 120_000);
