import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineHandler, definePlugin, defineTranslator, pluginApiVersion } from '../../src/index.ts';
import { type ApiWorld, createApiWorld, type Tenant } from './api-set-up.ts';

const point = 'handle.user.replace';
const personPoint = 'translate.lis2.person';

const handler = (name: string, handle: (item: { command: { fields: object } }) => void, make?: () => never) =>
  defineHandler({
    name,
    summary: 'Is at fault.',
    points: [point],
    stage: 'rule',
    make:
      make ??
      (() => ({
        handle: (batch) => {
          for (const item of batch) handle(item as never);
        },
      })),
  });
const stating = (value: unknown) => (item: { command: { fields: object } }) => {
  item.command = { ...item.command, fields: { ...item.command.fields, nickname: value } };
};
const boom = (): never => {
  throw new TypeError('boom with hunter2');
};

const faulty = definePlugin({
  name: 'faulty',
  apiVersion: pluginApiVersion,
  handlers: [
    handler('throwing', boom),
    handler('unmakeable', () => undefined, boom),
    handler('wrong-kind', stating({ a: 1 })),
    handler('unstorable', stating('a\u0000b')),
    handler('in-place', ({ command }) => void Object.assign(command.fields, { nickname: 'Nick' })),
  ],
  translators: [
    defineTranslator({
      name: 'wrong-step',
      summary: 'Is at fault.',
      points: [personPoint],
      stage: 'rule',
      make: () => (_, fields) => {
        fields.nickname = 10n;
      },
    }),
  ],
});

let world: ApiWorld;
let north: Tenant;

beforeAll(async () => {
  world = await createApiWorld({ plugins: [faulty] });
  north = await world.tenant('north');
});
afterAll(() => world.close());

async function listWith(name: string, plugin: string, sortOrder: number) {
  const { body } = await north.admin.get(`/api/v1/extension-points/${name}`);
  const { entries } = body.list as { entries: { plugin: string; sortOrder: number }[] };
  const shipped = entries.map((entry) => ({ plugin: entry.plugin, sortOrder: entry.sortOrder }));
  return { entries: [...shipped, { plugin, sortOrder }] };
}

interface Tried {
  commands: { steps: { plugin: string; fault?: string }[]; result?: object; outcome?: object }[];
  records: { steps: { plugin: string; fault?: string; changes: object[] }[] }[];
  refusal?: { code: string; message: string };
}

describe('a dry run of a list whose plug-in is at fault', () => {
  it.each([
    ['throwing', 'threw an error (TypeError); the log says what it said'],
    ['unmakeable', 'threw an error (TypeError); the log says what it said'],
    ['wrong-kind', 'stated the field nickname as something else than a text without U+0000, or null'],
    ['unstorable', 'stated the field nickname as something else than a text without U+0000, or null'],
  ])('shows the steps before, and what %s did', async (plugin, fault) => {
    const users = ['D1', 'D2'].map((sourcedId) => ({
      verb: 'replace',
      entity: 'user',
      sourcedId: `${plugin}-${sourcedId}`,
      fields: { userName: `${plugin}-${sourcedId}` },
    }));
    const { body: sent } = await north.sis.post('/sis/v1/messages', users);
    const list = await listWith(point, plugin, 30);
    const path = `/api/v1/extension-points/${point}/dry-run`;
    const { status, body } = await north.admin.post(path, { messageId: sent.messageId, list });
    expect(status).toBe(200);
    const { commands, refusal } = body as unknown as Tried;
    expect(commands).toHaveLength(2);
    for (const { steps, result, outcome } of commands) {
      expect(steps.length).toBeGreaterThan(1);
      expect(steps.filter((step) => step.fault !== undefined)).toEqual([steps.at(-1)]);
      expect(steps.at(-1)).toEqual({ plugin, leftOut: false, warnings: [], fault });
      expect([result, outcome]).toEqual([undefined, undefined]);
    }
    expect(refusal).toMatchObject({ code: 'internal_error' });
    expect(refusal?.message).toContain(`the plug-in ${plugin} at ${point}`);
    expect(JSON.stringify(body)).not.toContain('hunter2');
    const { fields } = world.logged.findLast(({ message }) => message.includes('at fault in a dry run')) ?? {};
    expect(fields).toMatchObject({ messageId: sent.messageId, err: { culprit: `the plug-in ${plugin} at ${point}` } });
  });

  it('shows what a handler changes in the command itself as what that one did', async () => {
    const wish = { verb: 'replace', entity: 'user', sourcedId: 'IN-PLACE', fields: { userName: 'in-place' } };
    const { body: sent } = await north.sis.post('/sis/v1/messages', [wish]);
    const list = await listWith(point, 'in-place', 30);
    const { body } = await north.admin.post(`/api/v1/extension-points/${point}/dry-run`, {
      messageId: sent.messageId,
      list,
    });
    const [tried] = (
      body as unknown as { commands: { command: object; steps: { plugin: string }[]; result: object }[] }
    ).commands;
    const at = tried!.steps.findIndex(({ plugin }) => plugin === 'in-place');
    expect(tried?.steps[at]).toMatchObject({ after: { fields: { nickname: 'Nick' } } });
    expect(tried?.result).toMatchObject({ fields: { nickname: 'Nick' } });
    const before = { ...tried?.steps[at], after: undefined };
    expect(JSON.stringify([tried?.command, tried?.steps.slice(0, at), before])).not.toContain('Nick');
  });

  it('shows a step of a translator likewise', async () => {
    const fixture = join(import.meta.dirname, '../fixtures/lis2/create-person/request.xml');
    const document = readFileSync(fixture, 'utf8').replace(/<wsse:Security [^]*<\/wsse:Security>/, '');
    await north.sis.post('/lis/pms', document, { 'content-type': 'text/xml; charset=utf-8' });
    const { body: messages } = await north.admin.get('/api/v1/messages?limit=1');
    const messageId = messages.items[0]?.id;
    const list = await listWith(personPoint, 'wrong-step', 300);
    const path = `/api/v1/extension-points/${personPoint}/dry-run`;
    const { status, body } = await north.admin.post(path, { messageId, list });
    expect(status).toBe(200);
    const { records, refusal } = body as unknown as Tried;
    expect(records[0]?.steps.length).toBeGreaterThan(1);
    expect(records[0]?.steps.at(-1)).toMatchObject({ plugin: 'wrong-step', changes: [], fault: expect.any(String) });
    expect(refusal?.message).toContain(`the plug-in wrong-step at ${personPoint} stated the field nickname`);
  });
});

describe('a message whose plug-in states what is not of the right kind', () => {
  it('is refused, and nothing is stored; journal and log name the plug-in', async () => {
    const own = `/api/v1/source-systems/sis/extension-points/${point}`;
    expect((await north.admin.put(own, await listWith(point, 'wrong-kind', 30))).status).toBe(200);
    const answer = await north.sis.put('/sis/v1/users/W1', { userName: 'w1' });
    await north.admin.delete(own);
    expect(answer).toMatchObject({ status: 500, body: { code: 'internal_error' } });
    expect((await north.sis.get('/sis/v1/users/W1')).status).toBe(404);
    const { body } = await north.admin.get(`/api/v1/messages/${answer.body.messageId}`);
    expect(JSON.stringify(body)).toContain(`At fault: the plug-in wrong-kind at ${point}`);
    expect(world.logged.map(({ fields }) => fields.detail)).toContain(`the plug-in wrong-kind at ${point}`);
  });
});
