import { Command } from 'commander';
import type { Environment } from '../../config.ts';
import { inspectXml } from '../../formats/xml/inspect-xml.ts';
import { withoutProofs } from '../../http/redaction/redacted.ts';
import { viewBody } from '../../http/redaction/view-body.ts';
import { CommandError } from '../output.ts';
import { readNamedFile } from '../read-named.ts';
import { withState } from '../with-state.ts';

type Options = { message?: string; org: string };

/** `passerelle inspect FILE` or `--message ID`: a small XML document as a tree of JSON. */
export function inspectCommand(environment: Environment): Command {
  return new Command('inspect')
    .description('show a small XML document, or a stored message, as a JSON tree')
    .argument('[file]', 'an XML file, or - for standard input')
    .option('--message <id>', 'a stored message instead; passwords and birth dates are left out')
    .option('--org <code>', 'the organization of the message', 'demo')
    .action(async (file: string | undefined, { message, org }: Options) => {
      if ((file === undefined) === (message === undefined))
        throw new CommandError('Name a file, or a message by --message ID.');
      if (file !== undefined)
        print(await inspectXml(file === '-' ? await readStandardInput() : await readNamedFile(file)));
      if (message !== undefined) print(await inspectMessage(environment, org, message));
    });
}

function inspectMessage(environment: Environment, org: string, id: string): Promise<unknown> {
  return withState(environment, async ({ administration }) => {
    const organization = await administration.organizations.get(org);
    const { contentType, body, answer: _, ...facts } = await administration.journal.get(organization.id, id);
    const remoteAddress = withoutProofs(facts.remoteAddress);
    return { ...facts, remoteAddress, contentType, ...(await viewBody({ contentType, body }, 'tree')) };
  });
}

function print(value: unknown): void {
  console.log(JSON.stringify(value, null, 2));
}

async function readStandardInput(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
