import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import ssh2 from 'ssh2';
import SftpClient from 'ssh2-sftp-client';
import * as tus from 'tus-js-client';
import { type GatewayProcess, passerelle, startGateway, withVar } from './gateway-process.ts';

const run = promisify(execFile);
const sis = { userName: 'banner-demo', password: 'files-e2e-secret' };
const token = 'files-e2e-token-0123456789';
const mebibyte = 1_048_576;

const settings = (varFolder: string, more: Record<string, string> = {}) => ({
  PASSERELLE_VAR: varFolder,
  PASSERELLE_DEMO_USER: sis.userName,
  PASSERELLE_DEMO_PASSWORD: sis.password,
  PASSERELLE_DEMO_TOKEN: token,
  PASSERELLE_SFTP_PORT: '0',
  ...more,
});

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

function sftpOf(gateway: GatewayProcess): { port: number; fingerprints: string[] } {
  const line = gateway.log().find(({ msg }) => msg === 'SFTP is served');
  return line as unknown as { port: number; fingerprints: string[] };
}

async function receipts(gateway: GatewayProcess): Promise<Record<string, unknown>[]> {
  const response = await fetch(`${gateway.url}/api/v1/source-systems/banner/uploads`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return ((await response.json()) as { items: Record<string, unknown>[] }).items;
}

async function openssh(gateway: GatewayProcess, folder: string, keyFile: string, commands: string[]): Promise<string> {
  const { port } = sftpOf(gateway);
  const batch = join(folder, 'batch');
  await writeFile(batch, `${commands.join('\n')}\n`);
  const options = ['StrictHostKeyChecking=no', `UserKnownHostsFile=${folder}/known`, 'IdentitiesOnly=yes'].flatMap(
    (option) => ['-o', option],
  );
  const { stdout } = await run(
    'sftp',
    ['-P', String(port), '-i', keyFile, ...options, '-b', batch, `${sis.userName}@127.0.0.1`],
    { timeout: 60_000 },
  );
  return stdout;
}

describe('files of real clients', () => {
  test(
    'curl, tus, OpenSSH, a watched folder: each becomes an upload with a run',
    () =>
      withVar(async (varFolder) => {
        const folder = join(varFolder, '..');
        const watched = join(folder, 'watched');
        const environment = settings(varFolder, { PASSERELLE_WATCH_FOLDER: watched });
        const gateway = await startGateway(environment);
        try {
          const bytes = Array.from({ length: 4 }, (_, index) => randomBytes((index + 1) * 700_001));
          const [one, two, three, four] = bytes as [Buffer, Buffer, Buffer, Buffer];
          await writeFile(join(folder, 'one.zip'), one);
          const digest = `Repr-Digest: sha-256=:${createHash('sha256').update(one).digest('base64')}:`;
          const { stdout } = await run('curl', [
            '-sS',
            '-u',
            `${sis.userName}:${sis.password}`,
            '-H',
            digest,
            '--data-binary',
            `@${join(folder, 'one.zip')}`,
            `${gateway.url}/sis/v1/files?name=one.zip`,
          ]);
          expect(JSON.parse(stdout)).toMatchObject({
            state: 'requested',
            sha256: sha256(one),
            runId: expect.any(String),
          });

          await new Promise<void>((resolve, reject) => {
            new tus.Upload(two, {
              endpoint: `${gateway.url}/sis/v1/tus`,
              chunkSize: 500_000,
              headers: { authorization: `Basic ${Buffer.from(`${sis.userName}:${sis.password}`).toString('base64')}` },
              metadata: { filename: 'two.zip' },
              onError: reject,
              onSuccess: () => {
                resolve();
              },
            }).start();
          });

          const keys = ssh2.utils.generateKeyPairSync('ed25519');
          await writeFile(join(folder, 'key'), keys.private, { mode: 0o600 });
          await writeFile(join(folder, 'key.pub'), keys.public);
          const made = await passerelle(
            [
              'source',
              'credential',
              'create',
              'demo',
              'banner',
              '--user',
              sis.userName,
              '--kind',
              'ssh_key',
              '--public-key',
              join(folder, 'key.pub'),
            ],
            environment,
          );
          expect(made).toMatchObject({ code: 0, stdout: expect.stringContaining('SHA256:') });
          const shown = await passerelle(['sftp', '--json'], environment);
          expect(JSON.parse(shown.stdout)).toMatchObject({ fingerprints: sftpOf(gateway).fingerprints });
          await writeFile(join(folder, 'three.zip'), three);
          await openssh(gateway, folder, join(folder, 'key'), [
            `put ${join(folder, 'three.zip')} three.zip.part`,
            'rename three.zip.part three.zip',
            `get three.zip.receipt.json ${join(folder, 'receipt.json')}`,
          ]);
          expect(JSON.parse(await readFile(join(folder, 'receipt.json'), 'utf8'))).toMatchObject({
            sha256: sha256(three),
          });

          const place = join(watched, 'demo', 'banner');
          await mkdir(place, { recursive: true });
          await fetch(`${gateway.url}/api/v1/source-systems/banner/file-settings`, {
            method: 'PUT',
            headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
            body: '{"restSeconds":1}',
          });
          await writeFile(join(place, 'four.zip'), four);
          for (let tries = 0; !(await readdir(place)).includes('done'); tries += 1) {
            expect(tries).toBeLessThan(200);
            await delay(200);
          }
          const ways = Object.fromEntries((await receipts(gateway)).map(({ way, sha256: hash }) => [way, hash]));
          expect(ways).toEqual({ rest: sha256(one), tus: sha256(two), sftp: sha256(three), folder: sha256(four) });
          expect((await receipts(gateway)).every(({ runId }) => typeof runId === 'string')).toBe(true);
        } finally {
          expect(await gateway.stop()).toBe(0);
        }
      }),
    120_000,
  );
});

describe('kill -9 of the gateway amid an upload', () => {
  test(
    'keeps what tus was told that it has, and it goes on from there',
    () =>
      withVar(async (varFolder) => {
        let gateway = await startGateway(settings(varFolder));
        const bytes = randomBytes(12 * mebibyte);
        try {
          const headers = {
            authorization: `Basic ${Buffer.from(`${sis.userName}:${sis.password}`).toString('base64')}`,
            'tus-resumable': '1.0.0',
          };
          const made = await fetch(`${gateway.url}/sis/v1/tus`, {
            method: 'POST',
            headers: {
              ...headers,
              'upload-length': String(bytes.length),
              'upload-metadata': `filename ${Buffer.from('big.zip').toString('base64')}`,
            },
          });
          const path = made.headers.get('location') ?? '';
          let acknowledged = 0;
          const victim = gateway;
          setTimeout(() => void victim.stop('SIGKILL'), 400);
          for (;;) {
            const answer = await fetch(victim.url + path, {
              method: 'PATCH',
              headers: {
                ...headers,
                'upload-offset': String(acknowledged),
                'content-type': 'application/offset+octet-stream',
              },
              body: bytes.subarray(acknowledged, acknowledged + 300_000),
            }).catch(() => undefined);
            if (answer?.status !== 204) break;
            acknowledged = Number(answer.headers.get('upload-offset'));
            if (acknowledged >= 11 * mebibyte) await victim.stop('SIGKILL');
          }
          expect(acknowledged).toBeLessThan(bytes.length);
          gateway = await startGateway(settings(varFolder));
          const head = await fetch(gateway.url + path, { method: 'HEAD', headers });
          const kept = Number(head.headers.get('upload-offset'));
          expect(kept).toBeGreaterThanOrEqual(acknowledged);
          const rest = await fetch(gateway.url + path, {
            method: 'PATCH',
            headers: { ...headers, 'upload-offset': String(kept), 'content-type': 'application/offset+octet-stream' },
            body: bytes.subarray(kept),
          });
          expect(rest.status).toBe(204);
          expect(await receipts(gateway)).toMatchObject([{ state: 'requested', sha256: sha256(bytes) }]);
        } finally {
          await gateway.stop();
        }
      }),
    120_000,
  );

  test(
    'takes no file of SFTP that is not whole, and shows how far it came',
    () =>
      withVar(async (varFolder) => {
        let gateway = await startGateway(settings(varFolder));
        const bytes = randomBytes(8 * mebibyte);
        try {
          const { fingerprints } = sftpOf(gateway);
          const client = await connected(gateway);
          const sending = client.put(bytes, '/night.zip').catch(() => 'broken');
          const victim = gateway;
          for (let size = 0; size < 2 * mebibyte;) size = Number((await receipts(victim))[0]?.receivedBytes ?? 0);
          await victim.stop('SIGKILL');
          expect(await sending).toBe('broken');
          gateway = await startGateway(settings(varFolder));
          expect(sftpOf(gateway).fingerprints).toEqual(fingerprints);
          expect(await receipts(gateway)).toMatchObject([{ state: 'receiving', runId: null }]);
          const again = await connected(gateway);
          const { size } = await again.stat('/night.zip');
          expect(size).toBeGreaterThanOrEqual(2 * mebibyte);
          expect((await again.list('/')).map(({ name }) => name)).toEqual(['night.zip']);
          await again.append(bytes.subarray(size), '/night.zip');
          const receipt = JSON.parse(((await again.get('/night.zip.receipt.json')) as Buffer).toString()) as object;
          expect(receipt).toMatchObject({ state: 'requested', sha256: sha256(bytes) });
          await again.end();
        } finally {
          await gateway.stop();
        }
      }),
    120_000,
  );
});

async function connected(gateway: GatewayProcess): Promise<SftpClient> {
  const client = new SftpClient();
  client.on('error', () => undefined);
  const { port } = sftpOf(gateway);
  await client.connect({ host: '127.0.0.1', port, username: sis.userName, password: sis.password });
  (client as unknown as { readonly client: ssh2.Client }).client.setNoDelay(true);
  return client;
}
