import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { writeZip } from '../../src/formats/zip/write-zip.ts';
import { root, startGateway, withVar } from './gateway-process.ts';

const run = promisify(execFile);
const page = join(root, 'docs/guides/sis-vendor/files.md');
const token = 'files-guide-token-0123456789';

test(
  'the commands of the page of files do what it says',
  () =>
    withVar(async (varFolder) => {
      const gateway = await startGateway({
        PASSERELLE_VAR: varFolder,
        PASSERELLE_DEMO_USER: 'banner-demo',
        PASSERELLE_DEMO_PASSWORD: 'files-guide-secret',
        PASSERELLE_DEMO_TOKEN: token,
      });
      try {
        const folder = join(varFolder, '..');
        const file = await packageOfMoreThanAMillionBytes();
        await writeFile(join(folder, 'night.zip'), file);
        const names = {
          GATEWAY: gateway.url,
          SIS_USER: 'banner-demo',
          SIS_PASSWORD: 'files-guide-secret',
          TOKEN: token,
        };
        const bash = async (script: string): Promise<string> =>
          (await run('bash', ['-ec', script], { cwd: folder, env: { ...process.env, ...names } })).stdout;
        const [plain, planned, checked, inParts, goingOn, ...others] = await commands();
        expect(others).toEqual([]);
        const sha256 = createHash('sha256').update(file).digest('hex');
        expect(JSON.parse(await bash(plain ?? ''))).toMatchObject({ state: 'requested', mode: 'apply', sha256 });
        expect(JSON.parse(await bash(planned ?? ''))).toMatchObject({ state: 'requested', mode: 'plan', sha256 });
        expect(JSON.parse(await bash(checked ?? ''))).toMatchObject({ state: 'requested', mode: 'apply', sha256 });
        // The line breaks after a million bytes: the rest is sent as the page says.
        const [begin = '', first = ''] = (inParts ?? '').split(/(?=^curl .*-X PATCH)/m);
        const half = `head -c 1000000 night.zip | ${first.replace('-T night.zip', '-T -')}`;
        const receipt = 'curl -s -u "$SIS_USER:$SIS_PASSWORD" "$GATEWAY/sis/v1/files/$(basename "$UPLOAD")"';
        const said = await bash([begin, half, goingOn, receipt].join('\n'));
        expect(JSON.parse(said)).toMatchObject({ way: 'tus', state: 'repeated', receivedBytes: file.length, sha256 });

        const { id } = JSON.parse(said) as { id: string };
        const asSis = { authorization: `Basic ${Buffer.from('banner-demo:files-guide-secret').toString('base64')}` };
        const read = (path: string) => fetch(`${gateway.url}/sis/v1/files/${id}${path}`, { headers: asSis });
        type Became = { state: string } | null;
        let became: Became = null;
        for (let tries = 0; became?.state !== 'finished'; tries += 1) {
          expect(tries).toBeLessThan(300);
          await delay(200);
          ({ run: became } = (await (await read('')).json()) as { run: Became });
        }
        // The same file was applied before, and planned in between.
        expect(became).toMatchObject({
          counters: { person: { records: 8_001, unchanged: 8_000, refused: 1 } },
          held: 0,
        });
        const problems = await read('/problems.csv');
        expect(problems.headers.get('content-type')).toBe('text/csv; charset=utf-8');
        expect(await problems.text()).toMatch(/^error,\w+,07-Users\.csv,8002,/m);
      } finally {
        await gateway.stop();
      }
    }),
  120_000,
);

/** A file that a run can be made of, of what does not compress well. */
async function packageOfMoreThanAMillionBytes(): Promise<Buffer> {
  const word = (): string => randomBytes(30).toString('base64url');
  const header =
    'type,action,username,org_defined_id,first_name,last_name,password,is_active,role_name,email,relationships,pref_first_name,pref_last_name';
  const rows = Array.from({ length: 8_000 }, (_, at) =>
    ['user', '', `u${String(at)}`, `P-${String(at)}`, word(), word(), '', 1, 'Student', '', '', word(), word()].join(),
  );
  rows.push('user,,,P-broken,Ada,,,1,Student,,,,');
  const members = { 'manifest.json': '{"version":"2.0"}', '07-Users.csv': [header, ...rows, ''].join('\n') };
  const zip = writeZip(
    Object.entries(members).map(([name, text]) => ({ name, open: () => Readable.from([Buffer.from(text)]) })),
    new Date(),
  );
  return Buffer.concat(await zip.toArray());
}

/** The blocks of the page that call curl, in their order. */
async function commands(): Promise<string[]> {
  const text = await readFile(page, 'utf8');
  return [...text.matchAll(/```text\n([^]*?)```/g)].flatMap(([, block = '']) =>
    block.includes('curl') ? [block] : [],
  );
}
