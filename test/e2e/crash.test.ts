import { describe, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { createApi } from '../../src/cli/demo/api.ts';
import type { ChangePage, ChangeView, LmsEnrollmentView, MessageView } from '../../src/domain/administration/index.ts';
import { readPostmaster } from '../../src/postgres/postmaster.ts';
import { type Acknowledged, type CrashLoad, sendPeopleAndSections, sendSoap, startCrashLoad } from './crash-load.ts';
import { sis, token } from './crash-load.ts';
import { type GatewayProcess, startGateway, withVar } from './gateway-process.ts';

type Victim = 'gateway' | 'postgres';

/** Each is killed at a moment that nobody chose. */
const victims: readonly Victim[] = ['gateway', 'postgres', 'gateway', 'postgres'];

describe('kill -9 of the gateway or of Postgres, while many senders send', () => {
  test(
    'no acknowledged message is lost, none is applied twice, and the feed has no gap',
    () =>
      withVar(async (varFolder) => {
        let gateway = await start(varFolder);
        let load: CrashLoad | undefined;
        try {
          await sendPeopleAndSections(gateway.url);
          load = startCrashLoad(gateway.url, { soap: 16, rest: 8 });
          const reader = followFeed(() => gateway.url);
          for (const victim of victims) {
            await untilUnderLoad(load);
            await delay(Math.random() * 400);
            if (victim === 'postgres') await killPostgres(varFolder);
            else {
              await gateway.stop('SIGKILL');
              gateway = await start(varFolder);
              load.moveTo(gateway.url);
            }
          }
          await untilUnderLoad(load);
          await load.stop();
          await expectNothingLost(gateway.url, load.acknowledged);
          await expectFeed(gateway.url, load.acknowledged, await reader.finish());
          await expectReplaysRefused(gateway.url, load.acknowledged);
        } catch (error) {
          const errors = gateway.log().filter(({ level }) => level === 'error' || level === 'fatal');
          throw new Error(`${String(error)}\n${JSON.stringify(errors.slice(0, 3), null, 2)}`, { cause: error });
        } finally {
          load?.abandon();
          await gateway.stop();
        }
      }),
    180_000,
  );
});

function start(varFolder: string): Promise<GatewayProcess> {
  return startGateway({
    PASSERELLE_VAR: varFolder,
    PASSERELLE_DEMO_USER: sis.userName,
    PASSERELLE_DEMO_PASSWORD: sis.password,
    PASSERELLE_DEMO_TOKEN: token,
    LOG_LEVEL: 'warn,app=info',
  });
}

/** Answers flow again after the last crash. */
async function untilUnderLoad({ acknowledged, check }: CrashLoad): Promise<void> {
  const before = acknowledged.length;
  while (acknowledged.length < before + 100) {
    check();
    await delay(10);
  }
}

async function killPostgres(varFolder: string): Promise<void> {
  const postmaster = await readPostmaster(`${varFolder}/postgres`);
  if (postmaster === undefined) throw new Error('Postgres does not run');
  process.kill(postmaster.pid, 'SIGKILL');
}

async function expectNothingLost(url: string, acknowledged: readonly Acknowledged[]): Promise<void> {
  const api = createApi(url, token);
  const journal = (await api.all<MessageView>('messages')).filter(({ door }) => door !== 'cli');
  const byId = new Map(journal.map((message) => [message.id, message]));
  expect(byId.size).toBe(journal.length);
  const lost = acknowledged.filter(
    ({ messageId, sourcedId }) => byId.get(messageId)?.sourcedIds.includes(sourcedId) !== true,
  );
  expect(lost).toEqual([]);

  // An attempt without an answer may have been applied: then the next one found nothing to do, or was given its answer.
  const applied = Map.groupBy(
    journal.filter(({ outcomes, replayOf }) => outcomes.length === 1 && replayOf === null),
    ({ sourcedIds }) => sourcedIds[0] ?? '',
  );
  for (const { sourcedId, door } of acknowledged) {
    const statuses = applied.get(sourcedId)?.map(({ outcomes }) => outcomes[0]?.status) ?? [];
    expect({ sourcedId, created: statuses.filter((status) => status === 'created').length }).toEqual({
      sourcedId,
      created: 1,
    });
    expect(statuses.filter((status) => status !== 'created' && status !== 'unchanged')).toEqual([]);
    if (door === 'rest') expect(statuses).toHaveLength(1);
  }

  const enrollments = await api.all<LmsEnrollmentView>('enrollments', { state: 'all' });
  const direct = enrollments.filter(({ orgUnit }) => orgUnit.type === 'course_section');
  const projected = direct.map(({ supports }) => supports.map(({ sourcedId }) => sourcedId).join(' '));
  expect(projected.toSorted()).toEqual(acknowledged.map(({ sourcedId }) => sourcedId).toSorted());
  expect(await api.all('waiting')).toEqual([]);
}

/** A reader that came through all crashes saw what one sees that begins now: every number once, every object created once. */
async function expectFeed(
  url: string,
  acknowledged: readonly Acknowledged[],
  followed: readonly ChangeView[],
): Promise<void> {
  const whole: ChangeView[] = [];
  for (let after: string | undefined; ;) {
    const { items, next } = await readFeed(url, after);
    if (items.length === 0) break;
    whole.push(...items);
    after = next;
  }
  expect(whole.map(({ cursor }) => Number(cursor.split('.')[1]))).toEqual(whole.map((_, index) => index + 1));
  expect(followed).toEqual(whole);
  const enrollments = whole.filter(({ entity }) => entity === 'enrollment');
  expect(enrollments.filter(({ operation }) => operation !== 'created')).toEqual([]);
  expect(new Set(enrollments.map(({ lmsId }) => lmsId)).size).toBe(enrollments.length);
  // Of each membership, one in its section, and one in the section's offering.
  expect(enrollments).toHaveLength(2 * acknowledged.length);
}

/** Nonces were committed with their messages. */
async function expectReplaysRefused(url: string, acknowledged: readonly Acknowledged[]): Promise<void> {
  const sent = acknowledged.flatMap(({ body }) => body ?? []);
  const some = sent.filter((_, index) => index % Math.ceil(sent.length / 10) === 0);
  for (const body of some) expect(await sendSoap(url, body)).toMatchObject({ ok: false, status: 500 });
  await expectNothingLost(url, acknowledged);
}

/** Reads the feed from its beginning, as an LMS does, and goes on from its cursor after every crash. */
function followFeed(urlNow: () => string) {
  const items: ChangeView[] = [];
  const state = { finishing: false };
  const reading = (async () => {
    let after: string | undefined;
    for (;;) {
      const last = state.finishing;
      const page = await readFeed(urlNow(), after).catch(() => undefined);
      if (page === undefined) await delay(50);
      else if (page.items.length === 0 && last) return items;
      else {
        items.push(...page.items);
        after = page.next;
        if (page.items.length === 0) await delay(20);
      }
    }
  })();
  return {
    finish() {
      state.finishing = true;
      return reading;
    },
  };
}

async function readFeed(url: string, after: string | undefined): Promise<ChangePage> {
  const query = new URLSearchParams({ limit: '1000', ...(after === undefined ? {} : { after }) });
  const signal = AbortSignal.timeout(10_000);
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${url}/api/v1/changes?${query.toString()}`, { headers, signal });
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as ChangePage;
}
