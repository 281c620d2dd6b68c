import { Command } from 'commander';
import type { Environment } from '../../config.ts';
import { everyPage } from '../every-page.ts';
import { CommandError, print, type PrintOptions } from '../output.ts';
import { giveStandardTypesAndRoles } from '../../app/standard/standard-set-up.ts';
import { commandEditor, withState } from '../with-state.ts';

/** `passerelle org`: the organizations. */
export function orgCommand(environment: Environment): Command {
  const org = new Command('org').description('list, create and show organizations');
  org
    .command('list')
    .description('list the organizations')
    .option('--json', 'as JSON')
    .action(async (options: PrintOptions) => {
      const all = await withState(environment, ({ administration }) =>
        everyPage((page) => administration.organizations.list(page)),
      );
      print(options, all, [['code', 'name', 'created'], ...all.map((each) => [each.code, each.name, each.createdAt])]);
    });
  org
    .command('create')
    .description('create an organization with the usual org unit types and roles')
    .argument('<code>', 'its short name, unique: letters, digits, - and _')
    .requiredOption('--name <name>', 'its full name')
    .option('--bare', 'without types and roles: you make your own by REST')
    .option('--json', 'as JSON')
    .action(async (code: string, { name, bare, ...options }: { name: string; bare?: true } & PrintOptions) => {
      const made = await withState(environment, async ({ administration }) => {
        const organization = await administration.organizations.create({ code: checkedCode(code), name });
        if (bare !== true) await giveStandardTypesAndRoles(administration, commandEditor(organization));
        return organization;
      });
      print(options, made, [
        [
          `The organization ${made.code} (${made.name}) is created. Next: passerelle source create ${made.code} sis --name NAME --standard-maps`,
        ],
      ]);
    });
  org
    .command('show')
    .description('show an organization with its source systems, types and roles')
    .argument('<code>')
    .option('--json', 'as JSON')
    .action(async (code: string, options: PrintOptions) => {
      const shown = await withState(environment, async ({ administration }) => {
        const organization = await administration.organizations.get(code);
        const { id } = organization;
        return {
          ...organization,
          sourceSystems: await everyPage((page) => administration.sourceSystems.list(id, page)),
          orgUnitTypes: await everyPage((page) => administration.orgUnitTypes.list(id, page)),
          roles: await everyPage((page) => administration.roles.list(id, page)),
        };
      });
      print(options, shown, [
        ['organization', shown.code, shown.name],
        ...shown.sourceSystems.map((each) => ['source system', each.code, each.name, `${each.preset}, ${each.state}`]),
        ...shown.orgUnitTypes.map((each) => ['org unit type', each.code, each.name, each.base]),
        ...shown.roles.map((each) => ['role', each.code, each.name, `rank ${each.rank}`]),
      ]);
    });
  return org;
}

/** Codes begin with a letter, so that they are never taken for numbers of ids. */
function checkedCode(code: string): string {
  if (/^[a-z][a-z0-9_-]{0,62}$/i.test(code)) return code;
  throw new CommandError(`"${code}" is no code: begin with a letter, then letters, digits, - and _, at most 63.`);
}
