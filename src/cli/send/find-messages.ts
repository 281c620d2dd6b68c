import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseXmlFragments } from '../../formats/xml/index.ts';
import type { ElementView } from '../../pipeline/ports.ts';
import { CommandError } from '../output.ts';
import { readNamed, readNamedFile } from '../read-named.ts';
import { type Destination, destinationOf } from './destination.ts';

/** A message in a file, and what a sender has to know to send it. */
export type MessageFile = {
  readonly name: string;
  readonly body: Buffer;
  readonly contentType: string;
  readonly soapAction: string | undefined;
  /** A WS-Security header has a place in it. */
  readonly isEnvelope: boolean;
  /** Adds the path for this message to an address that has none. Throws CommandError where nobody can tell which. */
  completeUrl(url: string): string;
};

/**
 * The messages in files and folders, in the order of their names.
 *
 * @throws CommandError when one cannot be read.
 */
export async function findMessages(paths: readonly string[]): Promise<MessageFile[]> {
  const messages: MessageFile[] = [];
  for (const path of paths) {
    const files = (await readNamed(path, (named) => stat(named))).isDirectory()
      ? await readNamed(path, filesIn)
      : [path];
    for (const file of files) messages.push(describeMessage(file, await readNamedFile(file)));
  }
  return messages;
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && /\.(?:xml|json)$/i.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

const restMessages: Destination = { path: '/sis/v1/messages', contentType: 'application/json' };

/** The dialect of a message tells where it goes. */
export function describeMessage(name: string, body: Buffer): MessageFile {
  const read = /\.json$/i.test(name) ? undefined : tryParse(body);
  const roots = typeof read === 'string' ? [] : read;
  const { path, contentType, soapAction } = roots === undefined ? restMessages : destinationOf(roots);
  const unknown = typeof read === 'string' ? read : 'nothing in it is of a dialect that is known here';
  return {
    name,
    body,
    contentType,
    soapAction,
    isEnvelope: roots?.[0]?.name === 'Envelope',
    completeUrl: (url) => complete(url, path, unknown),
  };
}

/**
 * The elements of a document, or why there are none. What is not XML is sent all the same to an address that has a path: the
 * receiver's answer to it is what one wants to see.
 */
function tryParse(body: Buffer): readonly ElementView[] | string {
  try {
    const roots = parseXmlFragments(body);
    return roots.length === 0 ? 'it is empty' : roots;
  } catch (error) {
    return (error as Error).message.replace(/\.$/, '');
  }
}

function complete(url: string, path: string | undefined, unknown: string): string {
  const parsed = new URL(url);
  if (parsed.pathname !== '/') return url;
  if (path !== undefined) return parsed.origin + path;
  throw new CommandError(
    `The file does not tell where it goes: ${unknown}. To send it as it is, give --to the whole address, such as ${parsed.origin}/lis/pms.`,
  );
}
