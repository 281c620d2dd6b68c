import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { LiveNotices } from '../../../src/app/notices.ts';
import type { Notice } from '../../../src/domain/notices.ts';
import { inOrganization } from '../../../src/state/in-transaction.ts';
import { raiseEvent } from '../../../src/state/notices/raise-event.ts';
import { openedOthers } from '../../outbound/world.ts';
import { createRunWorld, type RunOrganization, type RunWorld, until } from '../runs/set-up.ts';
import { type MailServerStand, startMailServer } from './mail-server.ts';
import { delivering, isSigned, noticesOn, type Posted, postsTo, receiver, toMail, toWebhook } from './set-up.ts';

const others = openedOthers();
let world: RunWorld;
let mailServer: MailServerStand;
let organization: RunOrganization;
let posted: Posted[];

beforeAll(async () => {
  world = await createRunWorld();
  mailServer = await startMailServer();
});

beforeEach(async () => {
  organization = await world.organization();
  posted = [];
  mailServer.mails.length = 0;
});

afterEach(() => others.closeAll());

afterAll(async () => {
  await mailServer.close();
  await world.close();
});

const editor = () => ({ organizationId: organization.id, actor: 'test' });
const start = (options: Parameters<typeof noticesOn>[1] = {}): LiveNotices =>
  noticesOn(world.database.pool, { mailPort: mailServer.port, ...options });
const silence = { lastHeardAt: null, silentSince: '2026-11-18T12:00:00.000Z', maxSilenceMinutes: 60 };

async function happen(times = 1): Promise<void> {
  const sourceSystemId = organization.sources.get('sis')!.id;
  await inOrganization(world.database.pool, organization.id, async (client) => {
    for (let time = 0; time < times; time += 1)
      await raiseEvent(client, {
        organizationId: organization.id,
        sourceSystemId,
        event: 'source_silent',
        detail: { silence },
      });
  });
}

const listed = async (notices = start()): Promise<Notice[]> =>
  (await notices.notices.list(organization.id, {}, { limit: 1_000 })).items;
const all = async (state: string, count = 1): Promise<boolean> =>
  (await listed()).filter((notice) => notice.state === state).length === count;
/** As if the pause until the next attempt were over, or whoever claimed it had been dead for long. */
const hurry = () =>
  organization.query(
    `update notice set next_at = now(), claimed_until = now() - interval '1 second' where state = 'waiting' returning id`,
  );

test('each is delivered once, whatever number of processes deliver', async () => {
  const { origin } = await others.http(receiver(posted));
  const couriers = [start(), start(), start()];
  await couriers[0]!.subscriptions.put(editor(), 'ops', toWebhook(origin));
  await couriers[0]!.subscriptions.put(editor(), 'desk', toMail('it@example.edu'));
  await happen(60);
  await delivering(couriers, () => until(() => all('sent', 120)));
  expect(new Set(posted.map(({ id }) => id)).size).toBe(60);
  expect(posted).toHaveLength(60);
  expect(mailServer.mails).toHaveLength(60);
});

test('kill -9 between claim and delivery, and before the delivery is noted: another process delivers it, under the same id', async () => {
  let answers = false;
  const { origin } = await others.http(
    receiver(posted, (response) => (answers ? response.writeHead(204).end() : undefined)),
  );
  await start().subscriptions.put(editor(), 'ops', toWebhook(origin));
  await happen();
  const child = startCourier(world.database.url);
  try {
    await until(() => Promise.resolve(posted.length === 1));
  } finally {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
  expect(await listed()).toEqual([expect.objectContaining({ state: 'waiting', attempts: 1 })]);
  answers = true;
  // It is claimed: nobody else takes it before that is over.
  await delivering([start()], () => new Promise((resolve) => setTimeout(resolve, 300)));
  expect(posted).toHaveLength(1);
  await hurry();
  await delivering([start()], () => until(() => all('sent')));
  expect(posted.map(({ id }) => id)).toEqual([posted[0]!.id, posted[0]!.id]);
  expect(await listed()).toEqual([expect.objectContaining({ attempts: 2 })]);
}, 60_000);

function startCourier(url: string): ChildProcess {
  return spawn(process.execPath, [join(import.meta.dirname, 'courier-process.ts')], {
    env: { ...process.env, DATABASE_URL: url, NODE_OPTIONS: '' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

test('a process that dies while it spreads an event leaves it to the next one', async () => {
  const { origin } = await others.http(receiver(posted));
  await start().subscriptions.put(editor(), 'ops', toWebhook(origin));
  await happen();
  const client = await world.database.pool.connect();
  await client.query('begin');
  await client.query(`select set_config('passerelle.organization_id', $1, true)`, [String(organization.id)]);
  await client.query('select from notification_event where facts is null for update');
  await start().notices.spread(organization.id);
  expect(await listed()).toEqual([]);
  await client.query('rollback');
  client.release();
  await delivering([start()], () => until(() => all('sent')));
  expect(posted).toHaveLength(1);
});

test('a receiver that is away is tried again, ever less often, with the same id and a new signature', async () => {
  let status = 503;
  const { origin } = await others.http(receiver(posted, (response) => response.writeHead(status).end()));
  const { secret = '' } = await start().subscriptions.put(editor(), 'ops', toWebhook(origin));
  await happen();
  await delivering([start()], () => until(async () => (await listed())[0]?.problem != null));
  const [first] = await listed();
  expect(first).toMatchObject({ state: 'waiting', attempts: 1, problem: { code: 'endpoint_busy' }, endedAt: null });
  expect(first!.nextAt!.getTime() - Date.now()).toBeGreaterThan(15_000);
  await hurry();
  status = 200;
  await delivering([start()], () => until(() => all('sent')));
  expect(posted).toHaveLength(2);
  expect(posted[1]!.id).toBe(posted[0]!.id);
  expect(posted.every((each) => isSigned(each, secret))).toBe(true);
});

test('what cannot be delivered in time is given up, and says why; on demand it is tried anew', async () => {
  let status = 500;
  const { origin } = await others.http(receiver(posted, (response) => response.writeHead(status).end()));
  const short = start({ giveUpAfterMs: 20_000 });
  await short.subscriptions.put(editor(), 'ops', toWebhook(origin));
  await happen();
  await delivering([short], () => until(() => all('given_up')));
  const [given] = await listed();
  expect(given).toMatchObject({
    attempts: 1,
    nextAt: null,
    endedAt: expect.any(Date),
    problem: { code: 'endpoint_refused', message: expect.stringContaining('HTTP 500') },
  });
  status = 204;
  await short.notices.retry(organization.id, given!.id);
  await delivering([short], () => until(() => all('sent')));
  await expect(short.notices.retry(organization.id, given!.id)).rejects.toMatchObject({ code: 'conflict' });
  await expect(short.notices.retry(organization.id, 'x')).rejects.toMatchObject({ code: 'not_found' });
});

test('after a night in which nobody delivered, everything is still delivered', async () => {
  const { origin } = await others.http(receiver(posted));
  await start().subscriptions.put(editor(), 'ops', toWebhook(origin));
  await happen();
  await start().notices.spread(organization.id);
  await organization.query(`update notice set give_up_at = now() - interval '1 day' returning id`);
  await delivering([start()], () => until(() => all('sent')));
  expect(posted).toHaveLength(1);
});

test.each([
  [
    'a webhook that is gone for good',
    async () => toWebhook((await others.http((_, response) => response.writeHead(410).end())).origin),
    'endpoint_refused',
  ],
  ['a mailbox that there is not', () => Promise.resolve(toMail('nobody@example.edu')), 'mail_refused'],
])('%s is given up at once', async (_, subscription, code) => {
  await start().subscriptions.put(editor(), 'x', await subscription());
  await happen();
  await delivering([start()], () => until(() => all('given_up')));
  expect(await listed()).toEqual([
    expect.objectContaining({ attempts: 1, problem: expect.objectContaining({ code }) }),
  ]);
});

test('a receiver that does not answer keeps others of its organization waiting no longer than it may', async () => {
  const dead = await others.http(() => undefined);
  const alive = await others.http(receiver(posted));
  await start().subscriptions.put(editor(), 'dead', toWebhook(dead.origin));
  await start().subscriptions.put(editor(), 'alive', toWebhook(alive.origin));
  await happen(3);
  const began = Date.now();
  const couriers = [start()];
  const work = delivering(couriers, () =>
    until(() => Promise.resolve(posted.length === 3)).then(() => Date.now() - began),
  );
  expect(await work).toBeLessThan(8_000);
}, 60_000);

test('of a subscription that is switched off nothing is sent before it is on again', async () => {
  const { origin } = await others.http(receiver(posted));
  const { subscriptions, notices } = start();
  await subscriptions.put(editor(), 'ops', toWebhook(origin));
  await happen();
  await notices.spread(organization.id);
  await subscriptions.put(editor(), 'ops', toWebhook(origin, { enabled: false }));
  await delivering([start()], () => new Promise((resolve) => setTimeout(resolve, 200)));
  expect(posted).toEqual([]);
  await subscriptions.put(editor(), 'ops', toWebhook(origin));
  await delivering([start()], () => until(() => all('sent')));
  expect(posted).toHaveLength(1);
});

test('what was told is forgotten after its time', async () => {
  const { origin } = await others.http(receiver(posted));
  const { subscriptions, notices } = start();
  await subscriptions.put(editor(), 'ops', toWebhook(origin));
  await happen();
  await delivering([start()], () => until(() => all('sent')));
  expect(await notices.forget(organization.id, new Date(Date.now() - 60_000))).toBe(0);
  expect(await notices.forget(organization.id, new Date(Date.now() + 60_000))).toBe(1);
  expect(await listed()).toEqual([]);
});

describe('where webhooks may not go', () => {
  test.each([
    ['http://169.254.169.254/latest/meta-data/', 'endpoint_address_not_allowed'],
    ['https://127.0.0.1:1/', 'endpoint_address_not_allowed'],
    ['https://localhost:1/', 'endpoint_address_not_allowed'],
    ['http://[::ffff:10.0.0.1]/', 'endpoint_address_not_allowed'],
    ['http://0x7f000001/', 'endpoint_address_not_allowed'],
    ['https://[fd00::1]/', 'endpoint_address_not_allowed'],
  ])('%s', async (address, code) => {
    const tried = await postsTo([]).post({ id: 'x', address, secret: 'whsec_AAAA', body: '{}' });
    expect(tried).toMatchObject({ is: 'failed', problem: { code } });
  });

  test('a redirect is not followed', async () => {
    const inner = await others.http(receiver(posted));
    const outer = await others.http((_, response) => response.writeHead(307, { location: inner.origin }).end());
    const tried = await postsTo().post({ id: 'x', address: outer.origin, secret: 'whsec_AAAA', body: '{}' });
    expect(tried).toMatchObject({ is: 'failed', problem: { code: 'endpoint_redirect' } });
    expect(posted).toEqual([]);
  });
});

test('a secret that does not open sends nothing, and says so', async () => {
  const { origin } = await others.http(receiver(posted));
  await start().subscriptions.put(editor(), 'ops', toWebhook(origin));
  await organization.query(
    `update notification_subscription set address = 'https://elsewhere.example.com/' returning name`,
  );
  await happen();
  await delivering([start()], () => until(async () => (await listed())[0]?.problem != null));
  expect(await listed()).toEqual([
    expect.objectContaining({ state: 'waiting', problem: expect.objectContaining({ code: 'webhook_secret_closed' }) }),
  ]);
});
