import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkWsdl } from './check-wsdl.ts';
import type { ManagerContract } from './contract.ts';

/** What a service publishes about itself. */
export interface Wsdl {
  readonly wsdl: string;
  readonly schema: string;
}

const root = join(import.meta.dirname, '../../../wsdl');

/**
 * Reads the published WSDLs and schemas of a dialect's services, each checked as a client would load it.
 *
 * @param folder of `wsdl/`
 */
export async function loadPublished<Code extends string>(
  folder: string,
  services: Readonly<Record<Code, { readonly managers: readonly ManagerContract[] }>>,
): Promise<ReadonlyMap<Code, Wsdl>> {
  const codes = Object.keys(services) as Code[];
  return new Map(
    await Promise.all(codes.map(async (code) => [code, await load(folder, code, services[code])] as const)),
  );
}

/** A file that stands beside a WSDL. */
export function readPublished(folder: string, file: string): Promise<string> {
  return readFile(pathOfPublished(folder, file), 'utf8');
}

/** Where it stands. */
export function pathOfPublished(folder: string, file: string): string {
  return join(root, folder, file);
}

async function load(
  folder: string,
  code: string,
  { managers }: { readonly managers: readonly ManagerContract[] },
): Promise<Wsdl> {
  const [wsdl, schema] = await Promise.all([
    readPublished(folder, `${code}.wsdl`),
    readPublished(folder, `${code}.xsd`),
  ]);
  await checkWsdl(pathOfPublished(folder, `${code}.wsdl`), managers);
  return { wsdl, schema };
}
