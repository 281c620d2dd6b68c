import type { WriteCommand } from '../../domain/command.ts';
import type { Outcome } from '../../domain/outcome.ts';
import type { Right } from '../../domain/rights.ts';
import type { Lane, LaneSource } from '../lane.ts';
import { neverWished } from '../declare/wishes.ts';
import { neededRights, takesAlong } from './judge-rights.ts';
import { readOutOfReach } from './read-taken-along.ts';
import { readTargets } from './read-targets.ts';
import type { Target } from './target.ts';

interface Asked {
  readonly command: WriteCommand;
  answer(outcome: Outcome): void;
}

/**
 * Leaves out the commands that need a right which is withheld from the source system, and answers them. A source system
 * with all rights, as they are by default, is not looked at.
 */
export async function withinRights<Step extends Asked>(
  lane: Lane,
  source: LaneSource,
  steps: readonly Step[],
  now: Date = new Date(),
): Promise<readonly Step[]> {
  const withheld: ReadonlySet<Right> = new Set(source.options.withheldRights);
  if (withheld.size === 0) return steps;
  const targets = await readTargets(
    lane,
    source.id,
    steps.map(({ command }) => command),
  );
  const allowed = steps.flatMap((step, index) => {
    const target = targets[index];
    if (target === undefined) throw new Error(`nothing was read of command ${String(index)}`);
    const right = neededRights(step.command, target, source.options, now).find((each) => withheld.has(each));
    if (right === undefined) return [{ step, isThere: target.declared !== undefined }];
    step.answer(refused(step.command, right, isForAnyType(step.command, right, target) ? mapTheType : ''));
    return [];
  });
  return withinReach(lane, source, allowed, withheld, now);
}

interface Allowed<Step> {
  readonly step: Step;
  readonly isThere: boolean;
}

/** Leaves out the deletes that would take along what the source system may not reach. */
async function withinReach<Step extends Asked>(
  lane: Lane,
  source: LaneSource,
  allowed: readonly Allowed<Step>[],
  withheld: ReadonlySet<Right>,
  now: Date,
): Promise<readonly Step[]> {
  const steps = allowed.map(({ step }) => step);
  if (![...withheld].some((right) => right.startsWith('reach.'))) return steps;
  const deletes = allowed.filter(
    ({ step: { command }, isThere }) =>
      isThere && command.entity !== 'enrollment' && takesAlong(command, source.options) && !isLeft(command),
  );
  const commands = deletes.map(({ step }) => step.command);
  const taken = await readOutOfReach(lane, source, commands, withheld, now);
  const beyond = new Map(deletes.map(({ step }, index) => [step, taken[index]]));
  return steps.filter((step) => {
    const first = beyond.get(step);
    if (first !== undefined)
      step.answer(refused(step.command, first.right, `, since it takes the ${first.kind} "${first.sourcedId}" along`));
    return first === undefined;
  });
}

const isLeft = (command: WriteCommand): boolean => neverWished(command, true) !== undefined;

const mapTheType = ', since its type is not mapped and may turn out to be any: map the type, then send it again';

function refused({ entity, kind, verb, sourcedId, at }: WriteCommand, right: Right, why: string): Outcome {
  const message = `The source system lacks the right ${right}, which this ${verb} of the ${kind} "${sourcedId}" needs${why}; nothing of it was written.`;
  return {
    entity,
    kind,
    verb,
    sourcedId,
    status: 'rejected',
    problems: [{ code: 'unauthorized_request', message, ...(at === undefined ? {} : { at }) }],
  };
}

/** Is the right needed only because nobody knows yet what the org unit will behave like? */
function isForAnyType({ entity, verb }: WriteCommand, right: Right, { stated, base }: Target): boolean {
  const isOrgUnit = entity === 'org_unit' || entity === 'association';
  if (!isOrgUnit || verb === 'delete' || stated !== undefined) return false;
  return right.endsWith('.create') || (base === undefined && !right.startsWith('reach.'));
}
