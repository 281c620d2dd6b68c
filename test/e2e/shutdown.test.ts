import { afterEach, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { processIdentity } from '../../src/postgres/process-identity.ts';
import { readPostmaster } from '../../src/postgres/postmaster.ts';
import { type GatewayProcess, root, startGateway, withVar } from './gateway-process.ts';

const running: GatewayProcess[] = [];

afterEach(async () => {
  for (const gateway of running.splice(0)) await gateway.stop('SIGKILL');
});

async function start(varFolder: string, more: Record<string, string> = {}, command?: readonly string[]) {
  const fixed = { PASSERELLE_DEMO_USER: 'sis', PASSERELLE_DEMO_PASSWORD: 'secret-of-sis' };
  const gateway = await startGateway({ PASSERELLE_VAR: varFolder, ...fixed, ...more }, command);
  running.push(gateway);
  return gateway;
}

const credentials = `Basic ${btoa('sis:secret-of-sis')}`;
const body = JSON.stringify({ givenName: 'Ada', familyName: 'Lovelace' });

describe('told to stop', () => {
  test(
    'the gateway answers what it accepted, refuses more, and stops Postgres last',
    () =>
      withVar(async (varFolder) => {
        const gateway = await start(varFolder);
        const postgres = await readPostmaster(`${varFolder}/postgres`);
        const slow = await halfARequest(gateway.url);
        const ended = once(gateway.child, 'close');
        gateway.child.kill('SIGTERM');
        while (!gateway.log().some(({ msg }) => String(msg).startsWith('stopping'))) await delay(20);
        await delay(200);
        await expect(fetch(`${gateway.url}/healthz`)).rejects.toThrow();
        const answer = await slow.finish();
        expect(answer).toMatch(/^HTTP\/1\.1 201 /);
        expect(answer).toMatch(/^connection: close$/im);
        // To signal once more would end it at once.
        expect(await ended).toEqual([0, null]);
        expect(gateway.log().at(-1)).toMatchObject({ msg: 'stopped' });
        expect(await processIdentity(postgres?.pid ?? 0)).toBeUndefined();
      }),
    60_000,
  );

  test(
    'it does not wait longer than the grace for a sender that never finishes',
    () =>
      withVar(async (varFolder) => {
        const gateway = await start(varFolder, { PASSERELLE_SHUTDOWN_GRACE_S: '1' });
        await halfARequest(gateway.url);
        const before = Date.now();
        expect(await gateway.stop()).toBe(0);
        expect(Date.now() - before).toBeLessThan(10_000);
        expect(gateway.log()).toContainEqual(expect.objectContaining({ level: 'warn', graceMs: 1_000 }));
      }),
    60_000,
  );

  test(
    'twice, it ends at once, and the next start recovers',
    () =>
      withVar(async (varFolder) => {
        const gateway = await start(varFolder);
        await halfARequest(gateway.url);
        gateway.child.kill('SIGINT');
        await delay(700);
        expect(await gateway.stop('SIGINT')).toBe(130);
        const next = await start(varFolder);
        expect((await fetch(`${next.url}/readyz`)).status).toBe(200);
      }),
    60_000,
  );

  test(
    'by Ctrl-C in a terminal under npm, which signals npm and the gateway alike, it stops cleanly',
    () =>
      withVar(async (varFolder) => {
        const gateway = await start(varFolder, {}, ['npm', 'start', '--silent', '--prefix', root]);
        await halfARequest(gateway.url, { finishAfterMs: 300 });
        process.kill(-(gateway.child.pid ?? 0), 'SIGINT');
        await once(gateway.child, 'close');
        expect(gateway.log().at(-1)).toMatchObject({ msg: 'stopped' });
      }),
    60_000,
  );
});

test(
  'npm that is told to stop takes the gateway with it',
  () =>
    withVar(async (varFolder) => {
      const gateway = await start(varFolder, {}, ['npm', 'start', '--silent', '--prefix', root]);
      await gateway.stop('SIGTERM');
      expect(gateway.log().at(-1)).toMatchObject({ msg: 'stopped' });
      await expect(fetch(`${gateway.url}/healthz`)).rejects.toThrow();
    }),
  60_000,
);

test(
  'what was acknowledged before kill -9 of the gateway is there after the next start',
  () =>
    withVar(async (varFolder) => {
      const first = await start(varFolder);
      for (let i = 0; i < 20; i += 1) expect(await put(first.url, `K${i}`)).toBe(201);
      await first.stop('SIGKILL');
      const next = await start(varFolder);
      for (let i = 0; i < 20; i += 1) {
        const answer = await fetch(`${next.url}/sis/v1/users/K${i}`, { headers: { authorization: credentials } });
        expect(await answer.json()).toMatchObject({ status: 'read', fields: { givenName: 'Ada' } });
      }
    }),
  60_000,
);

async function put(url: string, id: string): Promise<number> {
  const headers = { authorization: credentials, 'content-type': 'application/json' };
  const response = await fetch(`${url}/sis/v1/users/${id}`, { method: 'PUT', headers, body });
  await response.text();
  return response.status;
}

/** A request whose body has half arrived: accepted, not finished. */
async function halfARequest(url: string, { finishAfterMs }: { finishAfterMs?: number } = {}) {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  const answer = { text: '' };
  socket.on('error', () => undefined).on('data', (data: Buffer) => (answer.text += data.toString()));
  socket.write(
    `PUT /sis/v1/users/SLOW HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${credentials}\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 10)}`,
  );
  await delay(100);
  const finish = async (): Promise<string> => {
    socket.write(body.slice(10));
    await once(socket, 'close');
    return answer.text;
  };
  if (finishAfterMs !== undefined) setTimeout(() => void finish(), finishAfterMs);
  return { finish };
}
