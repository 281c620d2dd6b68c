import type { ManagerContract } from './contract.ts';

/**
 * Loads a WSDL file as a client would, by node-soap. Throws when it cannot be loaded, or lacks an operation of its
 * contract: a gateway that publishes a broken description must not start.
 */
export async function checkWsdl(path: string, managers: readonly ManagerContract[]): Promise<void> {
  // Loaded here and not at the top: it is needed once, and takes longer to load than all that uses this module.
  const { default: soap } = await import('soap');
  const described = operationsOf((await soap.createClientAsync(path)).describe());
  const missing = managers
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
