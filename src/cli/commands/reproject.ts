import { Command } from 'commander';
import type { Environment } from '../../config.ts';
import { everyPage } from '../every-page.ts';
import { print, type PrintOptions } from '../output.ts';
import { withState } from '../with-state.ts';

/** `passerelle reproject`: computes the projected state again from what was declared. Changes nothing when all is well. */
export function reprojectCommand(environment: Environment): Command {
  return new Command('reproject')
    .description(
      'compute what the LMS sees again from what the source systems declared; changes nothing when all is well',
    )
    .argument('[orgs...]', 'codes of organizations; without one, all')
    .option('--json', 'as JSON')
    .action(async (codes: string[], options: PrintOptions) => {
      const results = await withState(environment, async ({ administration, store }) => {
        const all = await everyPage((page) => administration.organizations.list(page));
        const chosen =
          codes.length === 0 ? all : await Promise.all(codes.map((code) => administration.organizations.get(code)));
        const done = [];
        for (const { id, code } of chosen) done.push({ organization: code, ...(await store.reproject(id)) });
        return done;
      });
      const rows = results.map((each) => [
        each.organization,
        `${each.touched} rows projected`,
        `${each.changes} changes`,
      ]);
      print(options, results, rows);
    });
}
