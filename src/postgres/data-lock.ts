import { randomInt, randomUUID } from 'node:crypto';
import { appendFile, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EmbeddedPostgresError } from './embedded-error.ts';
import { processIdentity } from './process-identity.ts';

/** A process that uses the data (`held`) or is about to find out whether it may. */
type Claim = { path: string; pid: number; identity: string; since: string; held: boolean };

export type DataLock = { release(): Promise<void> };

const HELD = '\nheld';

/**
 * Lets one process at a time use a data folder. Each process writes a claim, a file of its own beside the folder, and
 * then looks at all claims: of two processes the later one to look sees the other's, so both never go on. Those that meet
 * withdraw and try again after a random pause. Claims of processes that no longer run (kill -9, power cut) are removed,
 * which is safe because no name comes twice.
 *
 * @throws EmbeddedPostgresError data_in_use
 */
export async function lockData(dataDir: string): Promise<DataLock> {
  for (;;) {
    const path = await writeClaim(dataDir);
    try {
      const others = (await livingClaims(dataDir)).filter((claim) => claim.path !== path);
      if (others.length === 0) {
        await appendFile(path, HELD);
        return { release: () => rm(path, { force: true }) };
      }
      await rm(path, { force: true });
      const holder = others.find((claim) => claim.held);
      if (holder !== undefined) throw inUse(dataDir, holder);
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
    await delay(randomInt(5, 50));
  }
}

/** True when processes used the folder and none of them runs any more. */
export async function isAbandoned(dataDir: string): Promise<boolean> {
  return (await claimPaths(dataDir)).length > 0 && (await livingClaims(dataDir)).length === 0;
}

/** A claim appears with its whole content: it is renamed to its name, which nobody else uses. */
async function writeClaim(dataDir: string): Promise<string> {
  const name = randomUUID();
  const unfinished = `${dataDir}.claim-${name}`;
  const path = `${dataDir}.lock-${name}`;
  const identity = (await processIdentity(process.pid)) ?? 'unknown';
  const content = JSON.stringify({ pid: process.pid, identity, since: new Date().toISOString() });
  await writeFile(unfinished, content, { flag: 'wx', mode: 0o600 });
  await rename(unfinished, path);
  return path;
}

async function livingClaims(dataDir: string): Promise<Claim[]> {
  const living: Claim[] = [];
  for (const path of await claimPaths(dataDir)) {
    const claim = await readClaim(path);
    if (claim !== undefined && (await processIdentity(claim.pid)) === claim.identity) living.push(claim);
    else await rm(path, { force: true });
  }
  return living;
}

async function claimPaths(dataDir: string): Promise<string[]> {
  const names = await readdir(dirname(dataDir));
  return names
    .filter((name) => name.startsWith(`${basename(dataDir)}.lock-`))
    .map((name) => join(dirname(dataDir), name));
}

/** Undefined for one that was withdrawn meanwhile, or that a full disk left empty. */
async function readClaim(path: string): Promise<Claim | undefined> {
  try {
    const [content = '', held] = (await readFile(path, 'utf8')).split('\n');
    return { ...(JSON.parse(content) as Omit<Claim, 'path' | 'held'>), path, held: held !== undefined };
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function inUse(dataDir: string, holder: Claim): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'data_in_use',
    `Process ${holder.pid} has been using the data in ${dataDir} since ${holder.since}. ` +
      'Stop it first, or start this one on another data folder (PASSERELLE_VAR).',
  );
}
