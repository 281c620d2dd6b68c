import type { Command } from 'commander';
import type { Environment } from '../../config.ts';
import type { PrintOptions } from '../output.ts';
import { type StateContext, withState } from '../with-state.ts';

/** The options of all commands of runs. */
export type Common = PrintOptions & { org: string };

export function common(command: Command): Command {
  return command.option('--org <code>', 'the organization', 'demo').option('--json', 'as JSON');
}

export type OnRun = <T>(
  options: Common,
  work: (context: StateContext, organizationId: number) => Promise<T>,
) => Promise<T>;

export function createOnRun(environment: Environment): OnRun {
  return ({ org }, work) =>
    withState(environment, async (context) => {
      const { id } = await context.administration.organizations.get(org);
      return work(context, id);
    });
}
