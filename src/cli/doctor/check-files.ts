import type pg from 'pg';
import { type FetchFact, readFileFacts } from '../../state/doctor/file-facts.ts';
import { harmless } from '../output.ts';
import { type Finding, ok, warning } from './finding.ts';

const patienceMinutes = 10;
const days = 7;

/** Addresses that are not fetched as they should be, and bulk data exchanges whose SIS does not know of their end. */
export async function checkFiles(pool: pg.Pool, id: number, code: string): Promise<Finding[]> {
  const { failing, overdue, never, untold } = await readFileFacts(pool, id, { patienceMinutes, days });
  const check = `${code}: files`;
  const command = (verb: string, { sourceSystem, name }: FetchFact): string =>
    `passerelle fetch ${verb} ${code} ${sourceSystem} ${name}`;
  const findings = [
    ...failing.map(({ at, problem, ...fetch }) =>
      warning(
        check,
        `the fetch ${fetch.name} of ${fetch.sourceSystem} failed at ${at}: ${harmless(problem.message)} [${problem.code}]`,
        `Mend what it says, then ${command('now', fetch)}.`,
      ),
    ),
    ...overdue.map(({ since, ...fetch }) =>
      warning(
        check,
        `the fetch ${fetch.name} of ${fetch.sourceSystem} has been due since ${since.toISOString()}, and nobody fetches it`,
        'Addresses are fetched while a gateway runs, one of an organization after the other; its log (module fetches) says what keeps it.',
      ),
    ),
    ...never.map((fetch) =>
      warning(
        check,
        `the fetch ${fetch.name} of ${fetch.sourceSystem} is never due again: its schedule has no date left`,
        `Give it another schedule (${command('set', fetch)} --schedule ...), or switch it off (--off).`,
      ),
    ),
  ];
  if (untold > 0)
    findings.push(
      warning(
        check,
        `of ${String(untold)} bulk data exchanges that ended within the last ${String(days)} days the SIS could not be told`,
        `passerelle bulk list --org ${code} has them, passerelle bulk show says why; passerelle endpoint test ${code} SOURCE bulk whether it works now. Tell whoever runs the SIS.`,
      ),
    );
  return findings.length > 0
    ? findings
    : [ok(check, 'what is to be fetched is, and every SIS was told of its exchanges')];
}
