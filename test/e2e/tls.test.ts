import { expect, test } from '@jest/globals';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { get } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from 'node:tls';
import { passerelle, root, startGateway, withVar } from './gateway-process.ts';

const fixture = (name: string): string => join(root, 'test/fixtures/tls', name);

test(
  'HTTPS: the certificate is renewed when its files change or at SIGHUP, and a bad one changes nothing',
  () =>
    withVar(async (varFolder) => {
      const folder = dirname(varFolder);
      await mkdir(folder, { recursive: true });
      const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
      const use = async (name: string): Promise<void> => {
        await copyFile(fixture(`${name}.cert.pem`), cert);
        await copyFile(fixture(`${name}.key.pem`), key);
      };
      await use('first');
      const gateway = await startGateway({
        PASSERELLE_VAR: varFolder,
        PASSERELLE_TLS_CERT: cert,
        PASSERELLE_TLS_KEY: key,
      });
      try {
        expect(gateway.url).toMatch(/^https:/);
        expect(await status(`${gateway.url}/readyz`, cert)).toBe(200);
        expect(await presented(gateway.url)).toBe('first.example.edu');
        await use('second');
        gateway.child.kill('SIGHUP');
        await eventually(async () => (await presented(gateway.url)) === 'second.example.edu');
        await writeFile(cert, 'not a certificate');
        await eventually(() => Promise.resolve(gateway.log().some(({ level }) => level === 'error')));
        expect(await presented(gateway.url)).toBe('second.example.edu');
      } finally {
        await gateway.stop();
      }
    }),
  60_000,
);

test(
  'a gateway does not start with a certificate that has another key, and says so',
  () =>
    withVar(async (varFolder) => {
      const { code, stderr } = await passerelle(['start'], {
        PASSERELLE_VAR: varFolder,
        PORT: '0',
        PASSERELLE_TLS_CERT: fixture('first.cert.pem'),
        PASSERELLE_TLS_KEY: fixture('second.key.pem'),
      });
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('cannot be used together') });
    }),
  60_000,
);

async function status(url: string, caFile: string): Promise<number | undefined> {
  const request = get(url, { ca: await readFile(caFile) });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}

async function presented(url: string): Promise<string> {
  const { port } = new URL(url);
  const socket = connect({ port: Number(port), host: '127.0.0.1', rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { subject } = socket.getPeerCertificate();
  socket.destroy();
  return String(subject.CN);
}

async function eventually(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('it did not happen');
    await delay(100);
  }
}
