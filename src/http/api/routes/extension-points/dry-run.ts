import type { ChosenList } from '../../../../domain/extension-points.ts';
import { GatewayError } from '../../../../domain/problem.ts';
import {
  chosenList,
  type CommandEffects,
  dryRun,
  groupsOfUnknownType,
  type ListPoint,
  pointOf,
  type StepEffect,
} from '../../../../pipeline/plugins/index.ts';
import type { ApiServices } from '../../services.ts';

/** What a list would do to the commands of a stored message. Throws GatewayError `not_found`, `conflict`, ListRefused. */
export async function tryList(
  { administration, extensionPoints, replayOf }: ApiServices,
  organizationId: number,
  point: ListPoint,
  { messageId, list }: { messageId: string; list?: ChosenList | undefined },
) {
  if (point.kind !== 'handle')
    throw new GatewayError('invalid_request', 'Only lists of handlers can be tried out.', { field: 'point' });
  const stored = await administration.journal.get(organizationId, messageId);
  const source = await extensionPoints.sourceSystem(organizationId, stored.sourceSystemId);
  const again = replayOf(stored);
  if (source === undefined || again === undefined) {
    throw new GatewayError(
      'conflict',
      'The message was refused before it was known what it wishes, so no list can be tried out on it.',
    );
  }
  const { commands } = again.translate(source);
  const types = await extensionPoints.groupTypes(source, groupsOfUnknownType(commands));
  const own = commands.filter((command) => pointOf(command, source, types.get(command.sourcedId)) === point.name);
  const effects = dryRun(extensionPoints.registry, point, list ?? chosenList(point, source), own, source);
  return {
    messageId,
    sourceSystem: stored.sourceSystem,
    otherCommands: commands.length - own.length,
    commands: effects.map(toJson),
  };
}

function toJson({ command, steps, result }: CommandEffects) {
  return {
    command: { ...command },
    steps: steps.map(stepToJson),
    ...(result === undefined ? {} : { result: { ...result } }),
  };
}

function stepToJson({ plugin, leftOut, before, after, warnings, refusal }: StepEffect) {
  return {
    plugin,
    leftOut,
    ...(before === undefined ? {} : { before: { ...before } }),
    ...(after === undefined ? {} : { after: { ...after } }),
    warnings: [...warnings],
    ...(refusal === undefined ? {} : { refusal }),
  };
}
