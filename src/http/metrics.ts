import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { GatewayError } from '../domain/problem.ts';
import type { Gateway, Message, SubmissionResult, Translate } from '../pipeline/ports.ts';

/** What the rest of the gateway tells of itself when it is asked. */
export interface GaugeSources {
  /** Messages queued or under way. */
  queueDepth(): number;
  /** Database connections. */
  pool(): { total: number; idle: number; waiting: number };
}

export interface Metrics {
  /** Counts and times every message that passes. */
  meter(gateway: Gateway): Gateway;
  /** In the text format of Prometheus. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** Metrics of one gateway, in a registry of its own. */
export function createMetrics(sources: GaugeSources): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'passerelle_' });
  registerGauges(registry, sources);
  const messages = new Counter({
    name: 'passerelle_messages_total',
    help: 'Messages by door, operation and result; a refused message has the problem code as its result.',
    labelNames: ['door', 'operation', 'result'],
    registers: [registry],
  });
  const outcomes = new Counter({
    name: 'passerelle_outcomes_total',
    help: 'What became of the commands of messages.',
    labelNames: ['door', 'entity', 'verb', 'status'],
    registers: [registry],
  });
  const seconds = new Histogram({
    name: 'passerelle_message_seconds',
    help: 'From the arrival of a message to its answer.',
    labelNames: ['door'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });

  const measured = async (
    { door, receivedAt }: Message,
    translate: Translate,
    run: (observed: Translate) => Promise<SubmissionResult>,
  ): Promise<SubmissionResult> => {
    // Operations are a closed list once a message is translated; before, whatever a stranger sends.
    let operation = 'unknown';
    const observe = (result: string) => {
      messages.inc({ door, operation, result });
      seconds.observe({ door }, Math.max(0, Date.now() - receivedAt.getTime()) / 1_000);
    };
    try {
      const done = await run((source) => {
        const translation = translate(source);
        operation = translation.operation;
        return translation;
      });
      for (const { entity, verb, status } of done.outcomes) outcomes.inc({ door, entity, verb, status });
      observe(done.outcomes.some(({ status }) => status === 'rejected' || status === 'failed') ? 'failure' : 'success');
      return done;
    } catch (error) {
      observe(error instanceof GatewayError ? error.code : 'internal_error');
      throw error;
    }
  };

  return {
    meter: (gateway) => ({
      submit: (message, translate) => measured(message, translate, (observed) => gateway.submit(message, observed)),
      process: (message, principal, translate) =>
        measured(message, translate, (observed) => gateway.process(message, principal, observed)),
    }),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

function registerGauges(registry: Registry, sources: GaugeSources): void {
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  gauge('passerelle_queue_depth', 'Messages queued or under way.', () => sources.queueDepth());
  gauge('passerelle_database_connections', 'Open database connections.', () => sources.pool().total);
  gauge('passerelle_database_connections_idle', 'Database connections that nobody uses.', () => sources.pool().idle);
  gauge('passerelle_database_waiting', 'Callers that wait for a database connection.', () => sources.pool().waiting);
}
