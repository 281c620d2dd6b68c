import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { services } from './contract/services.ts';
import { serviceCodes, type ServiceCode, type ServiceContract } from './contract/service.ts';

/** What a service publishes about itself. */
export interface Wsdl {
  readonly wsdl: string;
  readonly schema: string;
}

const folder = join(import.meta.dirname, '../../../wsdl/lis2');

/**
 * Reads the published WSDLs and schemas, each checked by node-soap as a client would load it. Throws when one cannot be
 * loaded, or lacks an operation of its contract: a gateway that publishes a broken description must not start.
 */
export async function loadWsdls(): Promise<ReadonlyMap<ServiceCode, Wsdl>> {
  return new Map(await Promise.all(serviceCodes.map(async (code) => [code, await load(services[code])] as const)));
}

async function load(service: ServiceContract): Promise<Wsdl> {
  const path = join(folder, `${service.code}.wsdl`);
  const [wsdl, schema] = await Promise.all([
    readFile(path, 'utf8'),
    readFile(join(folder, `${service.code}.xsd`), 'utf8'),
  ]);
  await check(service, path);
  return { wsdl, schema };
}

async function check(service: ServiceContract, path: string): Promise<void> {
  // Loaded here and not at the top: it is needed once, and takes longer to load than all that uses this dialect.
  const { default: soap } = await import('soap');
  const described = operationsOf((await soap.createClientAsync(path)).describe());
  const missing = service.managers
    .flatMap(({ operations }) => operations.map(({ name }) => name))
    .filter((name) => !described.has(name));
  if (missing.length > 0) throw new Error(`${path} lacks the operations ${missing.join(', ')}`);
}

/** node-soap describes services, their ports and their operations as nested objects. */
function operationsOf(description: unknown): Set<string> {
  const ports = valuesOf(description).flatMap(valuesOf);
  return new Set(ports.flatMap((port) => Object.keys(port as object)));
}

function valuesOf(value: unknown): unknown[] {
  return Object.values(value as Record<string, unknown>);
}
