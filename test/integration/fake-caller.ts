import type {
  EndpointTest,
  OutboundAuthenticator,
  OutboundCall,
  OutboundCaller,
  OutboundResult,
} from '../../src/pipeline/outbound.ts';
import type { Endpoint, EndpointSecrets } from '../../src/domain/endpoint.ts';

/** Authenticators of the usual kinds: they are judged by what they need, and never used. */
export const fakeAuthenticators = new Map(
  [
    authenticator('none', []),
    authenticator('http-basic', ['userName', 'password']),
    authenticator('wss-x509', ['privateKey', 'certificate'], true),
  ].map((each) => [each.name, each]),
);

function authenticator(name: string, needs: OutboundAuthenticator['needs'], soapOnly = false): OutboundAuthenticator {
  return { name, summary: '', needs, exposesSecret: false, soapOnly, authenticate: () => undefined };
}

/** What the fake was asked, and how it answers. */
export interface FakeCaller extends OutboundCaller {
  readonly asked: { endpoint: Endpoint; secrets: EndpointSecrets; call?: OutboundCall }[];
  answer: (call: OutboundCall) => OutboundResult | Promise<OutboundResult>;
  tested: () => EndpointTest | Promise<EndpointTest>;
}

/** An OutboundCaller that sends nothing. */
export function createFakeCaller(): FakeCaller {
  const fake: FakeCaller = {
    asked: [],
    answer: () => answered('<ok/>'),
    tested: () => ({ steps: [{ step: 'address', ok: true, detail: 'fine' }] }),
    async call(endpoint, secrets, call) {
      fake.asked.push({ endpoint, secrets, call });
      return fake.answer(call);
    },
    async test(endpoint, secrets) {
      fake.asked.push({ endpoint, secrets });
      return fake.tested();
    },
    download: () => Promise.reject(new Error('not here')),
  };
  return fake;
}

/** A result as after one attempt. */
export function answered(received: string, sent = '<Envelope><Body/></Envelope>'): OutboundResult {
  return {
    attempts: [{ startedAt: new Date('2026-11-22T08:00:00Z'), durationMs: 12, status: 200 }],
    sent: Buffer.from(sent),
    received: Buffer.from(received),
    status: 200,
    answer: {},
  };
}
