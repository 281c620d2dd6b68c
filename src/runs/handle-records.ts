import type { RecordCommand } from '../domain/command.ts';
import { GatewayError } from '../domain/problem.ts';
import type { Handle } from '../pipeline/handling.ts';
import type { SourceSystem } from '../pipeline/ports.ts';
import { type LostRecord, lostOf, type PlanRecord, problemOf, type RunProblem } from '../state/runs/plan/planning.ts';

/** Records as the handlers leave them; what they refuse is told. */
export interface HandledRecords {
  readonly records: readonly PlanRecord[];
  readonly problems: readonly RunProblem[];
  readonly lost: readonly LostRecord[];
}

/**
 * Runs the handlers over a batch of records. Where one of them falls over, the record that it fell over is found by halving: it
 * becomes a problem, and the others go on.
 *
 * @throws GatewayError for what is refused whatever the records are, such as an adapter that is switched off
 */
export async function handleRecords(
  handle: Handle,
  dialect: string,
  source: SourceSystem,
  records: readonly PlanRecord[],
): Promise<HandledRecords> {
  if (records.length === 0) return { records, problems: [], lost: [] };
  try {
    return await handleAtOnce(handle, dialect, source, records);
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== 'internal_error') throw error;
    const [first] = records;
    if (records.length === 1 && first !== undefined) return refused(first, error);
    const middle = Math.ceil(records.length / 2);
    const one = await handleRecords(handle, dialect, source, records.slice(0, middle));
    const other = await handleRecords(handle, dialect, source, records.slice(middle));
    return {
      records: [...one.records, ...other.records],
      problems: [...one.problems, ...other.problems],
      lost: [...one.lost, ...other.lost],
    };
  }
}

function refused(record: PlanRecord, { code, message, detail }: GatewayError): HandledRecords {
  const said = detail === undefined ? message : `${message} At fault: ${detail}.`;
  return {
    records: [],
    problems: [problemOf(record, 'error', { code, message: said })],
    lost: [lostOf(record)],
  };
}

async function handleAtOnce(
  handle: Handle,
  dialect: string,
  source: SourceSystem,
  records: readonly PlanRecord[],
): Promise<HandledRecords> {
  const { commands, refusals } = await handle({ dialect, commands: records.map(({ command }) => command) }, source);
  const taken: PlanRecord[] = [];
  const problems: RunProblem[] = [];
  const lost: LostRecord[] = [];
  records.forEach((record, index) => {
    const refusal = refusals.get(index);
    if (refusal === undefined) {
      // Handlers rewrite a command, and never its verb's kind.
      const command = commands[index] as RecordCommand;
      taken.push(command === record.command ? record : { ...record, command });
      return;
    }
    lost.push(lostOf(record));
    for (const problem of refusal.problems) problems.push(problemOf(record, 'error', problem));
  });
  return { records: taken, problems, lost };
}
