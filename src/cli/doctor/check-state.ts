import type pg from 'pg';
import { problemCatalogue, type ProblemCode } from '../../domain/problem.ts';
import type { Sealer } from '../../domain/access.ts';
import { findViolations } from '../../state/doctor/integrity.ts';
import {
  countStaleReprojections,
  countStrays,
  countWaiting,
  listEndingCertificates,
  listOrganizations,
} from '../../state/doctor/standing-facts.ts';
import { tryKey } from '../../app/try-key.ts';
import { listPartitions, MONTHS_AHEAD, partitionedTables } from '../../state/maintenance/partitions.ts';
import type { Config } from '../../config.ts';
import { checkEndpoints } from './check-endpoints.ts';
import { checkFiles } from './check-files.ts';
import { checkNotices } from './check-notices.ts';
import { error, type Finding, ok, warning } from './finding.ts';

/** What the database holds: partitions, and for each organization its integrity, its key, what waits. */
export async function checkState(pool: pg.Pool, sealer: Sealer | undefined, config: Config): Promise<Finding[]> {
  const organizations = await listOrganizations(pool);
  const findings = [await partitionFinding(pool), await strayFinding(pool, organizations)];
  if (organizations.length === 0) {
    findings.push(warning('organizations', 'there are none', 'Create one: passerelle org create CODE --name NAME'));
  }
  for (const { id, code } of organizations) {
    findings.push(await integrityFinding(pool, id, code), await keyFinding(pool, id, code, sealer));
    findings.push(
      await backlogFinding(pool, id, code),
      ...(await certificateFindings(pool, id, code)),
      ...(await checkEndpoints(pool, id, code, sealer)),
      ...(await checkFiles(pool, id, code)),
      ...(await checkNotices(pool, id, code, config)),
      ...(await waitingFindings(pool, id, code)),
    );
  }
  return findings;
}

async function partitionFinding(pool: pg.Pool): Promise<Finding> {
  const nextMonth = new Date(Date.now() + 31 * 86_400_000);
  for (const table of partitionedTables) {
    const partitions = await listPartitions(pool, table);
    if (partitions.some(({ from, to }) => from <= nextMonth && nextMonth < to)) continue;
    return error(
      'months ahead',
      `${table} has no partition for next month`,
      'Start the gateway: it makes them. If it runs, its log says what keeps it from doing so.',
    );
  }
  return ok('months ahead', `messages and changes have partitions for up to ${MONTHS_AHEAD} months ahead`);
}

async function strayFinding(pool: pg.Pool, organizations: readonly { id: number }[]): Promise<Finding> {
  let strays = 0;
  for (const { id } of organizations) strays += await countStrays(pool, id);
  if (strays === 0) return ok('strays', 'every message and change lies in its month');
  return warning(
    'strays',
    `${strays} messages or changes lie in no month`,
    'Check the clocks of the gateways; what belongs to months to come moves there by itself.',
  );
}

async function integrityFinding(pool: pg.Pool, id: number, code: string): Promise<Finding> {
  const violations = await findViolations(pool, id);
  if (violations.length === 0) return ok(`${code}: integrity`, 'projection, links and changes agree');
  const found = violations.map(({ what, count, example }) => `${count} ${what} (such as ${example})`).join('; ');
  return error(
    `${code}: integrity`,
    found,
    `Run "passerelle reproject ${code}". What is still found then is a defect: please report it with this line.`,
  );
}

async function keyFinding(pool: pg.Pool, id: number, code: string, sealer: Sealer | undefined): Promise<Finding> {
  const { tried, missing, damage } = await tryKey(pool, id, sealer);
  if (tried === 0) return ok(`${code}: key`, 'nothing is sealed yet');
  if (missing.length > 0) {
    const own = sealer === undefined ? 'there is none' : `its own is ${sealer.keyId}`;
    return error(
      `${code}: key`,
      `Sealed with the key ${missing.join(' and the key ')}, which this gateway does not have (${own})`,
      'Set PASSERELLE_KEY to the key with which they were sealed, or name it in PASSERELLE_PREVIOUS_KEYS.',
    );
  }
  if (damage === undefined) return ok(`${code}: key`, 'opens messages and sealed secrets');
  return error(
    `${code}: key`,
    `something stored does not open with its key (${damage})`,
    'It was changed or damaged: restore from a backup, or rotate the sealed credential, or give the secrets of the endpoint again.',
  );
}

const NOTICE_DAYS = 30;

/** Those that are pinned by their public key may have been renewed without us. */
async function certificateFindings(pool: pg.Pool, id: number, code: string): Promise<Finding[]> {
  const now = new Date();
  const ending = await listEndingCertificates(pool, id, new Date(now.getTime() + NOTICE_DAYS * 86_400_000));
  if (ending.length === 0) return [ok(`${code}: certificates`, `none that is pinned ends within ${NOTICE_DAYS} days`)];
  return ending.map(({ userName, subject, notAfter }) => {
    const when = `${notAfter < now ? 'expired' : 'expires'} on ${notAfter.toISOString().slice(0, 10)}`;
    return warning(
      `${code}: certificates`,
      `the certificate of ${userName} (${subject}) ${when}`,
      'Get the new one from the sender: passerelle source credential rotate ORG ID --certificate FILE; or revoke it.',
    );
  });
}

const PATIENCE_MINUTES = 10;

async function backlogFinding(pool: pg.Pool, id: number, code: string): Promise<Finding> {
  const stale = await countStaleReprojections(pool, id, PATIENCE_MINUTES);
  if (stale === 0) return ok(`${code}: background work`, 'nothing is overdue');
  return warning(
    `${code}: background work`,
    `${stale} re-projections have been open for more than ${PATIENCE_MINUTES} minutes`,
    'They are worked off while a gateway runs; GET /api/v1/reprojections shows how far they are.',
  );
}

/** Waiting is no fault of ours, but somebody may have to act. */
async function waitingFindings(pool: pg.Pool, id: number, code: string): Promise<Finding[]> {
  const waiting = await countWaiting(pool, id);
  if (waiting.length === 0) return [ok(`${code}: waiting`, 'nothing waits')];
  return waiting.map(({ code: reason, kind, count }) => {
    const known = problemCatalogue[reason as ProblemCode];
    return warning(`${code}: waiting`, `${count} ${kind} (${reason}): ${known.title}`, known.advice);
  });
}
