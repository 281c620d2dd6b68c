import type { WriteCommand } from '../../domain/command.ts';
import type { LaneSource } from '../lane.ts';

/**
 * What is judged and applied one after another, since rights are judged by what is there: what refers after what it refers to,
 * deletes after what is stated (it may have left them), memberships last. Persons change nothing that rights look at.
 */
const phases = ['group', 'template', 'offering', 'section', 'association', 'delete', 'membership'] as const;

/**
 * The commands of a batch, in which no key comes twice, in parts. Where no right is withheld, all of them are one part.
 */
export function judgedTogether<Step extends { readonly command: WriteCommand }>(
  { options }: LaneSource,
  steps: readonly Step[],
): (readonly Step[])[] {
  if (options.withheldRights.length === 0) return [steps];
  const parts = Object.groupBy(steps, ({ command }) => phaseOf(command));
  return phases.map((phase) => parts[phase] ?? []).filter((part) => part.length > 0);
}

function phaseOf({ kind, verb }: WriteCommand): (typeof phases)[number] {
  if (kind === 'membership') return 'membership';
  if (verb === 'delete') return 'delete';
  return kind === 'person' ? 'group' : kind;
}
