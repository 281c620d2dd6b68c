import { beforeAll, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type GatewayProcess, passerelle, root, startGateway, withVar } from './gateway-process.ts';

const key = 'a-key-that-only-the-registrar-knows';
const sha256 = createHash('sha256').update(key).digest('hex');
const options = { 'example-api-key': { keys: [{ sha256, userName: 'registrar' }] } };
const withPlugin = { PASSERELLE_PLUGINS: 'example-api-key', PASSERELLE_PLUGIN_OPTIONS: JSON.stringify(options) };

describe("the plug-in author's guide", () => {
  test('shows the examples that are in the repository, whose tests are run, word for word', async () => {
    const guide = await readFile(join(root, 'docs/guides/plugin-author.md'), 'utf8');
    const shown = new Map(
      [...guide.matchAll(/```ts\n\/\/ (plugins\/\S+)\n(.*?)```/gs)].map(([, path = '', code]) => [path, code]),
    );
    const files = await readdir(join(root, 'plugins'), { recursive: true });
    const paths = files.filter((file) => file.endsWith('.ts')).map((file) => `plugins/${file}`);
    expect([...shown.keys()].sort()).toEqual(paths.sort());
    for (const path of paths) expect(shown.get(path)).toBe(await readFile(join(root, path), 'utf8'));
  });
});

describe('a gateway with a plug-in', () => {
  const answers: number[] = [];
  let gateway: GatewayProcess;

  beforeAll(async () => {
    await withVar(async (varFolder) => {
      const account = { PASSERELLE_DEMO_USER: 'registrar', PASSERELLE_DEMO_PASSWORD: 'password-of-the-test' };
      gateway = await startGateway({ PASSERELLE_VAR: varFolder, ...account, ...withPlugin });
      try {
        for (const sent of [key, 'another-key']) answers.push(await put(gateway.url, sent));
      } finally {
        await gateway.stop();
      }
    });
  }, 120_000);

  test('takes messages by the credential that the plug-in knows, and refuses others', () => {
    expect(answers).toEqual([201, 401]);
    expect(gateway.log()).toContainEqual(
      expect.objectContaining({ msg: 'plug-ins are loaded', plugins: ['example-api-key'] }),
    );
  });
});

describe('a gateway does not start', () => {
  test.each([
    ['with a plug-in that is not there', { PASSERELLE_PLUGINS: 'no-such-plug-in' }, 'cannot be loaded'],
    ['with a path that is not there', { PASSERELLE_PLUGINS: './no/such/path' }, 'There is no plug-in at'],
    ['with wrong options', { PASSERELLE_PLUGINS: 'example-api-key' }, 'The options of the plug-in example-api-key'],
    ['with options for nobody', { PASSERELLE_PLUGIN_OPTIONS: '{"a":{}}' }, 'PASSERELLE_PLUGINS does not list'],
    ['with options that are no JSON', { PASSERELLE_PLUGIN_OPTIONS: '{' }, 'is not a JSON object'],
    [
      'with one plug-in twice',
      { ...withPlugin, PASSERELLE_PLUGINS: 'example-api-key,./plugins/example-api-key' },
      'Two plug-ins bring',
    ],
  ])(
    '%s',
    async (_, environment, words) => {
      await withVar(async (varFolder) => {
        const { code, stderr, stdout } = await passerelle(['start'], {
          ...environment,
          PORT: '0',
          PASSERELLE_VAR: varFolder,
        });
        expect(stdout + stderr).toContain(words);
        expect(code).not.toBe(0);
      });
    },
    60_000,
  );
});

async function put(url: string, sent: string): Promise<number> {
  const { status } = await fetch(`${url}/sis/v1/users/K1`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', 'x-registrar-key': sent },
    body: '{"userName":"keyed","givenName":"Kay"}',
  });
  return status;
}
