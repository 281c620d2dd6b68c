import { describe, expect, test } from '@jest/globals';
import type { AccessPolicy, Login } from '../domain/access.ts';
import { GatewayError } from '../domain/problem.ts';
import { wsseNamespace } from './authenticate-must-understand.ts';
import { type AuthenticatorChainParts, type ChainLink, createAuthenticatorChain } from './authenticate.ts';
import type { ElementView, Message, Remote, Verdict } from './ports.ts';

const remote: Remote = { address: '192.0.2.7', loopback: false, secure: true };

const message: Message = {
  id: 'm1',
  receivedAt: new Date(),
  door: 'soap',
  method: 'POST',
  path: '/lis2/person',
  headers: {},
  body: Buffer.alloc(0),
  remote,
};

const accept = (userName: string): Verdict => ({ verdict: 'accept', userName });
const reject: Verdict = { verdict: 'reject', reason: 'wrong password' };
const pass: Verdict = { verdict: 'pass' };

/** A link that recognises every message and says what the test wants; `asked` counts. */
function link(name: string, says: Verdict | Error, more: Partial<ChainLink> = {}): ChainLink & { asked: number } {
  const built = {
    name,
    role: 'identify' as const,
    exposesSecret: true,
    asked: 0,
    recognises: () => true,
    claimedUserName: () => (!(says instanceof Error) && 'userName' in says ? says.userName : undefined),
    authenticate: () => {
      built.asked += 1;
      return says instanceof Error ? Promise.reject(says) : Promise.resolve(says);
    },
    ...more,
  };
  return built;
}

const open: AccessPolicy = { mechanisms: null, allowedAddresses: null };

function login(userName: string, policies: AccessPolicy[] = []): Login {
  return { userName, organizationId: 1, sourceSystemId: 11, credentials: [], policies };
}

type Trial = Partial<AuthenticatorChainParts> & { known?: Login[] };

function setUp({ known = [login('banner'), login('peoplesoft')], ...parts }: Trial) {
  const logged: { level: string; fields: object; text: string }[] = [];
  const failures: string[] = [];
  const successes: string[] = [];
  const chain = createAuthenticatorChain({
    links: [],
    directory: { find: (name) => Promise.resolve(known.find(({ userName }) => userName === name.toLowerCase())) },
    lockout: {
      lockedForS: () => undefined,
      failed: (userName, address) => (failures.push(`${userName} ${address}`), { delayMs: 0 }),
      succeeded: (userName, address) => void successes.push(`${userName} ${address}`),
    },
    clearText: 'refused',
    log: {
      warn: (fields, text) => void logged.push({ level: 'warn', fields, text }),
      error: (fields, text) => void logged.push({ level: 'error', fields, text }),
    },
    ...parts,
  });
  return { chain, logged, failures, successes };
}

async function refusalOf(attempt: Promise<unknown>): Promise<GatewayError> {
  const error = await attempt.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof GatewayError) return error;
  throw new Error(`expected a refusal, not ${String(error)}`);
}

describe('rule 1: links are tried in configured order; require links must also agree and never supply a principal', () => {
  test('the first link that accepts gives the principal and its name is the mechanism', async () => {
    const second = link('second', accept('banner'));
    const { chain } = setUp({ links: [link('first', accept('Banner')), second] });
    await expect(chain.authenticate(message)).resolves.toEqual({
      message,
      principal: { userName: 'banner', organizationId: 1, sourceSystemId: 11, mechanism: 'first' },
      nonces: [],
    });
    expect(second.asked).toBe(0);
  });

  test('a require link alone identifies nobody', async () => {
    const { chain } = setUp({ links: [link('certificate', accept('banner'), { role: 'require' })] });
    expect(await refusalOf(chain.authenticate(message))).toMatchObject({ code: 'credentials_missing' });
  });

  test('a require link that rejects refuses what another accepted', async () => {
    const { chain, failures } = setUp({
      links: [link('basic', accept('banner')), link('freshness', reject, { role: 'require' })],
    });
    expect(await refusalOf(chain.authenticate(message))).toMatchObject({
      code: 'credentials_invalid',
      detail: 'freshness: wrong password',
    });
    expect(failures).toEqual(['banner 192.0.2.7']);
  });

  test('a require link that finds nothing to judge has not agreed', async () => {
    const { chain } = setUp({
      links: [link('basic', accept('banner')), link('certificate', pass, { role: 'require' })],
    });
    expect(await refusalOf(chain.authenticate(message))).toMatchObject({ code: 'credentials_invalid' });
  });

  test('a require link that fails answers "try again"', async () => {
    const { chain } = setUp({
      links: [link('basic', accept('banner')), link('directory', new Error('down'), { role: 'require' })],
    });
    expect(await refusalOf(chain.authenticate(message))).toMatchObject({ code: 'busy' });
  });

  test('the nonces of all links that accepted are claimed', async () => {
    const nonce = (value: string) => ({ userName: 'banner', nonce: value, expiresAt: new Date() });
    const { chain } = setUp({
      links: [
        link('digest', { verdict: 'accept', userName: 'banner', nonce: nonce('a') }),
        link('signature', { verdict: 'accept', userName: 'banner', nonce: nonce('b') }, { role: 'require' }),
      ],
    });
    expect((await chain.authenticate(message)).nonces.map((claim) => claim.nonce)).toEqual(['a', 'b']);
  });
});

describe('rule 2: accept, reject ("mine, and wrong") or pass ("not mine"); reject ends the chain', () => {
  test('after a reject no other link is asked', async () => {
    const second = link('second', accept('banner'));
    const { chain } = setUp({ links: [link('first', reject), second] });
    expect(await refusalOf(chain.authenticate(message))).toMatchObject({ code: 'credentials_invalid' });
    expect(second.asked).toBe(0);
  });

  test('after a pass the next link is asked', async () => {
    const { chain } = setUp({ links: [link('first', pass), link('second', accept('banner'))] });
    expect((await chain.authenticate(message)).principal.mechanism).toBe('second');
  });
});

describe('rule 3: the first link that recognises a credential decides; different principals are refused', () => {
  test('a link that does not recognise the message is not asked', async () => {
    const first = link('first', reject, { recognises: () => false });
    const { chain } = setUp({ links: [first, link('second', accept('banner'))] });
    expect((await chain.authenticate(message)).principal.mechanism).toBe('second');
    expect(first.asked).toBe(0);
  });

  test('credentials of one principal, however its name is written, are fine', async () => {
    const { chain } = setUp({ links: [link('basic', accept('BANNER')), link('token', accept('banner '))] });
    expect((await chain.authenticate(message)).principal.userName).toBe('banner');
  });

  test('credentials of two principals are refused before either is checked', async () => {
    const links = [link('basic', accept('banner')), link('token', accept('peoplesoft'))];
    const { chain } = setUp({ links });
    expect(await refusalOf(chain.authenticate(message))).toMatchObject({ code: 'credentials_conflict' });
    expect(links.map(({ asked }) => asked)).toEqual([0, 0]);
  });

  test('a require link that names another principal is a conflict too', async () => {
    const certificate = link('certificate', accept('peoplesoft'), { role: 'require' });
    const { chain } = setUp({ links: [link('basic', accept('banner')), certificate] });
    expect(await refusalOf(chain.authenticate(message))).toMatchObject({ code: 'credentials_conflict' });
  });

  const securityHeader = (attributes: Record<string, string>, ...children: string[]): ElementView => ({
    name: 'Security',
    namespace: wsseNamespace,
    attributes,
    children: children.map((name) => ({ name, namespace: wsseNamespace, attributes: {}, children: [], text: '' })),
    text: '',
  });
  const soap11 = 'http://schemas.xmlsoap.org/soap/envelope/';
  const soap12 = 'http://www.w3.org/2003/05/soap-envelope';
  const tokenLink = link('token', accept('banner'), { understands: ({ name }) => name === 'UsernameToken' });

  test.each([
    ['1 of SOAP 1.1', { [`{${soap11}}mustUnderstand`]: '1' }, ['BinarySecurityToken']],
    ['true of SOAP 1.2', { [`{${soap12}}mustUnderstand`]: 'true' }, ['UsernameToken', 'Signature']],
    ['1, with nothing in the header', { [`{${soap11}}mustUnderstand`]: '1' }, []],
    [
      '1, addressed to the next who reads it',
      { [`{${soap11}}mustUnderstand`]: '1', [`{${soap11}}actor`]: 'http://schemas.xmlsoap.org/soap/actor/next' },
      ['Assertion'],
    ],
  ])('a Security header that nobody can process is a MustUnderstand fault: %s', async (_, attributes, children) => {
    const { chain } = setUp({ links: [tokenLink, link('basic', accept('banner'))] });
    const soapHeaders = [securityHeader(attributes, ...children)];
    expect(await refusalOf(chain.authenticate({ ...message, soapHeaders }))).toMatchObject({ code: 'must_understand' });
  });

  test.each([
    ['it is understood', { [`{${soap11}}mustUnderstand`]: '1' }, ['UsernameToken']],
    ['it need not be', { [`{${soap11}}mustUnderstand`]: '0' }, ['Assertion']],
    [
      'it is for somebody else',
      { [`{${soap11}}mustUnderstand`]: '1', [`{${soap11}}actor`]: 'urn:audit' },
      ['Assertion'],
    ],
  ])('a Security header is no obstacle when %s', async (_, attributes, children) => {
    const { chain } = setUp({ links: [tokenLink] });
    const soapHeaders = [securityHeader(attributes, ...children)];
    await expect(chain.authenticate({ ...message, soapHeaders })).resolves.toBeDefined();
  });
});

describe('rule 4: nobody understood the message', () => {
  test('the answer says so, and what would be understood', async () => {
    const links = [link('http-basic', pass, { recognises: () => false })];
    const { chain, failures } = setUp({ links });
    const refusal = await refusalOf(chain.authenticate(message));
    expect(refusal).toMatchObject({ code: 'credentials_missing', message: expect.stringContaining('http-basic') });
    expect(failures).toEqual([]);
  });

  test('an empty chain refuses everything', async () => {
    const { chain } = setUp({ links: [] });
    expect(await refusalOf(chain.authenticate(message))).toMatchObject({ code: 'credentials_missing' });
  });
});

describe('rule 5: a thrown error is not a "no"', () => {
  test('another link may still accept; the error goes to the log', async () => {
    const { chain, logged } = setUp({ links: [link('ldap', new Error('no route')), link('basic', accept('banner'))] });
    expect((await chain.authenticate(message)).principal.mechanism).toBe('basic');
    expect(logged).toMatchObject([{ level: 'error', fields: { messageId: 'm1' } }]);
  });

  test.each([
    ['nobody else recognises the message', []],
    ['the next link passes', [link('basic', pass)]],
    ['the next link rejects', [link('basic', reject)]],
  ])('the answer is "busy, try again" when %s', async (_, others) => {
    const { chain } = setUp({ links: [link('ldap', new Error('no route')), ...others] });
    expect(await refusalOf(chain.authenticate(message))).toMatchObject({ code: 'busy', retryAfterS: 2 });
  });

  test('a guess that is rejected counts as one, whatever else failed', async () => {
    const { chain, failures } = setUp({ links: [link('ldap', new Error('no route')), link('basic', reject)] });
    await refusalOf(chain.authenticate(message));
    expect(failures).toHaveLength(1);
  });

  test('a link that is busy says itself when to try again', async () => {
    const busy = new GatewayError('busy', 'Too many passwords are being checked.', { retryAfterS: 9 });
    const { chain } = setUp({ links: [link('basic', busy)] });
    expect(await refusalOf(chain.authenticate(message))).toBe(busy);
  });

  test('an unreachable directory is no wrong password', async () => {
    const directory = { find: () => Promise.reject(new Error('connection refused')) };
    const { chain, failures } = setUp({ links: [link('basic', accept('banner'))], directory });
    expect(await refusalOf(chain.authenticate(message))).toMatchObject({ code: 'busy' });
    expect(failures).toEqual([]);
  });

  test('a link that fails while it looks for its credential does not stop the others', async () => {
    const fail = () => {
      throw new Error('bug');
    };
    const broken = [link('one', pass, { recognises: fail }), link('two', pass, { claimedUserName: fail })];
    const { chain } = setUp({ links: [...broken, link('basic', accept('banner'))] });
    expect((await chain.authenticate(message)).principal.mechanism).toBe('basic');
  });
});

describe('rule 3 for credentials that name nobody: a key, a certificate, a signature', () => {
  const nameless = (name: string, owner: string | Error | undefined, says: Verdict, more: Partial<ChainLink> = {}) =>
    link(name, says, {
      claimedUserName: () => undefined,
      findUserName: () => (owner instanceof Error ? Promise.reject(owner) : Promise.resolve(owner)),
      ...more,
    });

  test('they are looked up first: beside a credential of somebody else the message is refused, unchecked', async () => {
    const basic = link('basic', accept('banner'));
    const { chain } = setUp({ links: [basic, nameless('key', 'peoplesoft', accept('peoplesoft'))] });
    expect(await refusalOf(chain.authenticate(message))).toMatchObject({ code: 'credentials_conflict' });
    expect(basic.asked).toBe(0);
  });

  test('beside a credential of the same principal they are fine, and the first link decides', async () => {
    const { chain } = setUp({ links: [nameless('key', 'banner', accept('banner')), link('basic', accept('Banner'))] });
    await expect(chain.authenticate(message)).resolves.toMatchObject({ principal: { mechanism: 'key' } });
  });

  test('their failures count for the pair of their owner', async () => {
    const { chain, failures } = setUp({ links: [nameless('key', 'banner', reject)] });
    expect(await refusalOf(chain.authenticate(message))).toMatchObject({ code: 'credentials_invalid' });
    expect(failures).toEqual(['banner 192.0.2.7']);
  });

  test('if they cannot be looked up, the answer is "busy", even where another link would accept', async () => {
    const links = [link('basic', accept('banner')), nameless('key', new Error('no database'), pass)];
    expect(await refusalOf(setUp({ links }).chain.authenticate(message))).toMatchObject({ code: 'busy' });
  });

  test('one that turns out to be of somebody else than is claimed beside it is refused', async () => {
    const links = [nameless('signature', undefined, accept('peoplesoft')), link('text', accept('banner'))];
    expect(await refusalOf(setUp({ links }).chain.authenticate(message))).toMatchObject({
      code: 'credentials_conflict',
    });
  });

  test('a signature is checked even where another link identifies; its nonce is claimed as well', async () => {
    const nonce = { userName: 'banner', nonce: 'n', expiresAt: new Date() };
    const always = { alwaysChecked: true };
    const signedAs = (says: Verdict) =>
      setUp({ links: [link('basic', accept('banner')), nameless('signature', undefined, says, always)] });
    await expect(
      signedAs({ verdict: 'accept', userName: 'banner', nonce }).chain.authenticate(message),
    ).resolves.toMatchObject({
      principal: { mechanism: 'basic' },
      nonces: [nonce],
    });
    await expect(signedAs(pass).chain.authenticate(message)).resolves.toMatchObject({ nonces: [] });
    expect(await refusalOf(signedAs(reject).chain.authenticate(message))).toMatchObject({
      code: 'credentials_invalid',
      detail: 'signature: wrong password',
    });
    expect(await refusalOf(signedAs(accept('peoplesoft')).chain.authenticate(message))).toMatchObject({
      code: 'credentials_invalid',
      detail: 'signature: another principal',
    });
  });

  test('a link that identified is not asked again as a requirement', async () => {
    const key = nameless('key', 'banner', accept('banner'));
    const { chain } = setUp({ links: [key], requirementsOf: () => [{ ...key, role: 'require' }] });
    await chain.authenticate(message);
    expect(key.asked).toBe(1);
  });
});

describe('rule 6: unknown user and wrong password look the same outside', () => {
  test('all refusals have one text; the reason is for the log', async () => {
    const trials: [Trial, string][] = [
      [{ links: [link('basic', reject)] }, 'basic: wrong password'],
      [{ links: [link('basic', accept('nobody'))] }, 'the user name is not linked to a source system'],
      [
        { links: [link('basic', accept('banner'))], known: [login('banner', [{ ...open, mechanisms: [] }])] },
        'the source system may not use basic',
      ],
    ];
    const refusals = await Promise.all(trials.map(([trial]) => refusalOf(setUp(trial).chain.authenticate(message))));
    expect(new Set(refusals.map(({ code, message: text }) => `${code}: ${text}`)).size).toBe(1);
    expect(refusals.map(({ detail }) => detail)).toEqual(trials.map(([, detail]) => detail));
  });
});

describe('rule 7: the user name must be linked to a source system, which may restrict how it comes in', () => {
  test('a user name without a source system is refused', async () => {
    const { chain, failures } = setUp({ links: [link('certificate', accept('nobody'))] });
    expect(await refusalOf(chain.authenticate(message))).toMatchObject({ code: 'credentials_invalid' });
    expect(failures).toEqual(['nobody 192.0.2.7']);
  });

  test.each([
    ['neither restricts', [open, open], 'admitted'],
    [
      'both allow the mechanism',
      [
        { ...open, mechanisms: ['basic'] },
        { ...open, mechanisms: ['basic', 'x'] },
      ],
      'admitted',
    ],
    ['the organization does not', [{ ...open, mechanisms: ['digest'] }, open], 'credentials_invalid'],
    ['the source system does not', [open, { ...open, mechanisms: [] }], 'credentials_invalid'],
  ])('organization and source system restrict mechanisms: %s', async (_, policies, expected) => {
    const { chain } = setUp({ links: [link('basic', accept('banner'))], known: [login('banner', policies)] });
    const result = await chain.authenticate(message).then(
      () => 'admitted',
      (error: unknown) => (error as GatewayError).code,
    );
    expect(result).toBe(expected);
  });

  test('organization and source system add require links of their own', async () => {
    const links = [link('basic', accept('banner'))];
    const refusing = setUp({ links, requirementsOf: () => [link('address-list', reject, { role: 'require' })] });
    expect(await refusalOf(refusing.chain.authenticate(message))).toMatchObject({
      code: 'credentials_invalid',
      detail: 'address-list: wrong password',
    });
    const agreeing = setUp({ links, requirementsOf: () => [link('address-list', accept(''), { role: 'require' })] });
    await expect(agreeing.chain.authenticate(message)).resolves.toBeDefined();
  });
});

describe('a link that a login has only agree, before the one that identifies', () => {
  const policy: AccessPolicy = { ...open, mechanisms: ['basic'], requires: ['key'] };
  const nameless = { claimedUserName: () => undefined };
  const setUpWith = (key: ChainLink, basic: ChainLink) =>
    setUp({
      links: [key, basic],
      known: [login('banner', [policy]), login('open')],
      requirementsOf: ({ policies }) => (policies.length === 0 ? [] : [{ ...key, role: 'require' }]),
    });

  test('leaves the decision to that one', async () => {
    const { chain } = setUpWith(link('key', accept('banner'), nameless), link('basic', accept('banner')));
    const { principal } = await chain.authenticate(message);
    expect(principal).toMatchObject({ userName: 'banner', mechanism: 'basic' });
  });

  test('identifies nobody where there is no other', async () => {
    const { chain } = setUpWith(link('key', accept('banner')), link('basic', pass));
    expect(await refusalOf(chain.authenticate(message))).toMatchObject({
      code: 'credentials_invalid',
      detail: 'the source system may not use key',
    });
  });

  test('is of the same principal', async () => {
    const { chain } = setUpWith(link('key', accept('banner'), nameless), link('basic', accept('open')));
    expect(await refusalOf(chain.authenticate(message))).toMatchObject({ code: 'credentials_invalid' });
  });
});

describe('rule 8: failures slow down and lock the pair; clear-text credentials need TLS', () => {
  test('a locked pair is refused before its secret is looked at', async () => {
    const basic = link('basic', accept('banner'));
    const lockout = { lockedForS: () => 42, failed: () => ({ delayMs: 0 }), succeeded: () => undefined };
    const { chain } = setUp({ links: [basic], lockout });
    expect(await refusalOf(chain.authenticate(message))).toMatchObject({ code: 'locked_out', retryAfterS: 42 });
    expect(basic.asked).toBe(0);
  });

  test('the answer to a failure is as late as the lock-out says', async () => {
    const lockout = { lockedForS: () => undefined, failed: () => ({ delayMs: 80 }), succeeded: () => undefined };
    const { chain } = setUp({ links: [link('basic', reject)], lockout });
    const start = performance.now();
    await refusalOf(chain.authenticate(message));
    expect(performance.now() - start).toBeGreaterThanOrEqual(78);
  });

  test('a success is reported under the folded name and the address', async () => {
    const { chain, successes } = setUp({ links: [link('basic', accept(' Banner'))], known: [login(' banner')] });
    await chain.authenticate(message);
    expect(successes).toEqual(['banner 192.0.2.7']);
  });

  const clear: Remote = { address: '192.0.2.7', loopback: false, secure: false };

  test('a password over a clear connection is refused, unread', async () => {
    const basic = link('basic', accept('banner'));
    const { chain } = setUp({ links: [basic] });
    expect(await refusalOf(chain.authenticate({ ...message, remote: clear }))).toMatchObject({
      code: 'clear_text_refused',
    });
    expect(basic.asked).toBe(0);
  });

  test('so is one that must only agree', async () => {
    const basic = link('basic', accept('banner'), { role: 'require' });
    const digest = link('digest', accept('banner'), { exposesSecret: false });
    const { chain } = setUp({ links: [digest], requirementsOf: () => [basic] });
    expect(await refusalOf(chain.authenticate({ ...message, remote: clear }))).toMatchObject({
      code: 'clear_text_refused',
    });
    expect(basic.asked).toBe(0);
  });

  test('one that came through a proxy that nobody declared is refused with what the operator can do', async () => {
    const { chain } = setUp({ links: [link('basic', accept('banner'))] });
    const remote = { ...clear, address: '127.0.0.1', undeclaredProxy: true };
    expect(await refusalOf(chain.authenticate({ ...message, remote }))).toMatchObject({
      code: 'clear_text_refused',
      message: expect.stringContaining('PASSERELLE_TRUSTED_PROXIES'),
    });
  });

  test.each([
    ['a digest does not expose it', { links: [link('digest', accept('banner'), { exposesSecret: false })] }, clear],
    ['the operator permits it', { clearText: 'permitted' as const }, clear],
    ['it stays on this machine', {}, { ...clear, loopback: true }],
    ['the connection is TLS', {}, { ...clear, secure: true }],
  ])('a password is taken when %s', async (_, trial, from) => {
    const { chain } = setUp({ links: [link('basic', accept('banner'))], ...trial });
    await expect(chain.authenticate({ ...message, remote: from })).resolves.toBeDefined();
  });

  test('a digest beside a clear-text password of the same principal does not save it', async () => {
    const digest = link('digest', accept('banner'), { exposesSecret: false });
    const { chain } = setUp({ links: [digest, link('basic', accept('banner'))] });
    expect(await refusalOf(chain.authenticate({ ...message, remote: clear }))).toMatchObject({
      code: 'clear_text_refused',
    });
  });
});

describe('what is no verdict is no "yes"', () => {
  const odd = [undefined, null, true, 'accept', {}, { verdict: true }, { verdict: 'yes' }, { verdict: 'accept' }];
  test.each(odd)('%j of a link that identifies: the sender is asked to try again', async (says) => {
    const { chain, logged } = setUp({ links: [link('odd', says as never, { claimedUserName: () => undefined })] });
    expect(await refusalOf(chain.authenticate(message))).toMatchObject({ code: 'busy' });
    expect(logged).toHaveLength(1);
  });

  test.each(odd)('%j of a link that must agree', async (says) => {
    const required = link('odd', says as never, { role: 'require', claimedUserName: () => undefined });
    const { chain } = setUp({ links: [link('key', accept('banner')), required] });
    expect(await refusalOf(chain.authenticate(message))).toMatchObject({ code: 'busy' });
  });
});
