import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createMessages, type MessagePlan } from './messages.ts';

/**
 * The senders, in a process of their own so that they take no time from the server's event loop. The messages of a round
 * are written in full, digests and all, before its clock starts; each connection sends its next one when it has its answer.
 */
export type LoadOrder = {
  readonly port: number;
  readonly path: string;
  readonly connections: number;
  /** As many messages as this are sent. */
  readonly messages: number;
  readonly plan: MessagePlan;
};

export type LoadReport = {
  readonly seconds: number;
  readonly perSecond: number;
  /** Answers other than 200, or that tell of a failure. */
  readonly bad: number;
  readonly firstBad?: string;
  readonly bytesOfMessage: number;
  /** Milliseconds. */
  readonly latency: Readonly<Record<'p50' | 'p90' | 'p99' | 'max', number>>;
};

type Round = { readonly next: () => number | undefined; readonly answered: (index: number, answer: Buffer) => void };

/** Each server hears the same kind of term, and its own. */
const terms = new Map<number, ReturnType<typeof createMessages>>();

process.on('message', (order: LoadOrder) => {
  void runRound(order).then((report) => process.send?.(report));
});

async function runRound(order: LoadOrder): Promise<LoadReport> {
  const term = terms.get(order.port) ?? createMessages();
  terms.set(order.port, term);
  const bodies = term.next(order.plan, order.messages);
  const requests = bodies.map((body) => toRequest(order, body));
  const sockets = await Promise.all(Array.from({ length: order.connections }, () => open(order.port)));
  const sentAt = new Float64Array(requests.length);
  const took = new Float64Array(requests.length);
  const bad: Buffer[] = [];
  let cursor = 0;
  const round: Round = {
    next() {
      if (cursor >= requests.length) return undefined;
      sentAt[cursor] = performance.now();
      return cursor++;
    },
    answered(index, answer) {
      took[index] = performance.now() - (sentAt[index] ?? 0);
      if (!answer.includes('HTTP/1.1 200 ') || answer.includes('failure') || answer.includes('Fault')) bad.push(answer);
    },
  };
  const startedMs = performance.now();
  await Promise.all(sockets.map((socket) => sendAll(socket, requests, round)));
  const seconds = (performance.now() - startedMs) / 1_000;
  for (const socket of sockets) socket.destroy();
  return {
    seconds,
    perSecond: requests.length / seconds,
    bad: bad.length,
    ...(bad[0] === undefined ? {} : { firstBad: bad[0].toString().slice(0, 2_000) }),
    bytesOfMessage: bodies[0]?.length ?? 0,
    latency: percentiles(took),
  };
}

function toRequest({ port, path }: LoadOrder, body: Buffer): Buffer {
  const head =
    `POST ${path} HTTP/1.1\r\nHost: localhost:${port}\r\nContent-Type: text/xml; charset=utf-8\r\n` +
    `SOAPAction: "http://www.imsglobal.org/soap/lis/mms2p0/replaceMembership"\r\nContent-Length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.setNoDelay(true);
  await once(socket, 'connect');
  return socket;
}

/** One connection: a request, its whole answer, the next request. */
async function sendAll(socket: Socket, requests: readonly Buffer[], round: Round): Promise<void> {
  let current = round.next();
  let answer: Buffer = Buffer.alloc(0);
  const ended = Promise.withResolvers<undefined>();
  const send = (): void => {
    const request = current === undefined ? undefined : requests[current];
    if (request === undefined) ended.resolve(undefined);
    else socket.write(request);
  };
  socket.on('data', (bytes: Buffer) => {
    answer = answer.length === 0 ? bytes : Buffer.concat([answer, bytes]);
    if (current === undefined || !isWhole(answer)) return;
    round.answered(current, answer);
    answer = Buffer.alloc(0);
    current = round.next();
    send();
  });
  socket.on('error', ended.reject);
  socket.on('close', () => ended.reject(new Error('the server closed a connection')));
  send();
  await ended.promise;
}

/** Answers come with a Content-Length, or in chunks. */
function isWhole(answer: Buffer): boolean {
  const headEnd = answer.indexOf('\r\n\r\n');
  if (headEnd < 0) return false;
  const length = /^content-length: *(\d+)/im.exec(answer.toString('latin1', 0, headEnd))?.[1];
  if (length === undefined) return answer.subarray(-5).equals(lastChunk);
  return answer.length >= headEnd + 4 + Number(length);
}

const lastChunk = Buffer.from('0\r\n\r\n');

function percentiles(took: Float64Array): LoadReport['latency'] {
  const sorted = took.toSorted();
  const at = (share: number): number =>
    Math.round((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0) * 10) / 10;
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) };
}
