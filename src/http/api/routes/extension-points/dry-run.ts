import type { JournaledMessage } from '../../../../domain/administration/index.ts';
import { type ChosenList, inboundPoint } from '../../../../domain/extension-points.ts';
import type { Outcome } from '../../../../domain/outcome.ts';
import { GatewayError, type Problem, toProblem } from '../../../../domain/problem.ts';
import {
  chosenList,
  type CommandEffects,
  dryRun,
  groupsOfUnknownType,
  type ListPoint,
  PluginFault,
  pointOf,
  type RecordEffects,
  type StepEffect,
  traceTranslators,
} from '../../../../pipeline/plugins/index.ts';
import type { SourceSystem } from '../../../../pipeline/ports.ts';
import type { ApiServices } from '../../services.ts';
import { requirePoint } from './views.ts';

/** What trying a list out needs. */
export type DryRunServices = Pick<ApiServices, 'administration' | 'extensionPoints' | 'replayOf' | 'meaningOf'>;

export interface Trial {
  readonly messageId: string;
  /** Absent: the list in force. */
  readonly list?: ChosenList | undefined;
}

/** What a list would do with a stored message. Throws GatewayError `not_found`, `conflict`, `invalid_request`; ListRefused. */
export async function tryList(
  services: DryRunServices,
  organizationId: number,
  name: string,
  { messageId, list }: Trial,
) {
  if (name === inboundPoint) throw untriable();
  if (!(await services.administration.variables.effective(organizationId))['tool.message-bodies']) throw withheld();
  const point = requirePoint(services.extensionPoints.registry, name);
  const stored = await services.administration.journal.get(organizationId, messageId.toLowerCase());
  if (stored.door === null) throw ownMessage();
  const source = await services.extensionPoints.sourceSystem(organizationId, stored.sourceSystemId);
  if (source === undefined) throw meaningless();
  const chosen = list ?? chosenList(point, source);
  const told = { messageId: stored.id, sourceSystem: stored.sourceSystem };
  return point.kind === 'handle'
    ? { ...told, ...(await tryHandlers(services, point, { stored, source, chosen })) }
    : { ...told, ...tryTranslators(services, point, { stored, source, chosen }) };
}

interface Tried {
  readonly stored: JournaledMessage;
  readonly source: SourceSystem;
  readonly chosen: ChosenList;
}

async function tryHandlers(
  { extensionPoints, replayOf }: DryRunServices,
  point: ListPoint,
  { stored, source, chosen }: Tried,
) {
  const again = replayOf(stored);
  if (again === undefined) throw meaningless();
  const { commands } = again.translate(source);
  const types = await extensionPoints.groupTypes(source, groupsOfUnknownType(commands));
  const own = commands.filter((command) => pointOf(command, source, types.get(command.sourcedId)) === point.name);
  const effects = dryRun(extensionPoints.registry, point, chosen, own, source, extensionPoints.always);
  // One step at fault, and nothing of the message is taken: no command has an outcome.
  const [fault] = effects.flatMap(({ steps }) => steps.flatMap((step) => step.fault ?? []));
  if (fault !== undefined) logFault(extensionPoints, stored, fault);
  const applied = fault === undefined ? effects.flatMap(({ result }) => result ?? []) : [];
  const outcomes = (await extensionPoints.tryCommands(source, applied)).values();
  return {
    otherCommands: commands.length - own.length,
    commands: effects.map((each) => toJson(each, each.result && outcomes.next().value)),
    ...(fault === undefined ? {} : { refusal: refusalFor(fault) }),
  };
}

/** Of a message that is refused, each step up to the one that refuses it is shown. */
function tryTranslators(
  { extensionPoints, meaningOf }: DryRunServices,
  point: ListPoint,
  { stored, source, chosen }: Tried,
) {
  const traced = traceTranslators(extensionPoints.registry, point, chosen, extensionPoints.lists);
  const again = meaningOf(stored, traced.lists);
  if (again === undefined) throw meaningless();
  try {
    const { commands } = again.translate(source);
    return { records: traced.records.map(recordToJson), wishes: commands.map((command) => ({ ...command })) };
  } catch (error) {
    if (error instanceof PluginFault) logFault(extensionPoints, stored, error);
    else if (!(error instanceof GatewayError)) throw error;
    const refusal = error instanceof PluginFault ? refusalFor(error) : toProblem(error);
    return { records: traced.records.map(recordToJson), wishes: [], refusal };
  }
}

/** What the message would be refused with: as the journal says it, and what the plug-in did. */
function refusalFor({ culprit, deed }: PluginFault): Problem {
  return { code: 'internal_error', message: `The message would be refused, and nothing written: ${culprit} ${deed}.` };
}

/** What a plug-in threw may hold what is not for administrators: the log has it. */
function logFault({ log }: DryRunServices['extensionPoints'], { id }: JournaledMessage, fault: PluginFault): void {
  log.warn({ messageId: id, err: fault }, 'a plug-in was at fault in a dry run');
}

function recordToJson({ sourcedId, at, given, steps }: RecordEffects) {
  return {
    sourcedId,
    at,
    given: { ...given },
    steps: steps.map(({ changes, warnings, fault, ...step }) => ({
      ...step,
      changes: [...changes],
      warnings: [...warnings],
      ...(fault === undefined ? {} : { fault: fault.deed }),
    })),
  };
}

function untriable(): GatewayError {
  return new GatewayError(
    'invalid_request',
    `A list of ${inboundPoint} cannot be tried out: the journal keeps messages without their credentials.`,
    { field: 'point' },
  );
}

/** What a list does shows what the message says. */
function withheld(): GatewayError {
  return new GatewayError('forbidden', 'The organization has switched the variable tool.message-bodies off.');
}

function ownMessage(): GatewayError {
  return new GatewayError('conflict', 'The gateway sent this message itself: lists are about what came in.');
}

function meaningless(): GatewayError {
  return new GatewayError(
    'conflict',
    'The message was refused before it was known what it wishes, so no list can be tried out on it.',
  );
}

function toJson({ command, steps, result }: CommandEffects, outcome: Outcome | undefined) {
  return {
    command: { ...command },
    steps: steps.map(stepToJson),
    ...(result === undefined ? {} : { result: { ...result } }),
    ...(outcome === undefined ? {} : { outcome: { status: outcome.status, problems: [...outcome.problems] } }),
  };
}

function stepToJson({ plugin, leftOut, before, after, warnings, refusal, fault }: StepEffect) {
  return {
    plugin,
    leftOut,
    ...(before === undefined ? {} : { before: { ...before } }),
    ...(after === undefined ? {} : { after: { ...after } }),
    warnings: [...warnings],
    ...(refusal === undefined ? {} : { refusal }),
    ...(fault === undefined ? {} : { fault: fault.deed }),
  };
}
