import { statfs } from 'node:fs/promises';
import { readCertificate } from '../../app/certificate.ts';
import { findPortHolder } from '../../app/port-holder.ts';
import { findRunningGateway } from '../../app/running.ts';
import type { Config } from '../../config.ts';
import { error, type Finding, ok, warning } from './finding.ts';

/** This machine: the data folder, the port, the certificate. */
export async function checkMachine(config: Config): Promise<Finding[]> {
  return [
    ok('Node.js', process.version),
    await spaceFinding(config),
    await serviceFinding(config),
    ...(await certificateFindings(config)),
  ];
}

const LITTLE_SPACE_BYTES = 2 * 1024 ** 3;

async function spaceFinding({ varFolder }: Config): Promise<Finding> {
  const { bavail, bsize } = await statfs(varFolder);
  const free = bavail * bsize;
  const found = `${varFolder}, ${(free / 1024 ** 3).toFixed(1)} GiB free`;
  if (free > LITTLE_SPACE_BYTES) return ok('data folder', found);
  return warning(
    'data folder',
    found,
    'Make room, or move the folder (PASSERELLE_VAR): a full disk stops the gateway.',
  );
}

async function serviceFinding({ varFolder, port }: Config): Promise<Finding> {
  const running = await findRunningGateway(varFolder);
  if (running === undefined) {
    const holder = await findPortHolder(port).catch(() => undefined);
    if (holder === undefined) return ok('gateway', `not running; port ${port} is free`);
    return warning(
      'gateway',
      `not running; port ${port} is taken by process ${holder.pid} (${holder.command})`,
      'Stop that process, or choose another port (PORT).',
    );
  }
  const status = await readiness(running.url);
  if (status === 200) return ok('gateway', `process ${running.pid} serves on ${running.url}`);
  return error(
    'gateway',
    `process ${running.pid} does not answer as ready on ${running.url} (${status ?? 'no answer'})`,
    'Read its log; restart it if it says nothing.',
  );
}

async function readiness(url: string): Promise<number | undefined> {
  try {
    return (await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5_000) })).status;
  } catch {
    return undefined;
  }
}

const SOON_MS = 14 * 86_400_000;

async function certificateFindings({ tlsCert, tlsKey }: Config): Promise<Finding[]> {
  if (tlsCert === undefined || tlsKey === undefined) return [];
  try {
    const { validUntil, subject } = await readCertificate({ cert: tlsCert, key: tlsKey });
    const found = `${subject.replaceAll('\n', ', ')} until ${validUntil.toISOString().slice(0, 10)}`;
    if (validUntil.getTime() - Date.now() > SOON_MS) return [ok('certificate', found)];
    return [error('certificate', found, 'Renew it; the gateway takes the new files by itself.')];
  } catch (problem) {
    return [error('certificate', (problem as Error).message, 'Correct PASSERELLE_TLS_CERT and PASSERELLE_TLS_KEY.')];
  }
}
