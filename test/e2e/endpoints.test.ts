import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificate } from '../../src/testing/certificates.ts';
import { withDatabase } from '../../src/testing/with-database.ts';
import { type SisServer, sisAccount, startSis } from '../soap/sis-server.ts';
import { type GatewayProcess, passerelle, startGateway } from './gateway-process.ts';

let folder: string;
let sis: SisServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'passerelle-e2e-'));
  sis = await startSis();
});
afterAll(async () => {
  await sis.close();
  await rm(folder, { recursive: true, force: true });
});

const token = 'a-token-of-the-demonstration';
const place = '/api/v1/source-systems/registrar/endpoints/outcome';

interface Body {
  ok: boolean;
  problem?: { code: string };
  messageId: string;
  steps: { step: string; ok: boolean }[];
  items: { result: string; operation: string; userName: string }[];
}

async function api({ url }: GatewayProcess, method: string, path: string, body?: object) {
  const response = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Body };
}

describe('beside a running gateway', () => {
  test(
    'an endpoint is set, tested, listed and removed by command, and what was sent is found by REST',
    () =>
      withDatabase(async ({ url }) => {
        const environment = {
          DATABASE_URL: url,
          PASSERELLE_VAR: join(folder, 'commands'),
          PASSERELLE_DEMO_TOKEN: token,
          PASSERELLE_OUTBOUND_ALLOW: '127.0.0.1',
        };
        const gateway = await startGateway(environment);
        const run = (...args: string[]) =>
          passerelle(['endpoint', ...args], { ...environment, PASSERELLE_ENDPOINT_PASSWORD: sisAccount.password });
        const named = ['demo', 'registrar', 'outcome'];
        try {
          const set = await run(
            'set',
            ...named,
            '--address',
            sis.url,
            '--auth',
            'wss-password-digest',
            '--user',
            'passerelle',
          );
          expect(set).toMatchObject({ code: 0, stdout: expect.stringContaining('The endpoint outcome is set') });
          const tested = await run('test', ...named);
          expect(tested.stdout).toMatch(/ok +connection/);
          const listed = await run('list', 'demo', 'registrar');
          expect(listed.stdout).toMatch(
            /outcome +http:\/\/127\.0\.0\.1:\d+\/outcomes +wss-password-digest +userName, password/,
          );
          expect(listed.stdout).not.toContain(sisAccount.password);
          const later = await run('set', ...named, '--timeout-ms', '5000', '--json');
          expect(JSON.parse(later.stdout)).toMatchObject({ timeoutMs: 5_000, authentication: 'wss-password-digest' });
          const { body } = await api(gateway, 'GET', '/api/v1/messages?direction=outbound');
          expect(body.items).toMatchObject([{ operation: 'testConnection', userName: 'command line' }]);
          expect((await run('remove', ...named)).code).toBe(0);
          expect(await run('test', ...named)).toMatchObject({
            code: 1,
            stderr: expect.stringContaining('no endpoint'),
          });
          const wrong = await run('set', ...named, '--address', 'ftp://sis', '--auth', 'none');
          expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('Only http: and https:') });
        } finally {
          await gateway.stop();
        }
        const log = gateway.output.stdout + gateway.output.stderr;
        expect(log).not.toContain(sisAccount.password);
      }),
    120_000,
  );

  test(
    'the doctor tells of a certificate that ends and of secrets that do not open',
    () =>
      withDatabase(async ({ url, pool }) => {
        const environment = { DATABASE_URL: url, PASSERELLE_VAR: join(folder, 'doctor'), PASSERELLE_DEMO_TOKEN: token };
        const gateway = await startGateway(environment);
        try {
          const { cert, key } = makeCertificate({
            subject: 'gateway',
            notAfter: new Date(Date.now() + 5 * 86_400_000),
          });
          const [certificate, privateKey] = [join(folder, 'gateway.pem'), join(folder, 'gateway.key')];
          await writeFile(certificate, cert);
          await writeFile(privateKey, key);
          const set = await passerelle(
            [
              'endpoint',
              'set',
              'demo',
              'registrar',
              'outcome2',
              '--address',
              'https://sis.example.edu/',
              '--auth',
              'wss-signed',
            ].concat(['--certificate', certificate, '--private-key', privateKey]),
            environment,
          );
          expect(set).toMatchObject({ code: 0 });
          const doctor = await passerelle(['doctor'], environment);
          expect(doctor.stdout).toContain('the certificate of registrar outcome2 (CN=gateway) expires on');
          await pool.query(`
          begin;
          select set_config('passerelle.organization_id', id::text, true) from organization where code = 'demo';
          update endpoint set address = 'https://elsewhere.example/';
          commit`);
          const after = await passerelle(['doctor'], environment);
          expect(after).toMatchObject({
            code: 1,
            stdout: expect.stringContaining('the secrets of registrar outcome2 do not open'),
          });
        } finally {
          await gateway.stop();
        }
      }),
    120_000,
  );
});

test(
  'a gateway that dies while it sends leaves a trace of what it sent',
  () =>
    withDatabase(async ({ url }) => {
      // Takes connections and answers nothing.
      const silent = createServer().listen(0, '127.0.0.1');
      await once(silent, 'listening');
      const environment = {
        DATABASE_URL: url,
        PASSERELLE_VAR: join(folder, 'crash'),
        PASSERELLE_DEMO_TOKEN: token,
        PASSERELLE_OUTBOUND_ALLOW: '127.0.0.1',
      };
      const gateway = await startGateway(environment);
      const address = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`;
      expect((await api(gateway, 'PUT', place, { address, authentication: 'none' })).status).toBe(200);
      const connected = once(silent, 'connection');
      const answer = api(gateway, 'POST', `${place}/test`).catch(() => 'no answer');
      await connected;
      await gateway.stop('SIGKILL');
      expect(await answer).toBe('no answer');
      silent.close();
      const again = await startGateway(environment);
      try {
        const { body } = await api(again, 'GET', '/api/v1/messages?direction=outbound&result=sending');
        expect(body.items).toMatchObject([{ operation: 'testConnection', result: 'sending' }]);
      } finally {
        await again.stop();
      }
    }),
  120_000,
);
