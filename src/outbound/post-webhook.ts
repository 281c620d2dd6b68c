import type { Endpoint } from '../domain/endpoint.ts';
import type { WebhookMessage, WebhookPoster } from '../pipeline/notice-ports.ts';
import { CallDefect, type OutboundAuthenticator } from '../pipeline/outbound.ts';
import { attempt, type Plan } from './attempt.ts';
import { type Calling, noted, type OutboundCallerOptions } from './calling.ts';
import { systemClock } from './clock.ts';
import { parseAddress } from './plan.ts';
import { refuseStatus } from './refuse-status.ts';
import { attempted } from './retry.ts';
import { webhookHeaders } from './webhook-signature.ts';

/** A receiver is to take a webhook and do its work afterwards. */
const connectTimeoutMs = 5_000;
const timeoutMs = 10_000;

/** RFC 9110, 15.5.11: "this condition is likely to be permanent". */
const gone = 410;

/** Posts webhooks. Each call is one attempt: who calls tries again later. */
export function createWebhookPoster(options: OutboundCallerOptions): WebhookPoster {
  const calling: Calling = { clock: systemClock, random: Math.random, ...options };
  return {
    async post(message) {
      const endpoint = endpointOf(message);
      const made = await attempted(calling, 1, (trace) => {
        const plan = planOf(message, endpoint, calling.clock.now());
        return attempt(calling, plan, trace, (head) => {
          refuseStatus({ ...head, url: plan.url, now: calling.clock.now() }, '');
          return Promise.resolve(true);
        });
      }).catch((error: unknown) => {
        throw error instanceof CallDefect ? error.cause : error;
      });
      const { problem, status } = noted(calling, endpoint, 'webhook', made);
      return problem === undefined ? { is: 'sent' } : { is: 'failed', problem, forGood: status === gone };
    },
  };
}

/** What is told is for nobody who listens on the way: plain http only as far as secrets go over it. */
const signed: OutboundAuthenticator = {
  name: 'A webhook',
  summary: 'Signs a webhook.',
  needs: [],
  exposesSecret: true,
  soapOnly: false,
  authenticate: () => undefined,
};

function planOf(message: WebhookMessage, endpoint: Endpoint, now: Date): Plan {
  return {
    endpoint,
    secrets: {},
    url: parseAddress(message.address, 'webhook'),
    authenticator: signed,
    method: 'POST',
    headers: {
      accept: '*/*',
      'content-type': 'application/json',
      'user-agent': 'Passerelle',
      ...webhookHeaders(message, now),
    },
    body: message.body,
  };
}

function endpointOf({ address }: WebhookMessage): Endpoint {
  return {
    id: 'webhook',
    type: 'outcome',
    address,
    authentication: signed.name,
    soapVersion: '1.1',
    connectTimeoutMs,
    timeoutMs,
    attempts: 1,
    tls: {},
  };
}
