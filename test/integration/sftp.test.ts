import { createHash, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import ssh2 from 'ssh2';
import type SftpClient from 'ssh2-sftp-client';
import { createSftpWorld, keyPair, type SftpWorld } from './sftp-set-up.ts';

let world: SftpWorld;
let password: string;
let client: SftpClient;
const keys = keyPair();
const mebibyte = 1_048_576;

beforeAll(async () => {
  world = await createSftpWorld();
  password = await world.login('banner');
  await world.login('banner', { publicKey: keys.publicKey });
  client = await world.connect('banner', { password });
});

afterAll(() => world.end());

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

async function receipt(name: string): Promise<Record<string, unknown>> {
  const text = (await client.get(`/${name}.receipt.json`)) as Buffer;
  return JSON.parse(text.toString()) as Record<string, unknown>;
}

const names = async (): Promise<string[]> => (await client.list('/')).map(({ name }) => name);
const openssh = (...commands: string[]): Promise<string> => world.openssh('banner', keys.privateKey, commands);
const localFile = async (name: string, bytes: Buffer): Promise<string> => {
  const file = join(world.folder, name);
  await writeFile(file, bytes);
  return file;
};

describe('a file', () => {
  test('is taken when it is closed, and its receipt lies beside it', async () => {
    const bytes = randomBytes(2 * mebibyte + 5);
    await client.put(bytes, '/night.zip');
    expect(await receipt('night.zip')).toMatchObject({
      name: 'night.zip',
      state: 'requested',
      receivedBytes: bytes.length,
      sha256: sha256(bytes),
      mode: 'apply',
      runId: expect.any(String),
    });
    expect(world.runs.at(-1)).toMatchObject({ organizationId: world.owner.id, requestedBy: 'banner', mode: 'apply' });
    expect(await client.stat('/night.zip')).toMatchObject({ size: bytes.length, isFile: true });
    expect(await names()).toEqual(expect.arrayContaining(['night.zip', 'night.zip.receipt.json']));
  });

  test('that OpenSSH sends is taken, and its receipt can be fetched', async () => {
    const bytes = randomBytes(3 * mebibyte);
    const file = await localFile('courses.csv', bytes);
    const local = join(world.folder, 'receipt.json');
    const printed = await openssh('pwd', `put ${file} courses.csv`, 'ls -l', `get courses.csv.receipt.json ${local}`);
    expect(printed).toContain('Remote working directory: /');
    expect(printed).toMatch(/-rw-r--r--.* 3145728 .* courses\.csv/);
    expect(JSON.parse(await readFile(local, 'utf8'))).toMatchObject({ sha256: sha256(bytes), state: 'requested' });
  });

  test('under a temporary name is taken when it gets its own', async () => {
    const bytes = randomBytes(100_000);
    const runs = world.runs.length;
    await client.put(bytes, '/week.zip.filepart');
    expect(world.runs).toHaveLength(runs);
    expect(await names()).not.toContain('week.zip.filepart.receipt.json');
    await client.rename('/week.zip.filepart', '/week.zip');
    expect(await receipt('week.zip')).toMatchObject({ name: 'week.zip', sha256: sha256(bytes) });
    expect(await names()).not.toContain('week.zip.filepart');
    expect(world.runs).toHaveLength(runs + 1);
  });

  test('of the same name the next night takes the place of the former, by either way', async () => {
    for (const bytes of [randomBytes(10), randomBytes(11)]) {
      await client.put(bytes, '/daily.csv.tmp');
      await client.rename('/daily.csv.tmp', '/daily.csv');
      expect(await receipt('daily.csv')).toMatchObject({ sha256: sha256(bytes), state: 'requested' });
      await client.put(bytes, '/daily.csv');
      expect(await receipt('daily.csv')).toMatchObject({ state: 'repeated', repeats: { name: 'daily.csv' } });
    }
  });

  test('whose pieces come at once and not in order is put together', async () => {
    const bytes = randomBytes(5 * mebibyte + 321);
    const file = await localFile('big.zip', bytes);
    await client.fastPut(file, '/big.zip', { concurrency: 64, chunkSize: 32_768 });
    expect(await receipt('big.zip')).toMatchObject({ sha256: sha256(bytes) });
  });

  test('that broke off is not taken, and is gone on with where it ended', async () => {
    const bytes = randomBytes(3 * mebibyte);
    const half = bytes.subarray(0, 1_700_000);
    await breakOff('broken.zip', half);
    const { size } = await client.stat('/broken.zip');
    expect(size).toBe(half.length);
    expect(await names()).not.toContain('broken.zip.receipt.json');
    await expect(client.rename('/broken.zip', '/other.zip')).rejects.toThrow('broke off');
    const file = await localFile('broken.zip', bytes);
    await openssh(`reput ${file} broken.zip`);
    expect(await receipt('broken.zip')).toMatchObject({ sha256: sha256(bytes) });
  });

  test('is taken by and by, where the source system wants files to rest', async () => {
    const path = '/api/v1/source-systems/sis/file-settings';
    const before = await world.owner.admin.get(path);
    expect(before.body).toEqual({ mode: 'apply', snapshot: false, pickUp: 'close', restSeconds: 30, version: 0 });
    const wish = { mode: 'plan', snapshot: true, pickUp: 'rest', restSeconds: 4 };
    expect((await world.owner.admin.put(path, wish, { 'if-match': '"0"' })).status).toBe(200);
    expect((await world.owner.admin.put(path, wish, { 'if-match': '"0"' })).status).toBe(412);
    try {
      await client.put(randomBytes(10), '/slow.csv');
      await client.put(randomBytes(10), '/slow.tmp');
      await breakOff('unfinished.csv', randomBytes(10));
      expect(await names()).not.toContain('slow.csv.receipt.json');
      for (let tries = 0; ; tries += 1) {
        expect(tries).toBeLessThan(60);
        await delay(250);
        const state = (await names()).includes('slow.csv.receipt.json') ? (await receipt('slow.csv')).state : 'none';
        if (state === 'requested') break;
      }
      expect(world.runs.at(-1)).toMatchObject({ mode: 'plan', options: { snapshot: true } });
      const after = await names();
      expect(after).not.toContain('slow.tmp.receipt.json');
      expect(after).not.toContain('unfinished.csv.receipt.json');
    } finally {
      await world.owner.admin.put(path, {});
    }
  }, 30_000);

  test('may be removed, and its receipt: the upload stays', async () => {
    await client.put(Buffer.from('a'), '/gone.csv');
    const { id } = await receipt('gone.csv');
    await client.delete('/gone.csv.receipt.json');
    expect(await names()).toContain('gone.csv');
    await client.delete('/gone.csv');
    expect(await names()).not.toContain('gone.csv');
    expect(await world.files.find(world.owner.id, String(id))).toBeDefined();
    await client.put(Buffer.from('b'), '/part.tmp');
    await client.delete('/part.tmp');
    expect(await names()).not.toContain('part.tmp');
  });
});

describe('refused is', () => {
  test.each([
    ['a folder', () => client.mkdir('/folder')],
    ['a file in a folder', () => client.put(Buffer.from('a'), '/folder/a.csv')],
    ['a way out', () => client.put(Buffer.from('a'), '/../../etc/cron.d/a')],
    ['another way out', () => client.list('/../etc')],
    ['a name with a NUL', () => client.put(Buffer.from('a'), '/a\0.csv')],
    ['a name with a backslash', () => client.put(Buffer.from('a'), '/..\\..\\a.csv')],
    ['a name that is too long', () => client.put(Buffer.from('a'), `/${'x'.repeat(300)}`)],
    ['a name that is far too long', () => client.stat(`/${'x'.repeat(30_000)}`)],
    ['a name with line breaks', () => client.put(Buffer.from('a'), '/a\nb.csv')],
    ['a rename into a bad name', () => client.rename('/night.zip', '/..')],
    ['a rename of what is not there', () => client.rename('/nothing', '/something')],
    ['a forged receipt', () => client.put(Buffer.from('{}'), '/night.zip.receipt.json')],
    ['reading a file that was sent', () => client.get('/night.zip')],
    ['reading what is not there', () => client.get('/nothing.receipt.json')],
    ['writing behind what was taken', () => client.append(Buffer.from('a'), '/night.zip')],
  ])('%s', async (_, work) => {
    await expect(work()).rejects.toThrow();
    expect(await names()).toContain('night.zip');
  });

  test('links, shells, commands and forwarding', async () => {
    await expect(openssh('ln -s /etc/passwd passwd')).rejects.toThrow();
    const connection = await plainConnection();
    const failures = await Promise.all([
      failure((done) => connection.shell(done)),
      failure((done) => connection.exec('id', done)),
      failure((done) => connection.subsys('scp', done)),
      failure((done) => connection.forwardIn('127.0.0.1', 0, done)),
      failure((done) => connection.forwardOut('127.0.0.1', 1, '127.0.0.1', 22, done)),
    ]);
    expect(failures.every((error) => error instanceof Error)).toBe(true);
    connection.end();
  });

  test('writing over what was written, and pieces far apart; nothing of it is taken', async () => {
    const connection = await plainConnection();
    const sftp = await opened(connection);
    const runs = world.runs.length;
    const handle = await new Promise<Buffer>((resolve, reject) => {
      sftp.open('/odd.zip', 'w', (error, made) => {
        if (error) reject(error);
        else resolve(made);
      });
    });
    const write = (offset: number, bytes: Buffer) =>
      failure((done) => {
        sftp.write(handle, bytes, 0, bytes.length, offset, done);
      });
    expect(await write(0, randomBytes(100))).toBeUndefined();
    expect(await write(50, randomBytes(10))).toMatchObject({ message: expect.stringContaining('written over') });
    const early = write(2 ** 40, randomBytes(10));
    await delay(100);
    expect(
      await failure((done) => {
        sftp.close(handle, done);
      }),
    ).toMatchObject({ message: expect.stringContaining('missing') });
    expect(await early).toMatchObject({ message: expect.stringContaining('missing') });
    expect(world.runs).toHaveLength(runs);
    connection.end();
  });
});

test.each([
  ['a length that is negative', Buffer.from('ffffffff01', 'hex')],
  ['a length beyond all', Buffer.from('7fffffff01', 'hex')],
  ['no length', Buffer.alloc(64)],
  ['an unknown request', Buffer.from('0000000101', 'hex')],
  ['an INIT that is cut', Buffer.from('000000020100', 'hex')],
  ['noise', randomBytes(100_000)],
])('nonsense instead of SFTP (%s) ends its session, and nothing else', async (_, bytes) => {
  const connection = await plainConnection();
  await new Promise<void>((resolve) => {
    connection.on('close', () => {
      resolve();
    });
    connection.on('error', () => undefined);
    setTimeout(() => connection.end(), 1_000);
    connection.subsys('sftp', (_error, stream) => {
      stream.on('error', () => undefined);
      stream.write(bytes);
    });
  });
  expect(await names()).toContain('night.zip');
});

test('nonsense instead of SSH is dropped', async () => {
  for (const bytes of [
    randomBytes(10_000),
    Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    Buffer.from('SSH-2.0-x\r\n\xff\xff'),
  ]) {
    const socket = connect(world.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(bytes);
    await delay(100);
    socket.destroy();
  }
  expect(await names()).toContain('night.zip');
});

describe('who comes in', () => {
  test('by a key of the source system, Ed25519 or RSA', async () => {
    const rsa = keyPair('rsa');
    await world.login('peoplesoft', { publicKey: rsa.publicKey });
    const own = await world.connect('peoplesoft', { privateKey: rsa.privateKey });
    expect((await own.list('/')).map(({ name }) => name)).toContain('night.zip');
    expect(await world.openssh('peoplesoft', rsa.privateKey, ['ls'])).toContain('night.zip');
  });

  test('sees nothing of other organizations, and nothing of it is seen', async () => {
    const other = await world.tenant('elsewhere');
    const secret = await world.login('elsewhere-sftp', {}, other);
    const stranger = await world.connect('elsewhere-sftp', { password: secret });
    expect(await stranger.list('/')).toEqual([]);
    await stranger.put(Buffer.from('theirs'), '/night.zip');
    expect(await receipt('night.zip')).not.toMatchObject({ sha256: sha256(Buffer.from('theirs')) });
  });

  test.each([
    ['with a wrong password', 'banner', () => ({ password: 'wrong' })],
    ['with a key of somebody else', 'banner', () => ({ privateKey: keyPair().privateKey })],
    ['under a name that nobody has', 'nobody', () => ({ password: 'wrong' })],
  ])('not %s', async (_, userName, proof) => {
    await expect(world.connect(userName, proof())).rejects.toThrow('authentication');
  });

  test('not with a password, where the access policy wants a key; nor at all, where it wants a signature', async () => {
    const policy = '/api/v1/source-systems/sis/access-policy';
    const set = (mechanisms: string[] | null, requires: string[] | null = null) =>
      world.owner.admin.put(policy, { mechanisms, allowedAddresses: null, requires });
    const signed = keyPair();
    const secret = await world.login('strict');
    await world.login('strict', { publicKey: signed.publicKey });
    expect((await set(['sftp-public-key'])).status).toBe(200);
    await world.access.hear(JSON.stringify({ kind: 'access_policy' }));
    await expect(world.connect('strict', { password: secret })).rejects.toThrow('authentication');
    await world.connect('strict', { privateKey: signed.privateKey });
    await set(null, ['tls-client-certificate']);
    await world.access.hear(JSON.stringify({ kind: 'access_policy' }));
    await expect(world.connect('strict', { privateKey: signed.privateKey })).rejects.toThrow('authentication');
    await set(null);
    await world.access.hear(JSON.stringify({ kind: 'access_policy' }));
  });

  test('not after too many wrong passwords, for a while', async () => {
    const secret = await world.login('clumsy');
    for (let tries = 0; tries < 10; tries += 1) {
      await expect(world.connect('clumsy', { password: 'wrong' })).rejects.toThrow();
    }
    await expect(world.connect('clumsy', { password: secret })).rejects.toThrow('authentication');
    expect((await world.access.lockout.listLockouts()).map(({ userName }) => userName)).toContain('clumsy');
    await world.access.lockout.clearLockout('clumsy', '127.0.0.1');
    await world.connect('clumsy', { password: secret });
  }, 30_000);

  test('not once its credential is revoked', async () => {
    const secret = await world.login('leaver');
    await world.connect('leaver', { password: secret });
    const [credential] = (await world.access.credentials.listCredentials(world.owner.id)).filter(
      ({ userName }) => userName === 'leaver',
    );
    await world.access.credentials.revokeCredential(world.owner.id, credential?.id ?? '');
    await world.access.hear(JSON.stringify({ kind: 'login', userName: 'leaver' }));
    await expect(world.connect('leaver', { password: secret })).rejects.toThrow('authentication');
  });
});

test.each([
  ['nothing', ''],
  ['a private key', keyPair().privateKey],
  ['two keys', `${keyPair().publicKey}\n${keyPair().publicKey}`],
  ['no key', 'ssh-ed25519 AAAA'],
])('%s is not taken for a public key', async (_, publicKey) => {
  await expect(world.login('keyless', { publicKey })).rejects.toMatchObject({ code: 'invalid_request' });
});

test('credentials show keys by their fingerprints', async () => {
  const { body } = await world.owner.admin.get('/api/v1/source-systems/sis/credentials');
  expect(body.items).toContainEqual(
    expect.objectContaining({
      userName: 'banner',
      kind: 'ssh_key',
      sshKey: { algorithm: 'ssh-ed25519', fingerprint: expect.stringMatching(/^SHA256:/) },
    }),
  );
});

test('the host keys stay the same, and are kept sealed', async () => {
  const { rows } = await world.database.pool.query<{ sealed: Buffer }>('select sealed from sftp_host_key');
  expect(rows).toHaveLength(2);
  expect(rows.some(({ sealed }) => sealed.includes('PRIVATE KEY'))).toBe(false);
  const { fingerprintsOf, keyMakers } = await import('../../src/app/sftp.ts');
  const { keepHostKeys } = await import('../../src/state/uploads/sftp-store.ts');
  const again = await keepHostKeys(world.database.pool, world.sealer, keyMakers);
  expect(fingerprintsOf(again)).toEqual(world.fingerprints);
});

test('a server that stops does not wait for clients that never hang up', async () => {
  const own = await createSftpWorld();
  const socket = connect({ port: own.port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => undefined);
  await delay(200);
  const before = Date.now();
  await own.end();
  expect(Date.now() - before).toBeLessThan(15_000);
  socket.destroy();
}, 60_000);

function plainConnection(): Promise<ssh2.Client> {
  return new Promise((resolve, reject) => {
    const connection = new ssh2.Client();
    connection.on('ready', () => {
      resolve(connection);
    });
    connection.on('error', reject);
    connection.connect({ host: '127.0.0.1', port: world.port, username: 'banner', password });
  });
}

function opened(connection: ssh2.Client): Promise<ssh2.SFTPWrapper> {
  return new Promise((resolve, reject) => {
    connection.sftp((error, sftp) => {
      if (error) reject(error);
      else resolve(sftp);
    });
  });
}

function failure(work: (done: (error?: Error | null) => void) => void): Promise<Error | undefined> {
  return new Promise((resolve) => {
    work((error) => {
      resolve(error ?? undefined);
    });
  });
}

/** Writes bytes and cuts the connection without closing the file. */
async function breakOff(name: string, bytes: Buffer): Promise<void> {
  const connection = await plainConnection();
  const sftp = await opened(connection);
  const handle = await new Promise<Buffer>((resolve, reject) => {
    sftp.open(`/${name}`, 'w', (error, made) => {
      if (error) reject(error);
      else resolve(made);
    });
  });
  for (let at = 0; at < bytes.length; at += 32_768) {
    const piece = bytes.subarray(at, at + 32_768);
    await failure((done) => {
      sftp.write(handle, piece, 0, piece.length, at, done);
    });
  }
  connection.destroy();
  await delay(300);
}
