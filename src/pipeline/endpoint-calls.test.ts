import { describe, expect, test } from '@jest/globals';
import type { OutboundCompletion, OutboundEntry } from '../domain/administration/index.ts';
import type { Endpoint } from '../domain/endpoint.ts';
import { createEndpointCalls, type EndpointCallsParts } from './endpoint-calls.ts';
import { CallDefect, type OutboundResult } from './outbound.ts';

const endpoint: Endpoint = {
  id: '01a2006e-f354-7a39-bc3b-ae35d74bfaf1',
  type: 'outcome',
  address: 'https://sis.example.edu/',
  authentication: 'none',
  soapVersion: '1.2',
  connectTimeoutMs: 1_000,
  timeoutMs: 1_000,
  attempts: 1,
  tls: {},
};
const reference = { organizationId: 7, sourceSystem: 'sis', type: 'outcome', actor: 'test' } as const;
const call = { contract: 'oms', operation: 'replaceResult', body: { sourcedId: 'R-1' } };
const result: OutboundResult = { attempts: [], sent: Buffer.from('<sent/>'), status: 200, answer: { ok: true } };

/** Endpoint calls on parts that note in which order they were used. */
function world(parts: Partial<EndpointCallsParts> = {}) {
  const steps: [string, unknown][] = [];
  const note = async (step: string, what: unknown): Promise<void> => {
    steps.push([step, what]);
    await Promise.resolve();
  };
  const calls = createEndpointCalls({
    endpoints: {
      open: () => Promise.resolve({ sourceSystemId: 3, code: 'banner', opened: { endpoint, secrets: {} } }),
    },
    journal: {
      begin: (entry) => note('begin', entry),
      complete: (_entry, completion) => note('complete', completion),
    },
    caller: {
      call: (_endpoint, _secrets, asked) => {
        return note('call', asked).then(() => result);
      },
      download: (_endpoint, _secrets, address, limitBytes) => {
        return note('download', { address, limitBytes }).then(() => ({
          attempts: [],
          sent: Buffer.alloc(0),
          status: 200,
        }));
      },
      test: () => Promise.resolve({ steps: [{ step: 'address', ok: true, detail: '' }] }),
    },
    log: { error: (fields) => void note('error', fields) },
    ...parts,
  });
  return { calls, steps };
}

describe('a call', () => {
  test('is journaled, made under the id of its message, and completed', async () => {
    const { calls, steps } = world();
    const answer = await calls.callEndpoint(reference, call);
    expect(answer).toEqual({ attempts: [], status: 200, answer: { ok: true }, messageId: expect.any(String) });
    expect(steps.map(([step]) => step)).toEqual(['begin', 'call', 'complete']);
    const [entry, asked, completion] = steps.map(([, what]) => what) as [OutboundEntry, object, OutboundCompletion];
    expect(entry).toMatchObject({ id: answer.messageId, organizationId: 7, sourceSystemId: 3, actor: 'test' });
    expect(JSON.parse(entry.intent.toString())).toEqual(call);
    expect(asked).toEqual({ ...call, messageIdentifier: answer.messageId });
    expect(completion).toMatchObject({ sent: result.sent, contentType: 'application/soap+xml; charset=utf-8' });
    expect(completion).not.toHaveProperty('problem');
  });

  test('is not made when it cannot be journaled', async () => {
    const full = new Error('disk full');
    const journal = { begin: () => Promise.reject(full), complete: () => Promise.resolve() };
    const { calls, steps } = world({ journal });
    await expect(calls.callEndpoint(reference, call)).rejects.toBe(full);
    expect(steps).toEqual([]);
  });

  test('gives its answer although what came of it cannot be journaled', async () => {
    const journal = { begin: () => Promise.resolve(), complete: () => Promise.reject(new Error('disk full')) };
    const { calls, steps } = world({ journal });
    expect(await calls.callEndpoint(reference, call)).toMatchObject({ status: 200 });
    expect(steps.map(([step]) => step)).toEqual(['call', 'error']);
  });

  test('that ends in a mistake of ours is journaled with what was sent by then', async () => {
    const ours = new TypeError('ours');
    const attempts = [{ startedAt: new Date(0), durationMs: 5, status: 200 }];
    const caller = {
      call: () => Promise.reject(new CallDefect({ attempts, sent: Buffer.from('<sent/>'), status: 200 }, ours)),
    };
    const { calls, steps } = world({ caller: caller as never });
    await expect(calls.callEndpoint(reference, call)).rejects.toBe(ours);
    expect(steps.map(([step]) => step)).toEqual(['begin', 'complete']);
    expect(steps[1]![1]).toMatchObject({
      attempts,
      sent: Buffer.from('<sent/>'),
      problem: { code: 'internal_error' },
    });
  });

  test('needs an endpoint of its type, with secrets that open', async () => {
    const opened = (found: Awaited<ReturnType<EndpointCallsParts['endpoints']['open']>>['opened']) =>
      world({ endpoints: { open: () => Promise.resolve({ sourceSystemId: 3, code: 'banner', opened: found }) } });
    for (const [found, code] of [
      [undefined, 'no_endpoint'],
      [{ endpoint, secrets: undefined }, 'endpoint_secrets_closed'],
    ] as const) {
      const { calls, steps } = opened(found);
      const byNumber = { ...reference, sourceSystem: '3' };
      await expect(calls.callEndpoint(byNumber, call)).rejects.toMatchObject({
        code,
        message: expect.stringContaining('source system banner'),
      });
      await expect(calls.testEndpoint(reference)).rejects.toMatchObject({ code });
      expect(steps).toEqual([]);
    }
  });
});

test('a test is sent under the id of its message', async () => {
  const sentUnder: string[] = [];
  const test = (_endpoint: Endpoint, _secrets: object, messageIdentifier: string) => {
    sentUnder.push(messageIdentifier);
    return Promise.resolve({ steps: [], result });
  };
  const unused = () => Promise.reject(new Error('not here'));
  const { calls } = world({ caller: { call: unused, download: unused, test } });
  const { messageId } = await calls.testEndpoint(reference);
  expect(sentUnder).toEqual([messageId]);
});

test('a test that sent nothing is journaled with its intent', async () => {
  const { calls, steps } = world();
  const tested = await calls.testEndpoint(reference);
  expect(tested).toEqual({ messageId: expect.any(String), steps: [{ step: 'address', ok: true, detail: '' }] });
  const [[, entry], [, completion]] = steps as [[string, OutboundEntry], [string, OutboundCompletion]];
  expect(JSON.parse(entry.intent.toString())).toEqual({ contract: 'endpoint', operation: 'testConnection' });
  expect(completion.sent).toHaveLength(0);
});

test('a download is journaled with the address of the file, and without the file', async () => {
  const { calls, steps } = world();
  const file = { address: 'https://sis.example.edu/files/1', limitBytes: 10, sink: process.stdout };
  expect(await calls.downloadFrom(reference, file)).toEqual({
    attempts: [],
    status: 200,
    messageId: expect.any(String),
  });
  expect(steps.map(([step]) => step)).toEqual(['begin', 'download', 'complete']);
  const [, entry] = steps[0] as [string, OutboundEntry];
  expect(JSON.parse(entry.intent.toString())).toMatchObject({ body: { address: file.address } });
});
