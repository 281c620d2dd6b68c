import type { RecordCommand, RenameCommand, WriteCommand } from '../../domain/command.ts';
import { readObstructed } from '../declare/org-units.ts';
import type { Lane, LaneSource } from '../lane.ts';
import { readTaken } from '../rename/rename.ts';
import { withinRights } from '../rights/within-rights.ts';
import { compareRecords } from '../runs/plan/compare.ts';
import type { Findings, PlanRecord } from '../runs/plan/planning.ts';

/**
 * Those of commands of which nothing becomes, as things stand: who is told that nothing was written has said nothing. All are records, or
 * all are renames.
 *
 * @param messageId that of one of them: nothing is written
 */
export async function readRefused(
  lane: Lane,
  source: LaneSource,
  commands: readonly WriteCommand[],
  messageId: string,
): Promise<ReadonlySet<WriteCommand>> {
  const [first] = commands;
  if (first === undefined) return new Set();
  return first.verb === 'rename'
    ? refusedRenames(lane, source, commands as readonly RenameCommand[])
    : refusedRecords(lane, source, commands as readonly RecordCommand[], messageId);
}

async function refusedRecords(
  lane: Lane,
  source: LaneSource,
  commands: readonly RecordCommand[],
  messageId: string,
): Promise<ReadonlySet<WriteCommand>> {
  const findings: Findings = { items: [], problems: [], refused: new Set<PlanRecord>(), count: () => undefined };
  const records = commands.map((command) => ({ command }));
  await compareRecords(lane, source, messageId, records, findings);
  const refused = new Set<WriteCommand>([...findings.refused].map(({ command }) => command));
  const units = commands.filter(({ entity }) => entity === 'org_unit' || entity === 'association');
  for (const command of await readObstructed(lane, source, units)) refused.add(command);
  return refused;
}

async function refusedRenames(
  lane: Lane,
  source: LaneSource,
  commands: readonly RenameCommand[],
): Promise<ReadonlySet<WriteCommand>> {
  const refused = new Set<WriteCommand>(await readTaken(lane, source, commands));
  await withinRights(
    lane,
    source,
    commands.map((command) => ({ command, answer: () => void refused.add(command) })),
  );
  return refused;
}
