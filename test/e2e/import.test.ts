import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type GatewayProcess, passerelle, startGateway } from './gateway-process.ts';

let folder: string;
let gateway: GatewayProcess;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'passerelle-e2e-'));
  gateway = await startGateway({ PASSERELLE_VAR: join(folder, 'var') });
  await run('org', 'create', 'uni', '--name', 'The University');
  await run('source', 'create', 'uni', 'sis', '--name', 'The SIS', '--preset', 'd2l-csv', '--standard-maps');
}, 60_000);

afterAll(async () => {
  await gateway.stop();
  await rm(folder, { recursive: true, force: true });
});

async function run(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return passerelle(args, { PASSERELLE_VAR: join(folder, 'var') });
}

const header = 'type,action,username,org_defined_id,first_name,last_name,password,is_active,role_name,email';

async function fileOf(...rows: string[]): Promise<string> {
  const file = join(folder, '7-Users.csv');
  await writeFile(file, `${[header, ...rows].join('\n')}\n`);
  return file;
}

test('a file is imported by the gateway that runs; what is wrong in it, what changes and a rollback are shown', async () => {
  const first = await fileOf('user,UPDATE,ada,P1,Ada,Lovelace,,1,Student,', 'user,BURN,x,P2,X,Y,,1,Student,');
  const imported = await run('import', first, '--org', 'uni', '--source-system', 'sis', '--json');
  expect(imported.code).toBe(1);
  const made = JSON.parse(imported.stdout) as { id: string };
  expect(made).toMatchObject({ state: 'finished', items: 1, applied: 1, problems: { error: 1, warning: 0 } });
  expect((await run('run', 'problems', made.id, '--org', 'uni')).stdout).toContain('7-Users.csv:3:2');

  const second = await fileOf('user,UPDATE,ada,P1,Augusta Ada,Lovelace,,1,Student,');
  const planned = await run('import', second, '--org', 'uni', '--source-system', 'sis', '--dry-run', '--json');
  expect(planned.code).toBe(0);
  const plan = JSON.parse(planned.stdout) as { id: string };
  const items = await run('run', 'items', plan.id, '--org', 'uni');
  expect(items.stdout).toContain('givenName: "Ada" -> "Augusta Ada"');
  const effects = await run('run', 'items', plan.id, '--effects', '--org', 'uni');
  expect(effects.stdout).toMatch(/LMS +person +1 changed/);
  expect((await run('run', 'show', plan.id, '--org', 'uni')).stdout).toMatch(/LMS, person +1 changed/);

  const csv = await run('run', 'items', made.id, '--csv', '--org', 'uni');
  expect(csv.stdout.split('\r\n').slice(1)).toEqual(['1,add,person,P1,7-Users.csv,2,done,,,,,,,', '']);

  const back = await run('run', 'rollback', made.id, '--org', 'uni', '--json');
  expect(JSON.parse(back.stdout)).toMatchObject({
    state: 'finished',
    dialect: 'rollback',
    items: 1,
    takesBack: made.id,
  });
  const listed = await run('run', 'list', '--org', 'uni');
  expect(listed.stdout.trim().split('\n')).toHaveLength(4);
}, 120_000);

test('an import in a blackout says what it waits for, and goes on when somebody says so', async () => {
  const wall = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 16);
  const windows = { blackouts: [{ name: 'Exam weeks', from: wall(-1), until: wall(2) }] };
  const set = (value: object) => run('source', 'set', 'uni', 'sis', '--option', `windows=${JSON.stringify(value)}`);
  expect(await set(windows)).toMatchObject({ code: 0 });
  const wrong = await set({ blackouts: [{ name: 'Exam weeks', from: wall(2), until: wall(1) }] });
  expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('before it begins') });

  const file = await fileOf('user,UPDATE,bob,P7,Bob,Builder,,1,Student,');
  const imported = await run('import', file, '--org', 'uni', '--source-system', 'sis');
  expect(imported.stdout).toMatch(/waits +in the blackout Exam weeks +until /);
  const id = /^run +(\S+)/m.exec(imported.stdout)![1]!;
  expect((await run('run', 'list', '--org', 'uni')).stdout).toContain('planned, waits');
  const resumed = await run('run', 'resume', id, '--now', '--org', 'uni');
  expect(resumed.stdout).toContain('through a blackout');
  const shown = async () =>
    JSON.parse((await run('run', 'show', id, '--org', 'uni', '--json')).stdout) as { state: string };
  for (const until = Date.now() + 30_000; (await shown()).state !== 'finished';)
    if (Date.now() > until) throw new Error('it does not go on');
  expect(await shown()).toMatchObject({ state: 'finished', waits: null, override: { by: 'command line' } });
  await set({});
}, 120_000);

test('mistakes are told in words', async () => {
  const wrong = await run('import', '/nowhere.zip', '--org', 'uni', '--source-system', 'sis');
  expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('There is no file /nowhere.zip') });
  const file = await fileOf();
  const kinds = await run('import', file, '--org', 'uni', '--source-system', 'sis', '--snapshot', 'people');
  expect(kinds).toMatchObject({ code: 2, stderr: expect.stringContaining('"people" is none of') });
  expect(await run('run', 'show', 'x', '--org', 'uni')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('There is no run x'),
  });
}, 60_000);
