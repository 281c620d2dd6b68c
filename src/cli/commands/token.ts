import { Command, InvalidArgumentError, Option } from 'commander';
import { isScope, type Scope, scopeCatalogue, scopes } from '../../auth/scopes.ts';
import type { Environment } from '../../config.ts';
import { CommandError, print, type PrintOptions } from '../output.ts';
import { withState } from '../with-state.ts';

/** `passerelle token`: bearer tokens of the REST API. */
export function tokenCommand(environment: Environment): Command {
  const token = new Command('token').description('create, list and revoke bearer tokens of the REST API');
  token
    .command('create')
    .description('create a token and print it once')
    .argument('<label>', 'what it is for; stands in the changes that are made with it')
    .option('--org <code>', 'a token of this organization')
    .option('--operator', 'a token of the whole gateway')
    .addOption(scopeOption())
    .option('--days <number>', 'days until it expires', days)
    .option('--json', 'as JSON')
    .action(async (label: string, options: PrintOptions & Wanted) => {
      if ((options.org === undefined) === (options.operator === undefined)) {
        throw new CommandError('Say whose token it is: --org CODE, or --operator for the whole gateway.');
      }
      const made = await withState(environment, async ({ administration, apiTokens }) => {
        const organization = options.org === undefined ? null : await administration.organizations.get(options.org);
        return apiTokens.createToken({
          label,
          organizationId: organization?.id ?? null,
          scopes: options.scope,
          ...(options.days === undefined ? {} : { expiresAt: new Date(Date.now() + options.days * 86_400_000) }),
        });
      });
      print(options, made, [
        ['token', made.token],
        ['id', made.apiToken.id],
      ]);
    });
  token
    .command('list')
    .description('list the tokens; never the tokens themselves')
    .option('--org <code>', 'of this organization only')
    .option('--json', 'as JSON')
    .action(async ({ org, ...options }: PrintOptions & { org?: string }) => {
      const all = await withState(environment, async ({ administration, apiTokens }) =>
        apiTokens.listTokens(org === undefined ? undefined : (await administration.organizations.get(org)).id),
      );
      const rows = all.map((each) => [
        each.id,
        each.label,
        each.scopes.join(' '),
        day(each.expiresAt),
        day(each.lastUsedAt),
        day(each.revokedAt),
      ]);
      print(options, all, [['id', 'label', 'scopes', 'expires', 'last used', 'revoked'], ...rows]);
    });
  token
    .command('revoke')
    .description('end a token at once')
    .argument('<id>')
    .option('--json', 'as JSON')
    .action(async (id: string, options: PrintOptions) => {
      const ended = await withState(environment, ({ apiTokens }) => apiTokens.revokeToken(id));
      print(options, ended, [[`The token ${ended.label} is revoked.`]]);
    });
  return token;
}

type Wanted = { org?: string; operator?: true; scope: Scope[]; days?: number };

function scopeOption(): Option {
  const catalogue = Object.entries(scopeCatalogue).map(([scope, allows]) => `${scope}: ${allows}`);
  return new Option('--scope <scopes>', `what it may do, with commas; ${catalogue.join(' ')}`)
    .argParser(parseScopes)
    .default(scopes, 'all');
}

function parseScopes(text: string): Scope[] {
  const wanted = text.split(',').map((scope) => scope.trim());
  const unknown = wanted.find((scope) => !isScope(scope));
  if (unknown !== undefined) throw new InvalidArgumentError(`there is no scope ${unknown}.`);
  return wanted.filter(isScope);
}

function days(text: string): number {
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new InvalidArgumentError('write a number of days.');
  return Number(text);
}

function day(date: Date | null): string {
  return date?.toISOString().slice(0, 16) ?? '';
}
