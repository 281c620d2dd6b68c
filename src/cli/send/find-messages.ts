import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { services } from '../../dialects/lis2/index.ts';
import { soapVersions } from '../../formats/soap/index.ts';
import { parseXml } from '../../formats/xml/index.ts';
import type { ElementView } from '../../pipeline/ports.ts';
import { pathOf } from '../demo/paths.ts';
import { readNamed, readNamedFile } from '../read-named.ts';

/** A message in a file, and what a sender has to know to send it. */
export type MessageFile = {
  readonly name: string;
  readonly body: Buffer;
  readonly contentType: string;
  readonly soapAction: string | undefined;
  /** Adds the path for this message to an address that has none. */
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
    for (const file of files) messages.push(describe(file, await readNamedFile(file)));
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

function describe(name: string, body: Buffer): MessageFile {
  if (/\.json$/i.test(name)) return jsonMessage(name, body);
  const envelope = tryParse(body);
  const operation = envelope?.children.find((child) => child.name === 'Body')?.children[0];
  const version = envelope?.namespace === soapVersions['1.2'].namespace ? '1.2' : '1.1';
  return {
    name,
    body,
    contentType: soapVersions[version].contentType,
    soapAction: operation && soapActionOf(operation),
    completeUrl: (url) => (operation === undefined ? url : complete(url, pathFor(operation.name))),
  };
}

function jsonMessage(name: string, body: Buffer): MessageFile {
  const completeUrl = (url: string): string => complete(url, '/sis/v1/messages');
  return { name, body, contentType: 'application/json', soapAction: undefined, completeUrl };
}

/** What is not XML is sent all the same: the receiver's answer to it is what one wants to see. */
function tryParse(body: Buffer): ElementView | undefined {
  try {
    return parseXml(body);
  } catch {
    return undefined;
  }
}

function soapActionOf({ name, namespace }: ElementView): string | undefined {
  const service = Object.values(services).find((each) => each.namespace === namespace);
  return service && service.soapAction + name.replace(/Request$/, '');
}

function pathFor(operation: string): string | undefined {
  try {
    return pathOf(operation);
  } catch {
    return undefined;
  }
}

function complete(url: string, path: string | undefined): string {
  const parsed = new URL(url);
  return parsed.pathname === '/' && path !== undefined ? parsed.origin + path : url;
}
