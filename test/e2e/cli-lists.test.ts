import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Finished, type GatewayProcess, passerelle, startGateway } from './gateway-process.ts';

let folder: string;
let varFolder: string;
let gateway: GatewayProcess;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'passerelle-e2e-'));
  varFolder = join(folder, 'var');
  gateway = await startGateway({
    PASSERELLE_VAR: varFolder,
    PASSERELLE_DEMO_USER: 'sis',
    PASSERELLE_DEMO_PASSWORD: 'secret-of-sis',
  });
}, 60_000);

afterAll(async () => {
  await gateway.stop();
  await rm(folder, { recursive: true, force: true });
});

const run = (...args: string[]): Promise<Finished> => passerelle(args, { PASSERELLE_VAR: varFolder });

async function json<T>(...args: string[]): Promise<T> {
  const { stdout, stderr, code } = await run(...args, '--json');
  if (code !== 0) throw new Error(`${args.join(' ')}: ${stderr}`);
  return JSON.parse(stdout) as T;
}

const headers = { authorization: `Basic ${btoa('sis:secret-of-sis')}`, 'content-type': 'application/json' };
const point = 'handle.user.replace';
const at = ['demo', point, '--source', 'banner'];

interface List {
  from: string;
  entries: { plugin: string; sortOrder: number }[];
}

async function fileOf(name: string, content: unknown): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

async function putUser(id: string, fields: object): Promise<{ messageId: string; status: string }> {
  const response = await fetch(`${gateway.url}/sis/v1/users/${id}`, {
    method: 'PUT',
    headers,
    body: JSON.stringify(fields),
  });
  return (await response.json()) as { messageId: string; status: string };
}

/** The address that the gateway keeps once it has heard of the list: before, each new one is taken. */
async function keptAddress(): Promise<string> {
  let kept = '';
  for (let attempt = 0; attempt < 50; attempt += 1) {
    await putUser('L1', { userName: 'l1', email: `address-${attempt}@example.edu` });
    const response = await fetch(`${gateway.url}/sis/v1/users/L1`, { headers });
    const { email } = ((await response.json()) as { fields: { email: string } }).fields;
    if (email === kept) return 'the same';
    kept = email;
    await delay(100);
  }
  return 'never the same';
}

describe('lists of plug-ins, on the command line', () => {
  test('the points are shown with what is in force', async () => {
    const { stdout, code } = await run('points', 'demo');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^authenticate\.inbound +operator +operator$/m);
    expect(stdout).toMatch(/^translate\.ims-es1\.person +standard +shipped$/m);
    const shown = await run('list', 'show', 'demo', point);
    expect(shown.stdout).toContain('(ReplaceUserValidateBaseHandler) Refuses a person without any name.');
    expect(shown.stdout).toMatch(/^may be added +user-email-no-update/m);
  }, 60_000);

  test('what is shown can be changed, put and reset; the gateway follows', async () => {
    await putUser('L1', { userName: 'l1', email: 'first@example.edu' });
    const shown = await json<{ list: List }>('list', 'show', ...at);
    shown.list.entries.push({ plugin: 'user-email-no-update', sortOrder: 45 });
    const put = await json<List>('list', 'put', ...at, '--file', await fileOf('list.json', shown));
    expect(put.from).toBe('source_system');
    expect(put.entries.map(({ plugin }) => plugin)).toContain('user-email-no-update');
    // The gateway is told of it.
    expect(await keptAddress()).toBe('the same');
    const reset = await run('list', 'reset', ...at);
    expect(reset.stdout).toContain('that of: shipped');
  }, 60_000);

  test('a wrong list is refused with every reason, a file that is none in words', async () => {
    const wrong = await fileOf('wrong.json', { entries: [{ plugin: 'no-such-thing', sortOrder: 10 }] });
    const { stderr, code } = await run('list', 'put', ...at, '--file', wrong);
    expect(code).toBe(1);
    expect(stderr).toContain('unknown_plugin: There is no plug-in no-such-thing.');
    expect(stderr).toContain('base_missing: read-declared is missing');
    const shapeless = await run('list', 'put', ...at, '--file', await fileOf('shapeless.json', { entries: [{}] }));
    expect(shapeless).toMatchObject({ code: 1, stderr: expect.stringContaining('holds no list of plug-ins') });
    const broken = await run('list', 'put', ...at, '--file', await fileOf('broken.json', '{'));
    expect(broken).toMatchObject({ code: 1, stderr: expect.stringContaining('is not JSON') });
    const both = await run('list', 'put', ...at, '--file', wrong, '--template', 'ipsis');
    expect(both.stderr).toContain('not both');
    expect((await run('list', 'put', ...at)).stderr).toContain('--file FILE');
    expect((await run('list', 'show', 'demo', 'handle.user.eat')).stderr).toContain('no extension point');
  }, 60_000);

  test('a dry run says of each step what it would do', async () => {
    const { messageId } = await putUser('L2', { userName: 'l2' });
    const { stdout, code } = await run('list', 'dry-run', 'demo', point, messageId, '--template', 'ipsis');
    expect(code).toBe(0);
    expect(stdout).toMatch(/status-default-active +active = true/);
    const read = await run('list', 'dry-run', 'demo', 'translate.lis2.person', messageId);
    expect(read.stdout).toContain('This point reads nothing of the message.');
  }, 60_000);

  test('who may come in is a list as well', async () => {
    const args = ['demo', 'authenticate.inbound', '--source', 'banner'];
    const list = { entries: [{ plugin: 'api-key', sortOrder: 10 }] };
    const put = await json<List>('list', 'put', ...args, '--file', await fileOf('inbound.json', list));
    expect(put).toMatchObject({ from: 'source_system', entries: [{ plugin: 'api-key' }] });
    const wrong = { entries: [...list.entries, { plugin: 'wss-x509', sortOrder: 20 }] };
    const refused = await run('list', 'put', ...args, '--file', await fileOf('inbound.json', wrong));
    expect(refused.stderr).toContain('PASSERELLE_AUTHENTICATORS');
    expect((await run('list', 'reset', ...args)).code).toBe(0);
  }, 60_000);
});
