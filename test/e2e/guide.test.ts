import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { partsOf, validate } from '../soap/published-schemas.ts';
import { root, startGateway, withVar } from './gateway-process.ts';

const run = promisify(execFile);
/** The guide, and after it its pages about single dialects. */
const guide = await readGuide();

type Block = { chapter: string; language: string; file: string | undefined; answers: string[]; text: string };

/** The fenced blocks of the guide. `<!-- answers: a | b -->` above a block of commands says what their output contains. */
const blocks = guide.split(/^##+ /m).flatMap((chapter): Block[] =>
  [...chapter.matchAll(/(?:<!-- answers: (.*?) -->\n\n)?```(\w+)(?: (\S+))?\n([\s\S]*?)```/g)].map(
    ([, answers, language = '', file, text = '']) => ({
      chapter: chapter.split('\n', 1)[0] ?? '',
      language,
      file,
      text,
      answers: answers?.split(' | ') ?? [],
    }),
  ),
);
const commands = blocks.filter(({ language }) => language === 'sh');
/** Of the SOAP dialects alone are there schemas. */
const messages = blocks.filter(({ language, text }) => language === 'xml' && text.includes('soap:Envelope'));

type Finished = { code: number; output: string };

const hasTools = await run('sh', ['-c', 'command -v bash curl openssl base64']).then(
  () => true,
  () => false,
);
const describeWithTools = hasTools ? describe : describe.skip;

describeWithTools("the SIS vendor's guide, copied and pasted in its order", () => {
  const results: Finished[] = [];

  beforeAll(async () => {
    await withVar(async (folder) => {
      await mkdir(folder);
      for (const { file, text } of blocks) if (file !== undefined) await writeFile(join(folder, file), text);
      const account = { PASSERELLE_DEMO_USER: 'guide', PASSERELLE_DEMO_PASSWORD: 'password-of-the-guide' };
      const gateway = await startGateway({ PASSERELLE_VAR: join(folder, 'var'), ...account });
      const shell = { GATEWAY: gateway.url, SIS_USER: 'guide', SIS_PASSWORD: 'password-of-the-guide' };
      try {
        for (const { text } of commands) results.push(await paste(text, folder, shell));
      } finally {
        await gateway.stop();
      }
    });
  }, 120_000);

  it.each(commands.map(({ chapter, answers }, index) => ({ index, chapter, answers })))(
    'command $index, $chapter',
    ({ index, answers }) => {
      const { code, output } = results[index] ?? { code: -1, output: '' };
      expect(answers).not.toEqual([]);
      for (const answer of answers) expect(output).toContain(answer);
      expect(code).toBe(0);
    },
  );
});

describe("the messages of the SIS vendor's guide", () => {
  it.each(messages.map(({ file, text }) => ({ file, text })))('$file is valid by the published schema', ({ text }) => {
    const parts = partsOf(text);
    expect(parts).not.toEqual([]);
    for (const part of parts) expect(() => validate(part)).not.toThrow();
  });
});

async function readGuide(): Promise<string> {
  const pages = join(root, 'docs/guides/sis-vendor');
  const paths = [`${pages}.md`, ...(await readdir(pages)).sort().map((name) => join(pages, name))];
  return (await Promise.all(paths.map((path) => readFile(path, 'utf8')))).join('\n');
}

async function paste(text: string, cwd: string, variables: Record<string, string>): Promise<Finished> {
  const env = { ...process.env, ...variables };
  try {
    const { stdout, stderr } = await run('bash', ['-c', text], { cwd, env });
    return { code: 0, output: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, output: stdout + stderr };
  }
}
