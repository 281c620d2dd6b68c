import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { processIdentity } from '../postgres/process-identity.ts';

/** The gateway process that serves on this data folder. */
export type RunningGateway = {
  readonly pid: number;
  readonly identity: string;
  readonly url: string;
  readonly since: string;
};

/** Lets commands on the same data folder find the gateway; `forget` goes with the server. */
export async function announceGateway(varFolder: string, url: string): Promise<{ forget(): Promise<void> }> {
  const file = fileOf(varFolder);
  const identity = (await processIdentity(process.pid)) ?? '';
  const running: RunningGateway = { pid: process.pid, identity, url, since: new Date().toISOString() };
  await writeFile(file, `${JSON.stringify(running)}\n`, { mode: 0o600 });
  return { forget: () => rm(file, { force: true }) };
}

/** The gateway that runs on this data folder; undefined when none does, or the one that did was killed. */
export async function findRunningGateway(varFolder: string): Promise<RunningGateway | undefined> {
  try {
    const running = JSON.parse(await readFile(fileOf(varFolder), 'utf8')) as RunningGateway;
    return (await processIdentity(running.pid)) === running.identity ? running : undefined;
  } catch {
    return undefined;
  }
}

function fileOf(varFolder: string): string {
  return join(varFolder, 'gateway.json');
}
