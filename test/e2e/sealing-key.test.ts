import { expect, test } from '@jest/globals';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { passerelle, startGateway, withVar } from './gateway-process.ts';

test(
  'a store without its key, or with another, is not served; looking at it makes no key; with its key it goes on',
  () =>
    withVar(async (varFolder) => {
      const environment = { PASSERELLE_VAR: varFolder, PORT: '0' };
      const [key, away] = [join(varFolder, 'sealing.key'), join(varFolder, 'away.key')];
      await (await startGateway(environment)).stop();
      await rename(key, away);

      const doctor = await passerelle(['doctor'], environment);
      expect(doctor).toMatchObject({
        code: 1,
        stdout: expect.stringMatching(/^error +sealing key: there is none: .*/m),
      });
      expect(doctor.stdout).toContain(`Put your copy of that key back as ${key}, or set PASSERELLE_KEY`);
      expect(doctor.stdout).toMatch(/^error +demo: key: Sealed with the key [0-9a-f]{8}, .*\(there is none\)/m);

      const keyless = await passerelle(['start'], environment);
      expect(keyless).toMatchObject({ code: 1, stderr: expect.stringContaining('there is no sealing key') });
      expect(keyless.stderr).toMatch(
        /^passerelle: What the store holds is sealed with the key [0-9a-f]{8}, .* Put your copy/m,
      );
      const created = await passerelle(credential, environment);
      expect(created).toMatchObject({ code: 1, stderr: expect.stringContaining('there is no sealing key') });
      expect(await passerelle(['org', 'list'], environment)).toMatchObject({ code: 0 });
      expect(await readdir(varFolder)).not.toContain('sealing.key');

      const other = { ...environment, PASSERELLE_KEY: 'another key than before' };
      const refused = await passerelle(['start'], other);
      expect(refused.code).toBe(1);
      expect(refused.stderr).toMatch(/sealed with the key ([0-9a-f]{8}); the gateway has the key (?!\1)[0-9a-f]{8}\./);
      const [, lost = ''] = /sealed with the key ([0-9a-f]{8})/.exec(refused.stderr) ?? [];
      await (await startGateway({ ...other, PASSERELLE_LOST_KEYS: lost })).stop();
      const replaced = { ...other, PASSERELLE_PREVIOUS_KEYS: (await readFile(away, 'utf8')).trim() };
      await (await startGateway(replaced)).stop();
    }),
  120_000,
);

test(
  'doctor on an empty data folder says that there is no store, and leaves it empty',
  () =>
    withVar(async (varFolder) => {
      await mkdir(varFolder);
      const { code, stderr } = await passerelle(['doctor'], { PASSERELLE_VAR: varFolder });
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('There is no store in') });
      expect(await readdir(varFolder)).toEqual([]);
      await rm(varFolder, { recursive: true });
    }),
  60_000,
);

const credential = ['source', 'credential', 'create', 'demo', 'banner', '--user', 'x', '--kind', 'sealed'];
