import type pg from 'pg';
import type { Sealer } from '../../domain/access.ts';
import { LONGEST_CALL_MS } from '../../domain/endpoint.ts';
import {
  countInterrupted,
  type EndpointName,
  listEndingEndpoints,
  listSealedEndpoints,
  type SealedEndpoint,
} from '../../state/doctor/endpoint-facts.ts';
import { error, type Finding, ok, warning } from './finding.ts';

/** What the gateway calls of one organization's source systems: secrets that open, certificates that last, what was interrupted. */
export async function checkEndpoints(
  pool: pg.Pool,
  id: number,
  code: string,
  sealer: Sealer | undefined,
): Promise<Finding[]> {
  const found = [
    ...(await closedFindings(pool, id, code, sealer)),
    ...(await certificateFindings(pool, id, code)),
    ...(await interruptedFindings(pool, id, code)),
  ];
  return found.length > 0 ? found : [ok(`${code}: endpoints`, 'their secrets open and their certificates last')];
}

async function closedFindings(pool: pg.Pool, id: number, code: string, sealer: Sealer | undefined): Promise<Finding[]> {
  const closed = (await listSealedEndpoints(pool, id)).filter((sealed) => !opens(sealed, sealer));
  return closed.map((endpoint) =>
    error(
      `${code}: endpoints`,
      `the secrets of ${nameOf(endpoint)} do not open: their key is not there, or the row was changed`,
      `Put the key back, or give the secrets again: passerelle endpoint set ${code} ${nameOf(endpoint)}`,
    ),
  );
}

function opens({ sealed, context }: SealedEndpoint, sealer: Sealer | undefined): boolean {
  try {
    return sealer?.open(sealed, context) !== undefined;
  } catch {
    return false;
  }
}

const NOTICE_DAYS = 30;

async function certificateFindings(pool: pg.Pool, id: number, code: string): Promise<Finding[]> {
  const now = new Date();
  const ending = await listEndingEndpoints(pool, id, new Date(now.getTime() + NOTICE_DAYS * 86_400_000));
  return ending.map(({ subject, notAfter, ...endpoint }) => {
    const when = `${notAfter < now ? 'expired' : 'expires'} on ${notAfter.toISOString().slice(0, 10)}`;
    return warning(
      `${code}: endpoints`,
      `the certificate of ${nameOf(endpoint)} (${subject}) ${when}`,
      `Set the new one with its key: passerelle endpoint set ${code} ${nameOf(endpoint)} --certificate FILE --private-key FILE`,
    );
  });
}

async function interruptedFindings(pool: pg.Pool, id: number, code: string): Promise<Finding[]> {
  const count = await countInterrupted(pool, id, LONGEST_CALL_MS / 60_000);
  if (count === 0) return [];
  return [
    warning(
      `${code}: outbound messages`,
      `${count} were interrupted while they were sent; whether they arrived is not known`,
      'GET /api/v1/messages?direction=outbound&result=sending shows them. Ask the other side before you send again.',
    ),
  ];
}

function nameOf({ sourceSystem, type }: EndpointName): string {
  return `${sourceSystem} ${type}`;
}
