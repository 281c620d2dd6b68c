import { setTimeout as delay } from 'node:timers/promises';
import { writeMembership } from '../bench/messages.ts';

export const sis = { userName: 'sis', password: 'secret-of-sis' } as const;
export const token = 'token-of-the-crash-test';
export const people = Array.from({ length: 60 }, (_, index) => `P${index}`);
export const sections = Array.from({ length: 300 }, (_, index) => `S${index}.202640`);

/** What a sender may rely on: this membership, in the message with this id. */
export type Acknowledged = {
  readonly sourcedId: string;
  readonly messageId: string;
  readonly door: 'soap' | 'rest';
  /** Attempts that got no answer, or "busy". */
  readonly lost: number;
  /** A SOAP message as it was sent. */
  readonly body?: Buffer;
};

export type CrashLoad = {
  readonly acknowledged: readonly Acknowledged[];
  /** Where the gateway is now. */
  moveTo(url: string): void;
  /** Each sender goes on until what it sends is acknowledged. Throws when one got an answer that no sender should get. */
  stop(): Promise<void>;
  /** Throws the same. */
  check(): void;
  /** Nobody sends any more, acknowledged or not. */
  abandon(): void;
};

/** Senders that never give up: what is not acknowledged is sent again, as a SIS does. Each message is a new membership. */
export function startCrashLoad(firstUrl: string, senders: { soap: number; rest: number }): CrashLoad {
  const acknowledged: Acknowledged[] = [];
  let url = firstUrl;
  let [stopping, abandoned] = [false, false];
  let made = 0;

  async function sendAll(door: Acknowledged['door']): Promise<void> {
    while (!stopping) {
      const membership = membershipAt(made++, door);
      acknowledged.push(await sendUntilAcknowledged(door, membership));
    }
  }

  async function sendUntilAcknowledged(door: Acknowledged['door'], membership: Membership): Promise<Acknowledged> {
    for (let lost = 0; ; lost += 1) {
      const answer = await attempt(door, url, membership).catch(() => undefined);
      if (answer?.ok === true) return { sourcedId: membership.id, door, lost, ...answer };
      if (answer !== undefined && answer.status !== 503) throw new Error(`${door} ${answer.status}: ${answer.text}`);
      if (abandoned) throw new Error('abandoned');
      await delay(20);
    }
  }

  let failure: Error | undefined;
  const doors = [...Array<'soap'>(senders.soap).fill('soap'), ...Array<'rest'>(senders.rest).fill('rest')];
  const running = doors.map((door) => sendAll(door).catch((error: unknown) => void (failure ??= error as Error)));
  return {
    acknowledged,
    moveTo: (next) => void (url = next),
    async stop() {
      stopping = true;
      await Promise.all(running);
      if (failure !== undefined) throw failure;
    },
    check() {
      if (failure !== undefined) throw failure;
    },
    abandon() {
      stopping = abandoned = true;
    },
  };
}

type Membership = { readonly id: string; readonly personId: string; readonly sectionId: string };

function membershipAt(index: number, door: string): Membership {
  const personId = people[index % people.length];
  const sectionId = sections[Math.floor(index / people.length)];
  if (personId === undefined || sectionId === undefined) throw new Error('there are no memberships left');
  return { id: `${door}-${sectionId}-${personId}`, personId, sectionId };
}

type Answer = { ok: true; messageId: string; body?: Buffer } | { ok: false; status: number; text: string };

async function attempt(door: Acknowledged['door'], url: string, membership: Membership): Promise<Answer> {
  const { id } = membership;
  if (door === 'soap') {
    const body = writeMembership(id, { ...membership, role: 'Student', active: true }, sis);
    const answer = await sendSoap(url, body);
    return answer.ok ? { ...answer, body } : answer;
  }
  const fields = {
    userSourcedId: membership.personId,
    orgUnit: { kind: 'section', sourcedId: membership.sectionId },
    roles: [{ role: 'Student' }],
  };
  const response = await fetch(`${url}/sis/v1/enrollments/${id}`, {
    method: 'PUT',
    headers: { authorization: basic, 'content-type': 'application/json', 'idempotency-key': id },
    body: JSON.stringify(fields),
    signal: AbortSignal.timeout(15_000),
  });
  return toAnswer(response, /"status":"(?:created|unchanged)"/);
}

export async function sendSoap(url: string, body: Buffer): Promise<Answer> {
  const signal = AbortSignal.timeout(15_000);
  const headers = { 'content-type': 'text/xml; charset=utf-8' };
  return toAnswer(await fetch(`${url}/lis/mms`, { method: 'POST', headers, body, signal }), /fullsuccess/);
}

async function toAnswer(response: Response, good: RegExp): Promise<Answer> {
  const text = await response.text();
  const messageId = response.headers.get('passerelle-message-id') ?? '';
  return response.ok && good.test(text) ? { ok: true, messageId } : { ok: false, status: response.status, text };
}

const basic = `Basic ${btoa(`${sis.userName}:${sis.password}`)}`;

/** The people and sections that the memberships name. */
export async function sendPeopleAndSections(url: string): Promise<void> {
  const role = [{ role: 'Student' }];
  const messages = [
    ...people.map((sourcedId) => ({
      ...replace,
      entity: 'user',
      sourcedId,
      fields: { userName: sourcedId, roles: role },
    })),
    ...sections.map((sourcedId) => ({ ...replace, entity: 'org_unit', kind: 'section', sourcedId, fields: section })),
  ];
  const response = await fetch(`${url}/sis/v1/messages`, {
    method: 'POST',
    headers: { authorization: basic, 'content-type': 'application/json' },
    body: JSON.stringify({ messages }),
  });
  const { outcomes } = (await response.json()) as { outcomes: { status: string }[] };
  const bad = outcomes.find(({ status }) => status !== 'created');
  if (bad !== undefined) throw new Error(JSON.stringify(bad));
}

const replace = { verb: 'replace' };
const section = {
  name: 'A section',
  parents: [
    { role: 'offering', kind: 'offering', sourcedId: 'CRS.1' },
    { role: 'semester', kind: 'group', sourcedId: '202640' },
  ],
};
