import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Log } from '../log.ts';
import { loadPlugins } from './plugins.ts';
import { createReleases } from './releases.ts';

const quiet = () => undefined;
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet } as unknown as Log;
const events: string[] = [];
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'passerelle-plugins-'));
  (globalThis as { pluginEvents?: string[] }).pluginEvents = events;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function write(name: string, body: string): Promise<string> {
  const file = join(folder, `${name}.js`);
  await writeFile(file, `export const plugin = { name: '${name}', apiVersion: 1, ${body} };`);
  return file;
}

const opening = (name: string) =>
  `open: () => { globalThis.pluginEvents.push('${name} opened'); return { close: () => globalThis.pluginEvents.push('${name} closed') }; }`;

describe('plug-ins', () => {
  test('are opened in the order of the configuration and closed in the reverse order', async () => {
    const plugins = [await write('one', opening('one')), await write('two', opening('two'))];
    const releases = createReleases(log);
    await loadPlugins({ plugins, pluginOptions: {} }, log, releases);
    await releases.releaseAll();
    expect(events).toEqual(['one opened', 'two opened', 'two closed', 'one closed']);
  });

  test('may not pass for what is shipped', async () => {
    const plugins = [await write('passerelle', 'handlers: []')];
    await expect(loadPlugins({ plugins, pluginOptions: {} }, log, createReleases(log))).rejects.toThrow(
      'calls itself passerelle',
    );
  });

  test.each([
    [
      'claim the name of a shipped authenticator',
      'thief',
      `authenticators: [{ name: 'http-basic' }]`,
      'as a shipped one',
    ],
    ['were made for another version of the API', 'old', 'apiVersion: 0', 'version 0 of the plug-in API'],
    ['cannot be opened', 'sad', `open: () => { throw new Error('no server') }`, 'cannot start: no server'],
    ['claim the name of a shipped handler', 'copy', handlerNamed('read-declared'), 'Two plug-ins bring'],
  ])('are refused that %s', async (_, name, body, words) => {
    const plugins = [await write(name, body)];
    await expect(loadPlugins({ plugins, pluginOptions: {} }, log, createReleases(log))).rejects.toThrow(words);
  });
});

function handlerNamed(name: string): string {
  return `handlers: [{ name: '${name}', summary: 'A.', points: ['handle.user.read'], stage: 'rule', make: () => ({}) }]`;
}
