import { afterEach, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { chmod, readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { withDatabase } from '../../src/testing/with-database.ts';
import { type Environment, type GatewayProcess, passerelle, startGateway, withVar } from './gateway-process.ts';

const running: GatewayProcess[] = [];

afterEach(async () => {
  for (const gateway of running.splice(0)) await gateway.stop();
});

async function start(environment: Environment, command?: readonly string[]): Promise<GatewayProcess> {
  const gateway = await startGateway(environment, command);
  running.push(gateway);
  return gateway;
}

describe('a first start', () => {
  test(
    'prints credentials once and a curl that enrolls somebody, whom the API then shows',
    () =>
      withVar(async (varFolder) => {
        const gateway = await start({ PASSERELLE_VAR: varFolder });
        const curls = gateway.output.stdout.split('\n').filter((line) => line.trim().startsWith('curl'));
        expect(await shell(curls[0] ?? '')).toContain(
          '<imsx_codeMinorFieldValue>fullsuccess</imsx_codeMinorFieldValue>',
        );
        const enrollments = JSON.parse(await shell(curls[1] ?? '')) as { items: { orgUnit: { type: string } }[] };
        expect(enrollments.items.map(({ orgUnit }) => orgUnit.type).sort()).toEqual([
          'course_offering',
          'course_section',
        ]);
      }),
    60_000,
  );

  test(
    'keeps the sealing key and the data to their owner, and no secret in the log',
    () =>
      withVar(async (varFolder) => {
        const gateway = await start({ PASSERELLE_VAR: varFolder });
        const password = /password +(\S+)/.exec(gateway.output.stdout)?.[1] ?? '';
        expect(password).not.toBe('');
        expect(JSON.stringify(gateway.log())).not.toContain(password);
        expect((await stat(join(varFolder, 'sealing.key'))).mode & 0o777).toBe(0o600);
        expect((await stat(join(varFolder, 'postgres'))).mode & 0o777).toBe(0o700);
      }),
    60_000,
  );

  test(
    'works in a folder that other users cannot enter',
    () =>
      withVar(async (varFolder) => {
        await chmod(dirname(varFolder), 0o700);
        const gateway = await start({ PASSERELLE_VAR: varFolder });
        expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200);
      }),
    60_000,
  );

  test(
    'takes the demonstration credentials from the settings, and a later start applies changed ones',
    () =>
      withVar(async (varFolder) => {
        const fixed = { PASSERELLE_VAR: varFolder, PASSERELLE_DEMO_USER: 'sis', PASSERELLE_DEMO_TOKEN: 'demo-token' };
        const first = await start({ ...fixed, PASSERELLE_DEMO_PASSWORD: 'one' });
        expect(await send(first.url, 'sis:one')).toBe(201);
        expect(await list(first.url, 'demo-token')).toBe(200);
        await first.stop();
        const second = await start({ ...fixed, PASSERELLE_DEMO_PASSWORD: 'two', PASSERELLE_DEMO_TOKEN: 'other-token' });
        expect(await send(second.url, 'sis:one')).toBe(401);
        expect(await send(second.url, 'sis:two')).toBe(200);
        expect(await list(second.url, 'other-token')).toBe(200);
        expect(second.output.stdout).not.toContain('other-token');
      }),
    90_000,
  );

  test(
    'makes no demonstration where the settings say no',
    () =>
      withVar(async (varFolder) => {
        const gateway = await start({ PASSERELLE_VAR: varFolder, PASSERELLE_DEMO: 'no' });
        expect(gateway.output.stdout).not.toContain('demonstration');
        await gateway.stop();
        const { stdout } = await passerelle(['org', 'list', '--json'], { PASSERELLE_VAR: varFolder });
        expect(JSON.parse(stdout)).toEqual([]);
      }),
    60_000,
  );
});

describe('a second start', () => {
  test(
    'reuses data and credentials, and does not print them again',
    () =>
      withVar(async (varFolder) => {
        const first = await start({ PASSERELLE_VAR: varFolder });
        const token = /API token +(\S+)/.exec(first.output.stdout)?.[1] ?? '';
        expect(await first.stop('SIGINT')).toBe(0);
        const second = await start({ PASSERELLE_VAR: varFolder });
        expect(await list(second.url, token)).toBe(200);
        expect(second.output.stdout).not.toContain(token);
        expect(second.output.stdout).toContain('shown at the first start');
      }),
    60_000,
  );

  test(
    'while the first is running stops, and names the process that has the data',
    () =>
      withVar(async (varFolder) => {
        const first = await start({ PASSERELLE_VAR: varFolder });
        const second = await passerelle(['start'], { PASSERELLE_VAR: varFolder, PORT: '0' });
        expect(second.code).toBe(1);
        expect(second.stderr).toContain(`Process ${first.child.pid} has been using the data`);
        expect(second.stderr).not.toContain('    at ');
      }),
    60_000,
  );
});

test(
  'a taken port is named, with who holds it, and nothing is left running',
  () =>
    withVar(async (varFolder) => {
      const holder = createServer().listen(0, '127.0.0.1');
      await once(holder, 'listening');
      const { port } = holder.address() as { port: number };
      const { code, stderr } = await passerelle(['start', '--port', String(port)], { PASSERELLE_VAR: varFolder });
      holder.close();
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: expect.stringContaining(`Port ${port} of 127.0.0.1 is taken, by process ${process.pid}`),
      });
      await expect(readFile(join(varFolder, 'postgres', 'postmaster.pid'))).rejects.toThrow('ENOENT');
    }),
  60_000,
);

describe('DATABASE_URL', () => {
  test(
    'serves from that database, and two processes share it',
    () =>
      withDatabase(({ url }) =>
        withVar(async (varFolder) => {
          const environment = { DATABASE_URL: url, PASSERELLE_VAR: varFolder };
          const [first, second] = [await start(environment), await start(environment)];
          const token = /API token +(\S+)/.exec(first.output.stdout)?.[1] ?? '';
          expect(await list(second.url, token)).toBe(200);
          expect(first.output.stdout).toContain(`A sealing key was made: ${join(varFolder, 'sealing.key')}`);
          await expect(stat(join(varFolder, 'postgres'))).rejects.toThrow('ENOENT');
          await first.stop();
          await second.stop();
        }),
      ),
    60_000,
  );

  test(
    'that cannot be used is refused in words, without the password',
    () =>
      withVar(async (varFolder) => {
        const environment = {
          DATABASE_URL: 'mysql://root:hunter2@localhost/x',
          PASSERELLE_VAR: varFolder,
          PORT: '99999',
        };
        const { code, stderr } = await passerelle(['start'], environment);
        expect(code).toBe(1);
        expect(stderr).toMatch(/PORT is not a whole number[^]*DATABASE_URL is not a postgres/);
        expect(stderr).not.toContain('hunter2');
      }),
    60_000,
  );
});

async function shell(command: string): Promise<string> {
  return (await promisify(execFile)('sh', ['-c', command])).stdout;
}

async function send(url: string, credentials: string): Promise<number> {
  const response = await fetch(`${url}/sis/v1/users/P1`, {
    method: 'PUT',
    headers: { authorization: `Basic ${btoa(credentials)}`, 'content-type': 'application/json' },
    body: JSON.stringify({ givenName: 'Ada', familyName: 'Lovelace' }),
  });
  await response.text();
  return response.status;
}

async function list(url: string, token: string): Promise<number> {
  const response = await fetch(`${url}/api/v1/users`, { headers: { authorization: `Bearer ${token}` } });
  await response.text();
  return response.status;
}
