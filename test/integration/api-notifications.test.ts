import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openedOthers } from '../outbound/world.ts';
import { type ApiWorld, createApiWorld, type Tenant } from './api-set-up.ts';
import { type MailServerStand, startMailServer } from './notices/mail-server.ts';
import { isSigned, type Posted, postsTo, receiver } from './notices/set-up.ts';

const others = openedOthers();
let world: ApiWorld;
let tenant: Tenant;
let mailServer: MailServerStand;
let posted: Posted[];
let origin: string;

beforeAll(async () => {
  mailServer = await startMailServer();
  world = await createApiWorld({
    notices: {
      webhooks: postsTo(),
      config: { smtpUrl: `smtp://127.0.0.1:${String(mailServer.port)}`, mailFrom: 'passerelle@example.edu' },
    },
  });
  tenant = await world.tenant('notified');
  posted = [];
  origin = (await others.http(receiver(posted))).origin;
});

afterAll(async () => {
  await world.close();
  await mailServer.close();
  await others.closeAll();
});

const root = '/api/v1/notification-subscriptions';
const at = (name: string, more = ''): string => `${root}/${name}${more}`;

describe('who is told of what', () => {
  test('is set, read, changed and removed; the secret of a webhook is shown once', async () => {
    const made = await tenant.admin.put(at('ops'), {
      webhook: `${origin}/hook`,
      events: ['run_failed'],
      sourceSystem: 'sis',
    });
    expect(made).toMatchObject({
      status: 200,
      body: {
        name: 'ops',
        webhook: `${origin}/hook`,
        email: null,
        sourceSystem: 'sis',
        events: ['run_failed'],
        language: 'en',
        timeZone: 'UTC',
        enabled: true,
        version: 1,
        secret: expect.stringMatching(/^whsec_[A-Za-z0-9+/=]{44}$/),
      },
    });
    const { secret: _, ...shown } = made.body;
    expect((await tenant.admin.get(at('ops'))).body).toEqual(shown);
    expect((await tenant.admin.get(root)).body.items).toEqual([shown]);
    // The same host: the same secret, not shown again.
    const moved = await tenant.admin.put(at('ops'), { webhook: `${origin}/other` }, { 'if-match': '"1"' });
    expect(moved.body).toMatchObject({ sourceSystem: null, version: 2 });
    expect(moved.body).not.toHaveProperty('secret');
    // Another host never gets what the former one trusts.
    const elsewhere = await tenant.admin.put(at('ops'), { webhook: 'https://hooks.example.edu/x' });
    expect(elsewhere.body.secret).toMatch(/^whsec_/);
    expect(elsewhere.body.secret).not.toBe(made.body.secret);
    expect((await tenant.admin.put(at('ops'), { webhook: origin }, { 'if-match': '"1"' })).status).toBe(412);
    const { body: renewed } = await tenant.admin.post(at('ops', '/secret'));
    expect(renewed.secret).not.toBe(elsewhere.body.secret);
    const { rows } = await world.database.pool.query(
      `select count(*)::integer as count from notification_subscription`,
    );
    // Row-level security: no organization, no row.
    expect(rows).toEqual([{ count: 0 }]);
    expect((await tenant.admin.delete(at('ops'))).status).toBe(204);
    expect((await tenant.admin.get(at('ops'))).status).toBe(404);
  });

  test.each([
    ['a second recipient in an address', { email: 'it@example.edu, all@example.edu' }],
    ['a header behind an address', { email: 'it@example.edu\r\nBcc: all@example.edu' }],
    ['a name before an address', { email: 'IT <it@example.edu>' }],
    ['a quoted mailbox', { email: '"a b"@example.edu' }],
    ['no recipient', {}],
    ['two recipients', { email: 'it@example.edu', webhook: 'https://x.example.edu/' }],
    ['a webhook of another scheme', { webhook: 'file:///etc/passwd' }],
    ['a webhook with a password', { webhook: 'https://a:b@x.example.edu/' }],
    ['a webhook with a line break', { webhook: 'https://x.example.edu/\r\nHost: y' }],
    ['no event', { email: 'it@example.edu', events: [] }],
    ['an event that there is not', { email: 'it@example.edu', events: ['sunrise'] }],
    ['a time zone that there is not', { email: 'it@example.edu', timeZone: 'Mars/Olympus' }],
    ['a language that is not spoken', { email: 'it@example.edu', language: 'la' }],
  ])('%s is refused', async (_, wish) => {
    expect((await tenant.admin.put(at('odd'), wish)).status).toBe(400);
    expect((await tenant.admin.get(at('odd'))).status).toBe(404);
  });

  test('a source system that there is not is refused', async () => {
    expect((await tenant.admin.put(at('odd'), { email: 'it@example.edu', sourceSystem: 'no' })).status).toBe(404);
  });

  test('so is one of another organization, and what it has', async () => {
    const other = await world.tenant('elsewhere');
    await other.admin.put(at('theirs'), { email: 'they@example.edu' });
    expect((await tenant.admin.get(at('theirs'))).status).toBe(404);
    expect((await tenant.admin.post(at('theirs', '/test'))).status).toBe(404);
    expect((await tenant.admin.delete(at('theirs'))).status).toBe(404);
  });
});

describe('a test notification', () => {
  test('arrives by webhook, signed', async () => {
    const { body } = await tenant.admin.put(at('hook'), { webhook: origin });
    expect((await tenant.admin.post(at('hook', '/test'))).body).toEqual({ sent: true, problem: null });
    const last = posted.at(-1)!;
    expect(last.body).toMatchObject({ type: 'test', data: { organization: { code: 'notified' }, sourceSystem: null } });
    expect(isSigned(last, body.secret)).toBe(true);
  });

  test('arrives by e-mail, in the language that was chosen', async () => {
    await tenant.admin.put(at('bureau'), { email: 'bureau@example.edu', language: 'fr', sourceSystem: 'sis' });
    expect((await tenant.admin.post(at('bureau', '/test'))).body).toEqual({ sent: true, problem: null });
    expect(mailServer.mails.at(-1)).toMatchObject({
      to: ['bureau@example.edu'],
      headers: { subject: 'Passerelle : notification d’essai - SIS' },
    });
  });

  test('says why it does not arrive', async () => {
    await tenant.admin.put(at('inner'), { webhook: 'http://169.254.169.254/latest/meta-data/' });
    expect((await tenant.admin.post(at('inner', '/test'))).body).toMatchObject({
      sent: false,
      problem: { code: 'endpoint_address_not_allowed' },
    });
    await tenant.admin.put(at('none'), { email: 'nobody@example.edu' });
    expect((await tenant.admin.post(at('none', '/test'))).body).toMatchObject({
      sent: false,
      problem: { code: 'mail_refused' },
    });
    await tenant.admin.delete(at('inner'));
    await tenant.admin.delete(at('none'));
  });
});

test('a name with a line break makes no header of an e-mail', async () => {
  await tenant.admin.patch('/api/v1/source-systems/sis', { name: 'SIS\r\nBcc: all@example.edu' });
  await tenant.admin.put(at('desk'), { email: 'it@example.edu', sourceSystem: 'sis' });
  await tenant.admin.post(at('desk', '/test'));
  const mail = mailServer.mails.at(-1)!;
  expect(mail.to).toEqual(['it@example.edu']);
  expect(mail.headers).not.toHaveProperty('bcc');
  expect(mail.headers.subject).toContain('SIS Bcc: all@example.edu');
  await tenant.admin.delete(at('desk'));
});

test('what was told is listed, the latest first, in pages', async () => {
  const fresh = await world.tenant('listing');
  await fresh.admin.put(at('hook'), { webhook: origin, sourceSystem: 'sis' });
  const { id } = await world.administration.sourceSystems.get(fresh.id, 'sis');
  const key = { organizationId: fresh.id, sourceSystemId: id };
  await world.notices.freshness.put(key, { maxSilenceMinutes: 0.001, timeZone: 'UTC' }, { actor: 'test' });
  const listed = async (query: string) => (await fresh.admin.get(`/api/v1/notices${query}`)).body;
  for (let tries = 0; (await listed('?state=sent')).items.length === 0; tries += 1) {
    if (tries > 200) throw new Error('it took too long');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { items, next } = await listed('?limit=1&subscription=hook');
  expect(items).toEqual([
    expect.objectContaining({
      event: 'source_silent',
      sourceSystem: 'sis',
      subscription: 'hook',
      state: 'sent',
      runId: null,
    }),
  ]);
  expect(next).toBeUndefined();
  expect((await listed('?state=given_up')).items).toEqual([]);
  expect((await fresh.admin.get('/api/v1/notices?after=x')).status).toBe(400);
  expect((await fresh.admin.post(`/api/v1/notices/${String(items[0]?.id)}/retry`)).status).toBe(409);
  expect((await tenant.admin.post(`/api/v1/notices/${String(items[0]?.id)}/retry`)).status).toBe(404);
});
