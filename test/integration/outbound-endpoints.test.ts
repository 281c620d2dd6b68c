import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createOutbound } from '../../src/app/outbound.ts';
import { shippedOutbound } from '../../src/auth/outbound/index.ts';
import { createRegistry } from '../../src/pipeline/plugins/index.ts';
import { type SisServer, sisAccount, startSis } from '../soap/sis-server.ts';
import { type ApiWorld, createApiWorld, type Tenant } from './api-set-up.ts';

let sis: SisServer;
let world: ApiWorld;
let north: Tenant;

const outcome = '/api/v1/source-systems/sis/endpoints/outcome';
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

beforeAll(async () => {
  sis = await startSis();
  const config = { outboundAllow: ['127.0.0.1'], allowClearText: false, publicUrl: undefined };
  const registry = createRegistry([], [shippedOutbound]);
  world = await createApiWorld({ outbound: createOutbound(config, registry, () => quiet as never) });
  north = await world.tenant('north');
});
afterAll(async () => {
  await world.close();
  await sis.close();
});
beforeEach(async () => {
  sis.taken.length = 0;
  sis.statuses.length = 0;
  await set();
});

function set(changes: object = {}) {
  const settings = { address: sis.url, authentication: 'wss-password-digest', secrets: sisAccount };
  return north.admin.put(outcome, { ...settings, ...changes });
}

const reference = () => ({ organizationId: north.id, sourceSystem: 'sis', type: 'outcome' as const, actor: 'test' });
const result = {
  sourcedId: 'R-1',
  resultRecord: { sourcedGUID: { sourcedId: 'R-1' }, result: { lineItemSourcedId: 'L-1', personSourcedId: 'P-1' } },
};
const call = { contract: 'oms', operation: 'replaceResult', body: result };
const journaled = async (id: unknown) => (await north.admin.get(`/api/v1/messages/${String(id)}`)).body;

describe('a SIS that runs node-soap', () => {
  it('gets an operation under the id of its journaled message', async () => {
    const answer = await world.endpoints.callEndpoint(reference(), call);
    expect(answer).not.toHaveProperty('problem');
    expect(sis.taken).toEqual([{ sourcedId: 'R-1', messageIdentifier: answer.messageId }]);
    const message = await journaled(answer.messageId);
    expect(message).toMatchObject({ result: 'success', operation: 'replaceResult', attempts: [{ status: 200 }] });
    expect(message.body).toContain('R-1');
    expect(message.body).toContain(answer.messageId);
    expect(message.body).toMatch(/<Password[^>]*>\[redacted\]/);
    expect(message.body).toMatch(/<Nonce[^>]*>\[redacted\]/);
    expect((message.answer as { body: string }).body).toContain('replaceResultResponse');
  });

  it('that is down for a moment is asked again, and each attempt stands in the journal', async () => {
    sis.statuses.push(503);
    const answer = await world.endpoints.callEndpoint(reference(), call);
    expect((await journaled(answer.messageId)).attempts).toMatchObject([
      { status: 503, problem: { code: 'endpoint_busy' } },
      { status: 200 },
    ]);
    expect(sis.taken).toHaveLength(1);
  }, 30_000);

  it('that knows another password says so', async () => {
    await set({ secrets: { password: 'another' } });
    const answer = await world.endpoints.callEndpoint(reference(), call);
    expect(answer.problem).toMatchObject({ code: expect.stringMatching(/^endpoint_(?:authentication|refused)$/) });
    expect((await journaled(answer.messageId)).refusal).toEqual(answer.problem);
    expect(sis.taken).toEqual([]);
  });
});

describe('a test of the connection', () => {
  const tested = async () => (await north.admin.post(`${outcome}/test`)).body;

  it('names the step that fails: a port where nothing listens, an address that may not be called', async () => {
    await set({ address: 'http://127.0.0.1:1/' });
    expect(await tested()).toMatchObject({ ok: false, problem: { code: 'endpoint_unreachable' } });
    await set({ address: 'http://169.254.169.254/latest/meta-data' });
    const refused = await tested();
    expect(refused).toMatchObject({ ok: false, problem: { code: 'endpoint_address_not_allowed' } });
    expect(refused.steps).toContainEqual({ step: 'allowed', ok: false, detail: expect.any(String) });
    expect(await journaled(refused.messageId)).toMatchObject({ result: 'failure', operation: 'testConnection' });
  });

  it('reaches the SIS and changes nothing there', async () => {
    const body = await tested();
    expect(body.steps).toContainEqual({ step: 'connection', ok: true, detail: expect.any(String) });
    expect(sis.taken).toEqual([]);
  });
});
