import { Command } from 'commander';
import type { Environment } from '../../config.ts';
import { print } from '../output.ts';
import { withLists } from '../with-lists.ts';
import { commandEditor } from '../with-state.ts';
import { type Common, common } from './common.ts';
import { summaryOf } from './summary.ts';
import { watchRun } from './watch-run.ts';

/** `passerelle run rollback ID`: a run that declares what another one changed as it was before. */
export function rollbackCommand(environment: Environment): Command {
  return common(
    new Command('rollback')
      .description('take a run back: what it changed is declared as it was before, but for what others changed since')
      .argument('<id>'),
  )
    .option('--dry-run', 'only plan it')
    .option('--only <sourcedIds>', 'only what has these sourcedIds, with commas between')
    .option('--force', 'apply what guards would hold')
    .action(async (id: string, options: Common & { dryRun?: true; only?: string; force?: true }) => {
      const shown = await withLists(environment, async (context) => {
        const organization = await context.administration.organizations.get(options.org);
        const run = await context.administration.runs.rollback(commandEditor(organization), id, {
          mode: options.dryRun === true ? 'plan' : 'apply',
          ...(options.only === undefined ? {} : { only: options.only.split(',') }),
          ...(options.force === undefined ? {} : { force: true }),
        });
        return watchRun(context, organization.id, run.id, options);
      });
      print(options, shown, summaryOf(shown, options.org));
      if (shown.state === 'failed') process.exitCode = 1;
    });
}
