import { expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { fold } from '../../domain/source-system.ts';
import { handlePoints, shippedRules } from '../../handlers/index.ts';
import { checkList, createRegistry } from '../../pipeline/plugins/index.ts';
import { readStandardSetUp } from './standard-set-up.ts';

const registry = createRegistry(handlePoints, [shippedRules]);

test('the standard maps know the type under which sections become groups', async () => {
  const { orgUnitTypeMap, orgUnitTypes } = await readStandardSetUp();
  const options = registry.handlers.get('create-lms-group')?.options?.safeParse({});
  const { type } = (options?.success === true ? options.data : {}) as { type: string };
  expect(orgUnitTypes.find(({ code }) => code === orgUnitTypeMap[type])?.base).toBe('group');
});

test('the administrator is told which role is the first of the standard maps', async () => {
  const { roleMap, roles } = await readStandardSetUp();
  const rankOf = (word: string): number => roles.find(({ code }) => code === roleMap[word])?.rank ?? 0;
  const words = Object.keys(roleMap).sort((one, other) => rankOf(other) - rankOf(one) || (one < other ? -1 : 1));
  expect(await guide()).toContain(`standard maps that is \`${fold(words[0] ?? '')}\`, a ${roleMap[words[0] ?? '']}.`);
});

test("the list that the administrator's guide puts may be put, and is that of IPSIS", async () => {
  const point = registry.points.get('handle.user.replace')!;
  const [, json = ''] = /-d '(\{ "entries": [^']*)'/.exec(await guide()) ?? [];
  const list = JSON.parse(json) as { entries: { plugin: string; sortOrder: number }[] };
  expect(checkList(registry, point, list).reasons).toEqual([]);
  const ipsis = point.templates.find(({ name }) => name === 'ipsis');
  expect(list.entries.map(({ plugin, sortOrder }) => ({ plugin, sortOrder }))).toEqual(ipsis?.entries);
});

function guide(): Promise<string> {
  return readFile(new URL('../../../docs/guides/administrator.md', import.meta.url), 'utf8');
}
