import { basename } from 'node:path/posix';
import { Command, Option } from 'commander';
import { createFetchAdministration } from '../../app/fetches.ts';
import type { Environment } from '../../config.ts';
import { type EndpointSecretName, endpointSecretNames } from '../../domain/administration/index.ts';
import type { ScheduledFetch } from '../../domain/file-fetch.ts';
import { GatewayError } from '../../domain/problem.ts';
import type { SourceKey } from '../../domain/sftp.ts';
import { fetchView, readFetchWish } from '../../http/api/routes/fetches.ts';
import { defined, pemOf, secretsOf } from '../given-secrets.ts';
import { CommandError, print, type PrintOptions } from '../output.ts';
import { type StateContext, withState } from '../with-state.ts';

/** `passerelle fetch`: addresses that are fetched on schedule. Secrets are never shown. */
export function fetchCommand(environment: Environment): Command {
  return new Command('fetch')
    .description(
      'list, set, remove addresses from which files of a source system are fetched on schedule; fetch one now',
    )
    .addCommand(listCommand(environment))
    .addCommand(showCommand(environment))
    .addCommand(setCommand(environment))
    .addCommand(nowCommand(environment))
    .addCommand(removeCommand(environment));
}

type Fetches = ReturnType<typeof createFetchAdministration>;
type Work<T> = (fetches: Fetches, key: SourceKey, context: StateContext) => Promise<T>;

function withFetches<T>(environment: Environment, org: string, source: string, work: Work<T>): Promise<T> {
  return withState(environment, async (context) => {
    const { id: organizationId } = await context.administration.organizations.get(org);
    const { id: sourceSystemId } = await context.administration.sourceSystems.get(organizationId, source);
    const fetches = createFetchAdministration(context.database.pool, context.sealer);
    return work(fetches, { organizationId, sourceSystemId }, context);
  });
}

function listCommand(environment: Environment): Command {
  return new Command('list')
    .description('list the addresses, and what came of each last')
    .argument('<org>')
    .argument('<source>')
    .option('--json', 'as JSON')
    .action(async (org: string, source: string, options: PrintOptions) => {
      const all = await withFetches(environment, org, source, (fetches, key) => fetches.list(key));
      const heads = ['name', 'address', 'schedule', 'next', 'last', ''];
      print(options, all.map(fetchView), [heads, ...all.map(row)]);
    });
}

function row({ name, address, schedule, timeZone, enabled, nextAt, last }: ScheduledFetch): string[] {
  const next = enabled ? (nextAt?.toISOString() ?? 'never') : 'off';
  return [name, address, `${schedule} ${timeZone}`, next, last?.result ?? '', last?.problem?.message ?? ''];
}

function showCommand(environment: Environment): Command {
  return named(new Command('show').description('show an address; never its secrets')).action(
    async (org: string, source: string, name: string, options: PrintOptions) => {
      const found = await withFetches(environment, org, source, (fetches, key) => required(fetches, key, name));
      print(options, fetchView(found), rowsOf(found));
    },
  );
}

function rowsOf(fetch: ScheduledFetch): string[][] {
  const { name, address, fileName, schedule, timeZone, enabled, authentication, hostKey, secretNames, last } = fetch;
  return [
    ['fetch', name],
    ['address', address],
    ['file', fileName],
    ['schedule', schedule, timeZone],
    ['next', enabled ? (fetch.nextAt?.toISOString() ?? 'never: the schedule has no date left') : 'off'],
    ['authentication', authentication],
    ...(hostKey === undefined ? [] : [['host key', hostKey]]),
    ['secrets set', secretNames.join(', ')],
    last === null ? ['last', 'not fetched yet'] : ['last', last.result, last.at],
    ...(last?.uploadId === undefined ? [] : [['upload', last.uploadId]]),
    ...(last?.problem === undefined ? [] : [['problem', last.problem.code, last.problem.message]]),
  ];
}

type SetOptions = PrintOptions & {
  address?: string;
  file?: string;
  schedule?: string;
  timeZone?: string;
  auth?: string;
  hostKey?: string;
  user?: string;
  certificate?: string;
  privateKey?: string;
  authorities?: string;
  serverName?: string;
  minTls?: string;
  forget: EndpointSecretName[];
  on?: true;
  off?: true;
};

function setCommand(environment: Environment): Command {
  return named(
    new Command('set').description(
      'set an address that is fetched; what is not named stays as it is, or has its default',
    ),
  )
    .option('--address <url>', 'an https or sftp address, without user and password')
    .option('--file <name>', 'what the file is called here; the last part of the address unless it is named')
    .option('--schedule <cron>', 'minute, hour, day of the month, month, day of the week: "30 2 * * *"')
    .option('--time-zone <name>', 'of the schedule, such as America/Toronto')
    .option('--auth <name>', 'https: none, http-basic, tls-client-certificate; sftp: password, public-key')
    .option(
      '--host-key <fingerprint>',
      'of an sftp address, SHA256:..., as "ssh-keyscan HOST | ssh-keygen -lf -" shows it',
    )
    .option('--user <name>', 'the user name to sign in with; its password is read from PASSERELLE_ENDPOINT_PASSWORD')
    .option('--certificate <file>', 'the PEM file of the certificate to show')
    .option('--private-key <file>', 'the file of the private key, without a passphrase')
    .option(
      '--authorities <file>',
      'the PEM file of the authorities that its certificate may come from; "" = the system\'s',
    )
    .option('--server-name <name>', 'the name that its certificate must carry; "" = that of the address')
    .addOption(new Option('--min-tls <version>').choices(['TLSv1.2', 'TLSv1.3']))
    .addOption(
      new Option('--forget <secrets...>', 'forget these secrets').choices(endpointSecretNames).default([], 'none'),
    )
    .option('--off', 'fetch it no more on schedule until --on')
    .option('--on')
    .action(async (org: string, source: string, name: string, options: SetOptions) => {
      if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name))
        throw new CommandError('The name of a fetch has up to 64 letters, digits or . _ -');
      const set = await withFetches(environment, org, source, async (fetches, key) => {
        const before = await fetches.find(key, name);
        const wish = readFetchWish({
          ...settingsOf(before),
          ...(await changesOf(options, before)),
          secrets: await secretsOf(options, environment),
        });
        // A change that somebody else made since this one was read is not overwritten.
        await fetches.put(key, name, wish, { actor: 'command line', expected: before?.version ?? 0 });
        return required(fetches, key, name);
      });
      print(options, fetchView(set), [
        [`The fetch ${name} is set. Next: passerelle fetch now ${org} ${source} ${name}`],
      ]);
    });
}

function settingsOf(before: ScheduledFetch | undefined): object {
  if (before === undefined) return {};
  const { address, fileName, schedule, timeZone, enabled, authentication, hostKey, tls } = before;
  return defined({ address, fileName, schedule, timeZone, enabled, authentication, hostKey, tls });
}

async function changesOf(options: SetOptions, before: ScheduledFetch | undefined): Promise<object> {
  const { address, file, schedule, timeZone, auth, hostKey, authorities, serverName, minTls, on, off } = options;
  const pathname = address === undefined ? undefined : URL.parse(address)?.pathname;
  const fileName = file ?? (before === undefined && pathname !== undefined ? basename(pathname) : undefined);
  const tls = {
    ...before?.tls,
    ...defined({ authorities: await pemOf(authorities), serverName, minVersion: minTls }),
  };
  return {
    ...defined({ address, fileName, schedule, timeZone, authentication: auth, hostKey }),
    ...defined({ enabled: off === true ? false : on }),
    tls: Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== '')),
  };
}

function nowCommand(environment: Environment): Command {
  return named(new Command('now').description('have an address fetched now, by the gateway that runs')).action(
    async (org: string, source: string, name: string, options: PrintOptions) => {
      await withFetches(environment, org, source, (fetches, key) => fetches.hurry(key, name));
      print(options, { hurried: name }, [
        [`It is fetched within seconds, if the gateway runs: passerelle fetch show ${org} ${source} ${name}`],
      ]);
    },
  );
}

function removeCommand(environment: Environment): Command {
  return named(new Command('remove').description('remove an address with its secrets; what was fetched stays')).action(
    async (org: string, source: string, name: string, options: PrintOptions) => {
      await withFetches(environment, org, source, (fetches, key) => fetches.remove(key, name));
      print(options, { removed: name }, [[`The fetch ${name} of ${source} is removed.`]]);
    },
  );
}

function named(command: Command): Command {
  return command.argument('<org>').argument('<source>').argument('<name>', 'of the fetch').option('--json', 'as JSON');
}

async function required(fetches: Fetches, key: SourceKey, name: string): Promise<ScheduledFetch> {
  const found = await fetches.find(key, name);
  if (found === undefined) throw new GatewayError('not_found', `There is no fetch ${name.slice(0, 64)}.`);
  return found;
}
