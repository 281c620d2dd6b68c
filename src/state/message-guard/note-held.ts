import type { ListCommand, ReadCommand } from '../../domain/command.ts';
import type { Outcome } from '../../domain/outcome.ts';
import type { Reading } from '../lane.ts';
import { readHeld, readHeldOfKind } from './held-items.ts';
import { listedWhileHeld, readWhileHeld } from './words.ts';

/** What is held of messages of a source system is in this run; null = nothing is. */
interface Held {
  readonly id: number;
  readonly holding: { readonly run: string | null };
}

/**
 * Says beside records that are read that something else was said of them last, which is held: a SIS that compares would take them for
 * what it sent. Of what is unknown nothing is held.
 */
export async function noteHeldReads(
  reading: Reading,
  { id, holding: { run } }: Held,
  commands: readonly ReadCommand[],
  outcomes: readonly Outcome[],
): Promise<readonly Outcome[]> {
  if (run === null || commands.length === 0) return outcomes;
  const { of } = await readHeld(reading, id, run, commands, 'held');
  return outcomes.map((outcome, at) => {
    const items = of.get(at);
    const command = commands[at];
    if (items === undefined || command === undefined || outcome.status !== 'read') return outcome;
    return { ...outcome, problems: [...outcome.problems, readWhileHeld(command, items, run)] };
  });
}

/** The same of a list, in one warning. */
export async function noteHeldList(
  reading: Reading,
  { holding: { run } }: Held,
  { kind }: ListCommand,
  outcome: Outcome,
): Promise<Outcome> {
  if (run === null || outcome.found === undefined) return outcome;
  const found = new Set(outcome.found.sourcedIds);
  const held = (await readHeldOfKind(reading, run, kind)).filter((sourcedId) => found.has(sourcedId));
  if (held.length === 0) return outcome;
  return { ...outcome, problems: [...outcome.problems, listedWhileHeld(kind, held, run)] };
}

/** The run that holds what messages of a source system wished, as it stands now. */
export async function readHoldingRun(
  { client, organizationId }: Reading,
  sourceSystemId: number,
): Promise<string | null> {
  const { rows } = await client.query<{ holding_run: string | null }>({
    name: 'message_holding_run',
    text: 'select holding_run from source_system where organization_id = $1 and id = $2',
    values: [organizationId, sourceSystemId],
  });
  return rows[0]?.holding_run ?? null;
}
