import { afterEach, describe, expect, test } from '@jest/globals';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, get as httpGet, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { createLogs } from '../log.ts';
import type { CertificateFiles } from './certificate.ts';
import { bePatientWith } from '../http/patience.ts';
import { type HttpSettings, type Server, startServer } from './server.ts';

const settings: HttpSettings = { host: '127.0.0.1', port: 0, requestTimeoutS: 5, keepAliveS: 5, maxConnections: 100 };
const lines: Record<string, unknown>[] = [];
const log = createLogs(
  { level: 'info', modules: {} },
  { destination: { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) } },
)('http');
const releases: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const release of releases.splice(0).reverse()) await release();
  lines.length = 0;
});

async function start(
  handler: (request: IncomingMessage, response: ServerResponse) => void,
  more: Partial<HttpSettings> = {},
) {
  const server = await startServer(handler, { ...settings, ...more }, log);
  releases.push(() => server.close(0));
  return server;
}

describe('the server', () => {
  test('listens on a free port and says where', async () => {
    const { url } = await start((_, response) => response.end('here'));
    expect(await (await fetch(url)).text()).toBe('here');
  });

  test('says who holds a port that is taken, and what to do', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    releases.push(() => new Promise((resolve) => holder.close(resolve)));
    const { port } = holder.address() as { port: number };
    const attempt = startServer(() => undefined, { ...settings, port }, log);
    await expect(attempt).rejects.toThrow(`Port ${port} of 127.0.0.1 is taken, by process ${process.pid}`);
  });

  test('finishes what it accepted before it closes, and takes nothing more', async () => {
    const server = await start((_, response) => void setTimeout(() => response.end('finished'), 300));
    const running = fetch(server.url);
    await delay(50);
    const closed = server.close(5_000);
    await expect(fetch(server.url)).rejects.toThrow();
    const answer = await running;
    expect(answer.headers.get('connection')).toBe('close');
    expect(await answer.text()).toBe('finished');
    await closed;
  });

  test('closes kept-alive connections that have nothing to do, without waiting for them', async () => {
    const server = await start((_, response) => response.end('done'));
    const agent = new Agent({ keepAlive: true });
    const [response] = (await once(httpGet(server.url, { agent }), 'response')) as [IncomingMessage];
    await response.toArray();
    const before = Date.now();
    await server.close(60_000);
    expect(Date.now() - before).toBeLessThan(30_000);
  });

  test('drops what does not finish in time, and says so', async () => {
    const server = await start(() => undefined);
    const running = fetch(server.url).catch(() => 'dropped');
    await delay(50);
    await server.close(100);
    expect(await running).toBe('dropped');
    expect(lines).toContainEqual(expect.objectContaining({ level: 'warn', graceMs: 100 }));
  });

  test('drops a sender that never ends its headers', async () => {
    const { port } = await start((_, response) => response.end('done'), { requestTimeoutS: 1 });
    const slow = connect(port, '127.0.0.1');
    slow.write('POST / HTTP/1.1\r\nHost: localhost\r\n');
    const [answer] = (await once(slow, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1.1 408 /);
    slow.destroy();
  });

  test('drops a sender whose body dribbles, unless it is known to send a file', async () => {
    const { port } = await start(
      (request, response) => {
        if (request.url === '/file') bePatientWith(request);
        request.on('end', () => response.end('done')).resume();
      },
      { requestTimeoutS: 1 },
    );
    const dribble = async (path: string): Promise<string> => {
      const slow = connect(port, '127.0.0.1');
      slow.on('error', () => undefined);
      slow.write(`POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20\r\nConnection: close\r\n\r\n`);
      const answer = slow.toArray();
      for (let byte = 0; byte < 20 && !slow.destroyed && slow.writable; byte += 1) {
        slow.write('x');
        await delay(100);
      }
      return Buffer.concat((await answer) as Buffer[]).toString();
    };
    expect(await dribble('/message')).toMatch(/^HTTP\/1.1 408 /);
    expect(await dribble('/file')).toMatch(/^HTTP\/1.1 200 /);
  });
});

describe('TLS', () => {
  const fixture = (name: string): string => new URL(`../../test/fixtures/tls/${name}`, import.meta.url).pathname;

  async function ownFiles(): Promise<{ files: CertificateFiles; replace(name: string): Promise<void> }> {
    const folder = await mkdtemp(join(tmpdir(), 'passerelle-tls-'));
    releases.push(() => rm(folder, { recursive: true }));
    const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
    const replace = async (name: string): Promise<void> => {
      await copyFile(fixture(`${name}.cert.pem`), files.cert);
      await copyFile(fixture(`${name}.key.pem`), files.key);
    };
    await replace('first');
    return { files, replace };
  }

  async function presented({ port }: Server): Promise<string> {
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    const { subject } = socket.getPeerCertificate();
    socket.destroy();
    return String(subject.CN);
  }

  test('presents the certificate, and a new one as soon as its files have changed', async () => {
    const { files, replace } = await ownFiles();
    const server = await start((_, response) => response.end(), { tls: files });
    expect(server.url).toMatch(/^https:/);
    expect(await presented(server)).toBe('first.example.edu');
    await replace('second');
    await until(async () => (await presented(server)) === 'second.example.edu');
  });

  test('keeps the old certificate when the new one cannot be used, and says so', async () => {
    const { files } = await ownFiles();
    const server = await start((_, response) => response.end(), { tls: files });
    await copyFile(fixture('second.cert.pem'), files.cert);
    await server.reloadCertificate();
    await writeFile(files.key, 'no key at all');
    await server.reloadCertificate();
    expect(await presented(server)).toBe('first.example.edu');
    expect(lines.filter((line) => line.level === 'error')).toHaveLength(2);
  });

  test('does not start on files that do not belong together', async () => {
    const files = { cert: fixture('first.cert.pem'), key: fixture('second.key.pem') };
    const attempt = startServer(() => undefined, { ...settings, tls: files }, log);
    await expect(attempt).rejects.toThrow('cannot be used together');
  });
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('it did not happen');
    await delay(100);
  }
}
