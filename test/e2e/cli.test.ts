import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withDatabase } from '../../src/testing/with-database.ts';
import { type Finished, type GatewayProcess, passerelle, root, startGateway } from './gateway-process.ts';

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

function run(...args: string[]): Promise<Finished> {
  return passerelle(args, { PASSERELLE_VAR: varFolder, PASSERELLE_SEND_PASSWORD: 'secret-of-sis' });
}

async function json<T>(...args: string[]): Promise<T> {
  const { stdout, stderr, code } = await run(...args, '--json');
  if (code !== 0) throw new Error(`${args.join(' ')}: ${stderr}`);
  return JSON.parse(stdout) as T;
}

describe('beside a running gateway', () => {
  test('an organization, a source system, its maps and a credential are set up, and a message gets in', async () => {
    await json('org', 'create', 'north', '--name', 'North University');
    await json('source', 'create', 'north', 'sis', '--name', 'The SIS', '--state', 'enabled', '--standard-maps');
    await json('source', 'set', 'north', 'sis', '--option', 'adoptOrgUnits=true', '--rank', '7');
    const source = await json<{ rank: number; effectiveOptions: object }>('source', 'show', 'north', 'sis');
    expect(source).toMatchObject({ rank: 7, effectiveOptions: { adoptOrgUnits: true, unmapped: 'wait' } });
    const { secret } = await json<{ secret: string }>(
      'source',
      'credential',
      'create',
      'north',
      'sis',
      '--user',
      'n-sis',
      '--kind',
      'sealed',
    );
    expect(await put('n-sis', secret, 'P1')).toBe(201);
    const term = join(folder, 'term.xml');
    await writeFile(term, envelope(termRequest));
    const sent = await passerelle(['send', term, '--to', gateway.url, '--user', 'n-sis'], {
      PASSERELLE_SEND_PASSWORD: secret,
    });
    expect(sent).toMatchObject({ code: 0, stdout: expect.stringContaining('success / status / fullsuccess') });
    const listed = await run('source', 'credential', 'list', 'north', 'sis');
    expect(listed.stdout).toContain('n-sis');
    expect(listed.stdout).not.toContain(secret);
  }, 60_000);

  test('a rotated credential ends the old secret after the overlap, a revoked one at once', async () => {
    const args = ['source', 'credential'];
    const first = await json<Credential>(...args, 'create', 'demo', 'registrar', '--user', 'rotating');
    const second = await json<Credential>(...args, 'rotate', 'demo', first.credential.id, '--overlap-hours', '1');
    expect([await put('rotating', first.secret, 'P2'), await put('rotating', second.secret, 'P3')]).toEqual([201, 201]);
    for (const { credential } of [first, second]) await json(...args, 'revoke', 'demo', credential.id);
    expect(await put('rotating', second.secret, 'P4')).toBe(401);
  }, 60_000);

  test('a token reads what its scopes allow until it is revoked', async () => {
    const made = await json<{ token: string; apiToken: { id: string } }>(
      'token',
      'create',
      'reader',
      '--org',
      'demo',
      '--scope',
      'roster:read',
    );
    expect(await get('users', made.token)).toBe(200);
    expect(await get('source-systems', made.token)).toBe(403);
    expect((await run('token', 'list', '--org', 'demo')).stdout).toContain('reader');
    await json('token', 'revoke', made.apiToken.id);
    expect(await get('users', made.token)).toBe(401);
  }, 60_000);

  test('messages of a folder are sent in order with a digest, and each answer is printed', async () => {
    const messages = join(folder, 'messages');
    await mkdir(messages);
    await writeFile(
      join(messages, '1-person.xml'),
      envelope(
        '<replacePersonRequest xmlns="http://www.imsglobal.org/services/lis/pms2p0/wsdl11/sync/imspms_v2p0"><sourcedId>S1</sourcedId><personRecord><sourcedGUID><sourcedId>S1</sourcedId></sourcedGUID><person><formname><formattedName><language>en</language><textString>Sent Person</textString></formattedName></formname></person></personRecord></replacePersonRequest>',
      ),
    );
    await writeFile(
      join(messages, '2-wrong.xml'),
      envelope('<replacePersonRequest><sourcedId>S2</sourcedId></replacePersonRequest>'),
    );
    await writeFile(join(messages, '3-broken.xml'), '<soap:Envelope');
    const { code, stdout } = await run('send', messages, '--to', gateway.url, '--user', 'sis', '--auth', 'basic');
    expect(stdout.split('\n').slice(0, 4)).toEqual([
      expect.stringMatching(/^success .*1-person\.xml {2}success \/ status \/ fullsuccess/),
      expect.stringMatching(/^failure .*2-wrong\.xml {2}failure \/ /),
      expect.stringMatching(/^unsent .*3-broken\.xml {2}no address: .*not well-formed XML at line 1/),
      '1 succeeded, 1 failed, 1 not sent',
    ]);
    expect(code).toBe(1);
    const again = await run(
      'send',
      join(messages, '1-person.xml'),
      '--to',
      gateway.url,
      '--user',
      'sis',
      '--auth',
      'digest',
    );
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('1 succeeded') });
  }, 60_000);

  test('a message of each dialect goes to its own door', async () => {
    const all = join(folder, 'dialects');
    await mkdir(all);
    const samples = {
      '1-lis2.xml': 'lis2/banner-replace-person',
      '2-record.xml': 'lis2-record/person',
      '3-saip.xml': 'saip/replace-person',
      '4-snapshot.xml': 'saip/snapshot-groups-lower-case',
      '5-es1.xml': 'ims-es1/create-group-school',
      '6-enterprise.xml': 'ims-enterprise/luminis-person',
      '7-fragments.xml': 'ims-enterprise/poor-form',
    };
    for (const [name, fixture] of Object.entries(samples)) {
      const path = join(root, 'test/fixtures', fixture, 'request.xml');
      const message = (await readFile(path, 'utf8')).replace(/<(?:\w+:)?Security[\s\S]*<\/(?:\w+:)?Security>/, '');
      await writeFile(join(all, name), message);
    }
    const fields = { userName: 'json', formattedName: 'Jo Json' };
    const command = { verb: 'replace', entity: 'user', sourcedId: 'J1', fields };
    await writeFile(join(all, '8-rest.json'), JSON.stringify({ messages: [command] }));
    const { code, stdout } = await run('send', all, '--to', gateway.url, '--user', 'sis', '--auth', 'digest');
    const lines = stdout.trim().split('\n').slice(0, -1);
    expect(lines.map((line) => line.replace(/\s.*/, ''))).toHaveLength(8);
    for (const line of lines) expect(line).toMatch(/^(?:success|warning) /);
    expect(code).toBe(0);
    const doors = gateway.log().map(({ operation }) => operation);
    expect(doors).toEqual(expect.arrayContaining(['replacePerson', 'personRecord', 'enterprise', 'createGroup']));
  }, 60_000);

  test('a stored message is shown as a tree without its password', async () => {
    const [id] = gateway
      .log()
      .flatMap(({ operation, messageId }) => (operation === 'replacePerson' ? [String(messageId)] : []));
    const { stdout } = await run('inspect', '--message', id ?? '');
    expect(JSON.parse(stdout)).toMatchObject({ operation: 'replacePerson', tree: expect.anything() });
    expect(stdout).not.toContain('secret-of-sis');
  }, 60_000);

  test('reproject changes nothing, and the doctor finds nothing broken', async () => {
    expect(await json('reproject', 'demo')).toEqual([
      { organization: 'demo', touched: expect.any(Number), changes: 0 },
    ]);
    const { code, stdout } = await run('doctor');
    expect({ code, errors: stdout.split('\n').filter((line) => line.startsWith('error')) }).toEqual({
      code: 0,
      errors: [],
    });
    expect(stdout).toContain(`process ${gateway.child.pid} serves on ${gateway.url}`);
  }, 60_000);

  test('the doctor says what is broken, and ends with 1', async () => {
    const { code, stdout } = await passerelle(['doctor'], {
      PASSERELLE_VAR: varFolder,
      PASSERELLE_KEY: 'another key than before',
    });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^error +demo: key: Sealed with the key .*\n +Set PASSERELLE_KEY to the key/m);
  }, 60_000);

  test('a backup made while messages come in is verified, restored elsewhere, and has a new feed epoch', async () => {
    const backup = join(folder, 'backup');
    let coming = true;
    const senders = Array.from({ length: 4 }, async (_, sender) => {
      for (let i = 0; coming; i += 1) await put('sis', 'secret-of-sis', `B${sender}-${i}`);
    });
    const made = await run('backup', backup, '--with-key');
    coming = false;
    await Promise.all(senders);
    expect(made).toMatchObject({ code: 0, stdout: expect.stringContaining('Backed up') });
    expect((await stat(backup)).mode & 0o077).toBe(0);

    const restored = { PASSERELLE_VAR: join(folder, 'restored') };
    expect(await passerelle(['restore', backup], restored)).toMatchObject({ code: 0 });
    expect(await passerelle(['doctor'], restored)).toMatchObject({ code: 0 });
    expect(await passerelle(['reproject'], restored)).toMatchObject({
      stdout: expect.stringMatching(/^demo .* 0 changes$/m),
    });
    const over = await passerelle(['restore', backup], restored);
    expect(over).toMatchObject({ code: 1, stderr: expect.stringContaining('move it away first') });

    await appendFile(join(backup, 'data', 'PG_VERSION'), 'x');
    const damaged = await passerelle(['restore', backup], { PASSERELLE_VAR: join(folder, 'damaged') });
    expect(damaged).toMatchObject({ code: 1, stderr: expect.stringContaining('PG_VERSION is missing or changed') });
    expect(await readdir(join(folder, 'damaged'))).toEqual([]);
  }, 180_000);
});

type Credential = { credential: { id: string }; secret: string };

describe('without a gateway', () => {
  test('an unknown command is refused with a hint, and exit code 2', async () => {
    expect(await run('strat')).toMatchObject({ code: 2, stderr: expect.stringContaining('Did you mean start?') });
  });

  test.each([['inspect'], ['send', '--to', 'http://localhost:1']])(
    'a file that is not there is said in words: %s',
    async (...args) => {
      const missing = join(folder, 'nofile.xml');
      expect(await run(...args, missing)).toEqual({
        code: 1,
        stdout: '',
        stderr: `passerelle: There is no file ${missing}.\n`,
      });
    },
  );

  test('config lists every setting, masks secrets, and reports everything that is wrong', async () => {
    const { code, stdout, stderr } = await passerelle(['config'], {
      PORT: 'x',
      LOG_LEVEL: 'y',
      PASSERELLE_DEMO_PASSWORD: 'hunter2',
    });
    expect(code).toBe(1);
    expect(stdout).toContain('DATABASE_URL = (not set)');
    expect(stdout + stderr).not.toContain('hunter2');
    expect(stderr).toMatch(/PORT is not[^]*LOG_LEVEL holds/);
  });

  test(
    'migrate brings a served database up to date; other commands do not do so on the way',
    () =>
      withDatabase(async ({ url, pool }) => {
        await pool.query('drop schema public cascade; create schema public');
        const environment = { DATABASE_URL: url, PASSERELLE_VAR: join(folder, 'served') };
        const refused = await passerelle(['org', 'list'], environment);
        expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('passerelle migrate') });
        expect(await passerelle(['migrate'], environment)).toMatchObject({
          code: 0,
          stdout: expect.stringContaining('0001-core'),
        });
        expect(await passerelle(['org', 'list'], environment)).toMatchObject({ code: 0 });
        expect(await passerelle(['backup', join(folder, 'b2')], environment)).toMatchObject({
          code: 1,
          stderr: expect.stringContaining('pg_dump'),
        });
      }),
    60_000,
  );
});

const termRequest = `<replaceGroupRequest xmlns="http://www.imsglobal.org/services/lis/gms2p0/wsdl11/sync/imsgms_v2p0"><sourcedId>T1</sourcedId><groupRecord><sourcedGUID><sourcedId>T1</sourcedId></sourcedGUID><group><groupType><typevalue><id>TERM</id></typevalue></groupType><description><shortDescription>Spring</shortDescription></description></group></groupRecord></replaceGroupRequest>`;

function envelope(body: string): string {
  return `<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>${body}</soap:Body></soap:Envelope>`;
}

async function put(user: string, password: string, id: string): Promise<number> {
  const response = await fetch(`${gateway.url}/sis/v1/users/${id}`, {
    method: 'PUT',
    headers: { authorization: `Basic ${btoa(`${user}:${password}`)}`, 'content-type': 'application/json' },
    body: JSON.stringify({ givenName: 'Ada', familyName: 'Lovelace' }),
  });
  await response.text();
  return response.status;
}

async function get(path: string, token: string): Promise<number> {
  const response = await fetch(`${gateway.url}/api/v1/${path}`, { headers: { authorization: `Bearer ${token}` } });
  await response.text();
  return response.status;
}
