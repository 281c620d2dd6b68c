import type { WriteCommand } from '../../domain/command.ts';
import type { Outcome } from '../../domain/outcome.ts';
import type { Right } from '../../domain/rights.ts';
import type { Lane, LaneSource } from '../lane.ts';
import { neededRights } from './judge-rights.ts';
import { readBeyond } from './read-carried.ts';
import type { Beyond } from './read-carried.ts';
import { readTargets } from './read-targets.ts';
import type { Target } from './target.ts';

interface Asked {
  readonly command: WriteCommand;
  answer(outcome: Outcome): void;
}

/**
 * Leaves out the commands that need a right which is withheld from the source system, for what they do to their own row or
 * carry to others, and answers them. A source system with all rights, as they are by default, is not looked at.
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
    source,
    steps.map(({ command }) => command),
  );
  const allowed = steps.flatMap((step, index) => {
    const target = targets[index];
    if (target === undefined) throw new Error(`nothing was read of command ${String(index)}`);
    const { command } = step;
    const right = neededRights(command, target, source.options, now).find((each) => withheld.has(each));
    if (right === undefined) return [{ step, command, target }];
    step.answer(refused(command, right, isForAnyType(command, right, target) ? mapTheType : ''));
    return [];
  });
  const beyond = await readBeyond(lane, source, allowed, withheld, now);
  return allowed.flatMap(({ step, command }, index) => {
    const first = beyond[index];
    if (first === undefined) return [step];
    step.answer(refused(command, first.right, because(first, command)));
    return [];
  });
}

function because({ kind, sourcedId, isAlong }: Beyond, own: WriteCommand): string {
  if (kind === own.kind && sourcedId === own.sourcedId) return ', since it would leave the LMS by that';
  const other = `the ${kind} "${sourcedId}"`;
  return isAlong ? `, since it takes ${other} along` : `, since it changes ${other} as well`;
}

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
