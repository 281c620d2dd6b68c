import { inspect } from 'node:util';
import { afterEach, expect, test } from '@jest/globals';
import { createMailSender, type MailServer, mailTlsOf } from '../../../src/outbound/index.ts';
import { makeCertificate } from '../../../src/testing/certificates.ts';
import { type MailServerStand, startMailServer } from './mail-server.ts';

const authority = makeCertificate({ subject: 'University CA', authority: true, key: 'p256' });
const served = makeCertificate({ subject: 'mail', key: 'p256', issuer: authority, hosts: ['127.0.0.1'] });
const open: MailServerStand[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

const logged: object[] = [];
const log = {
  info: () => undefined,
  warn: (fields: object) => void logged.push({ ...fields, said: inspect(fields, { depth: 10, showHidden: true }) }),
};
const mail = {
  id: '0199aaaa-0000-7000-8000-000000000001',
  to: 'it@example.edu',
  subject: 'IPSIS Batch: Lot terminé avec succès - Registraire',
  text: 'Été\n.\nBatch ID: 1\n',
  language: 'fr',
};

async function start(...options: Parameters<typeof startMailServer>): Promise<MailServerStand> {
  const server = await startMailServer(...options);
  open.push(server);
  return server;
}

const sender = ({ port }: { port: number }, changes: Partial<MailServer> = {}) =>
  createMailSender(
    {
      host: '127.0.0.1',
      port,
      tls: 'none',
      from: 'passerelle@example.edu',
      ...changes,
    },
    log,
  );

test('an e-mail arrives as it was written, and no machine answers it', async () => {
  const server = await start();
  expect(await sender(server).send(mail)).toEqual({ is: 'sent' });
  expect(server.mails).toEqual([
    expect.objectContaining({
      from: 'passerelle@example.edu',
      to: ['it@example.edu'],
      text: mail.text,
      headers: expect.objectContaining({
        subject: mail.subject,
        to: 'it@example.edu',
        from: 'passerelle@example.edu',
        'message-id': `<${mail.id}@passerelle>`,
        'auto-submitted': 'auto-generated',
        'content-language': 'fr',
      }),
    }),
  ]);
});

test('a line break in a subject begins no header', async () => {
  const server = await start();
  await sender(server).send({ ...mail, subject: 'A\r\nBcc: all@example.edu\r\n\r\nforged' });
  expect(server.mails[0]?.to).toEqual(['it@example.edu']);
  expect(server.mails[0]?.headers).not.toHaveProperty('bcc');
  expect(server.mails[0]?.text).toBe(mail.text);
});

test('a list of addresses that came so far is one recipient, or none', async () => {
  const server = await start();
  const delivered = await sender(server).send({
    ...mail,
    to: 'it@example.edu, all@example.edu\r\nRCPT TO:<x@example.edu>',
  });
  expect(server.mails.flatMap(({ to }) => to).filter((to) => to !== 'it@example.edu')).toEqual([]);
  expect(delivered.is === 'sent' ? server.mails.length : 0).toBeLessThanOrEqual(1);
});

test('over TLS from the first byte, with user name and password', async () => {
  const server = await start({
    secure: true,
    key: served.key,
    cert: served.cert,
    authOptional: false,
    onAuth: ({ username, password }, _, done) =>
      username === 'gateway' && password === 'correct-horse' ? done(null, { user: username }) : done(new Error('no')),
  });
  const trusted = { tls: 'implicit', authorities: authority.cert, user: 'gateway' } as const;
  expect(await sender(server, { ...trusted, password: 'correct-horse' }).send(mail)).toEqual({ is: 'sent' });
  expect(server.mails).toEqual([expect.objectContaining({ secure: true, user: 'gateway' })]);
  expect(await sender(server, { ...trusted, password: 'wrong-horse' }).send(mail)).toEqual({
    is: 'failed',
    problem: { code: 'mail_server_unavailable', message: expect.stringContaining('user name and password') },
    forGood: false,
  });
  const spelled = Buffer.from('\0gateway\0wrong-horse').toString('base64');
  expect(logged.length).toBeGreaterThan(0);
  expect(JSON.stringify(logged)).not.toContain('wrong-horse');
  expect(JSON.stringify(logged)).not.toContain(spelled);
});

test('a mail server that must offer STARTTLS, with a certificate that is trusted, gets nothing without it', async () => {
  const plain = await start();
  const failed = {
    is: 'failed',
    forGood: false,
    problem: expect.objectContaining({ message: expect.stringContaining('does not speak TLS as it must') }),
  };
  expect(await sender(plain, { tls: 'required' }).send(mail)).toEqual(failed);
  const secure = await start({ disabledCommands: [], key: served.key, cert: served.cert });
  // Nobody trusts its authority here.
  expect(await sender(secure, { tls: 'required' }).send(mail)).toMatchObject({ is: 'failed' });
  expect(await sender(secure, { tls: 'offered' }).send(mail)).toMatchObject({ is: 'failed' });
  expect([...plain.mails, ...secure.mails]).toEqual([]);
  const trusted = { authorities: authority.cert };
  expect(await sender(secure, { tls: 'required', ...trusted }).send(mail)).toEqual({ is: 'sent' });
  expect(await sender(secure, { tls: 'offered', ...trusted }).send(mail)).toEqual({ is: 'sent' });
  expect(secure.mails.map((each) => each.secure)).toEqual([true, true]);
  expect(await sender(plain, { tls: 'offered' }).send(mail)).toEqual({ is: 'sent' });
  // On this very machine nobody listens, and certificates are of no use.
  expect(await sender(secure, { tls: 'none' }).send(mail)).toEqual({ is: 'sent' });
});

test.each([
  ['smtp', 'mail.example.edu', false, 'required'],
  ['smtp', 'mail.example.edu', true, 'offered'],
  ['smtp', 'localhost.example.edu', false, 'required'],
  ['smtp', '10.1.2.3', false, 'required'],
  ['smtp', '127.0.0.1', false, 'none'],
  ['smtp', '::1', false, 'none'],
  ['smtp', 'localhost', false, 'none'],
  ['smtps', 'localhost', true, 'implicit'],
] as const)('TLS of %s with %s (clear text permitted: %s) is %s', (scheme, host, allowClearText, tls) => {
  expect(mailTlsOf(scheme, host, allowClearText)).toBe(tls);
});

test('a recipient whom the mail server does not know is given up at once, in its words', async () => {
  const server = await start();
  expect(await sender(server).send({ ...mail, to: 'nobody@example.edu' })).toEqual({
    is: 'failed',
    forGood: true,
    problem: {
      code: 'mail_refused',
      message: expect.stringMatching(/^[^\p{Cc}]*There is no such mailbox[^\p{Cc}]*$/u),
    },
  });
});

test('a mail server that is away, or is none, may be there later', async () => {
  const server = await start();
  await server.close();
  open.pop();
  const failed = {
    is: 'failed',
    forGood: false,
    problem: expect.objectContaining({ code: 'mail_server_unavailable' }),
  };
  expect(await sender(server).send(mail)).toEqual(failed);
  expect(await createMailSender(undefined, log).send(mail)).toMatchObject({ problem: { code: 'mail_not_set_up' } });
});
