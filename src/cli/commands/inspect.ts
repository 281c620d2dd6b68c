import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { inspectXml } from '../../formats/xml/inspect-xml.ts';

/** `passerelle inspect FILE`: a small XML document as a tree of JSON. */
export function inspectCommand(): Command {
  return new Command('inspect')
    .description('show a small XML document as a JSON tree')
    .argument('<file>', 'an XML file, or - for standard input')
    .action(async (file: string) => {
      const bytes = file === '-' ? await readStandardInput() : await readFile(file);
      console.log(JSON.stringify(await inspectXml(bytes), null, 2));
    });
}

async function readStandardInput(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
