import type pg from 'pg';
import type { Command } from '../domain/command.ts';
import { uuidv7 } from '../domain/ids.ts';
import type { Outcome } from '../domain/outcome.ts';
import { applySteps } from './apply.ts';
import { awaitDeferred, enterLane } from './lane.ts';
import { withClient } from './with-client.ts';

/**
 * What would become of commands of a source system now, in their order: they are applied as a message's are, and undone. The
 * outcomes have no LMS ids: those that were allocated will never be.
 */
export function tryCommands(
  pool: pg.Pool,
  source: { readonly organizationId: number; readonly id: number },
  commands: readonly Command[],
): Promise<readonly Outcome[]> {
  return withClient(pool, async (client) => {
    const messageId = uuidv7();
    const outcomes = new Map<number, Outcome>();
    const lane = await enterLane(client, source.organizationId, { reason: 'message', messageId });
    await applySteps(
      lane,
      commands.map((command, index) => ({
        command,
        messageId,
        sourceSystemId: source.id,
        guarded: true,
        answer: ({ lmsId: _lmsId, record: _record, ...outcome }) => outcomes.set(index, outcome),
      })),
    );
    await awaitDeferred(lane);
    await client.query('rollback');
    return commands.map((_, index) => outcomes.get(index)).filter((outcome) => outcome !== undefined);
  });
}
