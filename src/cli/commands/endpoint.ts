import { Argument, Command, Option } from 'commander';
import type { Environment } from '../../config.ts';
import {
  type EndpointSecretName,
  endpointSecretNames,
  type EndpointView,
  type EndpointWish,
} from '../../domain/administration/index.ts';
import { endpointTypes, type EndpointType } from '../../domain/endpoint.ts';
import { readEndpointWish } from '../../http/api/routes/endpoints.ts';
import { type EndpointContext, withEndpoints } from '../with-endpoints.ts';
import { defined, pemOf, secretsOf } from '../given-secrets.ts';
import { print, type PrintOptions } from '../output.ts';
import { commandEditor, withState } from '../with-state.ts';

/** `passerelle endpoint`: the addresses of source systems that the gateway calls. Secrets are never shown. */
export function endpointCommand(environment: Environment): Command {
  return new Command('endpoint')
    .description('list, set, remove and test the endpoints of a source system, which the gateway calls')
    .addCommand(listCommand(environment))
    .addCommand(setCommand(environment))
    .addCommand(removeCommand(environment))
    .addCommand(testCommand(environment));
}

function listCommand(environment: Environment): Command {
  return new Command('list')
    .description('list the endpoints of a source system; never their secrets')
    .argument('<org>')
    .argument('<source>')
    .option('--json', 'as JSON')
    .action(async (org: string, source: string, options: PrintOptions) => {
      const all = await withState(environment, async ({ administration }) => {
        const { id } = await administration.organizations.get(org);
        return administration.endpoints.list(id, source);
      });
      const rows = all.map((each) => [
        each.type,
        each.address,
        each.authentication,
        each.secrets.join(', '),
        each.certificate?.notAfter.slice(0, 10) ?? '',
      ]);
      print(options, all, [['type', 'address', 'authentication', 'secrets set', 'certificate ends'], ...rows]);
    });
}

type SetOptions = PrintOptions & {
  address?: string;
  auth?: string;
  user?: string;
  certificate?: string;
  privateKey?: string;
  authorities?: string;
  serverName?: string;
  minTls?: string;
  soap?: string;
  connectTimeoutMs?: number;
  timeoutMs?: number;
  attempts?: number;
  forget: EndpointSecretName[];
};

function setCommand(environment: Environment): Command {
  return endpointArguments(
    new Command('set').description('set an endpoint; what is not named stays as it is, or has its default'),
  )
    .option('--address <url>', 'an http or https address')
    .option('--auth <name>', 'an outbound authenticator, such as wss-password-digest')
    .option('--user <name>', 'the user name to sign in with; its password is read from PASSERELLE_ENDPOINT_PASSWORD')
    .option('--certificate <file>', 'the PEM file of the certificate to sign with, or to show')
    .option('--private-key <file>', 'the PEM file of its private key, without a passphrase')
    .option(
      '--authorities <file>',
      'the PEM file of the authorities that the endpoint\'s certificate may come from; "" = the system\'s',
    )
    .option('--server-name <name>', 'the name that its certificate must carry; "" = that of the address')
    .addOption(new Option('--min-tls <version>').choices(['TLSv1.2', 'TLSv1.3']))
    .addOption(new Option('--soap <version>').choices(['1.1', '1.2']))
    .option('--connect-timeout-ms <number>', 'until a connection stands', Number)
    .option('--timeout-ms <number>', 'from the request to the last byte of the answer', Number)
    .option('--attempts <number>', 'how often a call is made at most', Number)
    .addOption(
      new Option('--forget <secrets...>', 'forget these secrets').choices(endpointSecretNames).default([], 'none'),
    )
    .option('--json', 'as JSON')
    .action(async (org: string, source: string, type: EndpointType, options: SetOptions) => {
      const set = await withEndpoints(environment, async (context) => {
        const organization = await context.administration.organizations.get(org);
        const before = await findEndpoint(context, organization.id, source, type);
        const wish = readEndpointWish({
          ...settingsOf(before),
          ...(await changesOf(options, before)),
          secrets: await secretsOf(options, environment),
        });
        return context.endpoints.put(commandEditor(organization), source, type, wish, versionOf(before));
      });
      print(options, set, [[`The endpoint ${type} is set. Next: passerelle endpoint test ${org} ${source} ${type}`]]);
    });
}

function removeCommand(environment: Environment): Command {
  return endpointArguments(new Command('remove').description('remove an endpoint with its secrets'))
    .option('--json', 'as JSON')
    .action(async (org: string, source: string, type: EndpointType, options: PrintOptions) => {
      await withState(environment, async ({ administration }) => {
        const organization = await administration.organizations.get(org);
        await administration.endpoints.remove(commandEditor(organization), source, type, {});
      });
      print(options, { removed: type }, [[`The endpoint ${type} of ${source} is removed.`]]);
    });
}

function testCommand(environment: Environment): Command {
  return endpointArguments(new Command('test').description('test the connection and say what is wrong with it'))
    .option('--json', 'as JSON')
    .action(async (org: string, source: string, type: EndpointType, options: PrintOptions) => {
      const tested = await withEndpoints(environment, async ({ administration, endpoints }) => {
        const editor = commandEditor(await administration.organizations.get(org));
        return endpoints.testEndpoint({ ...editor, sourceSystem: source, type });
      });
      const steps = tested.steps.map(({ step, ok, detail }) => [ok ? 'ok' : 'FAILED', step, detail]);
      const { problem } = tested;
      print(options, tested, problem === undefined ? steps : [...steps, ['', problem.code, problem.message]]);
      if (problem !== undefined) process.exitCode = 1;
    });
}

function endpointArguments(command: Command): Command {
  return command
    .argument('<org>')
    .argument('<source>')
    .addArgument(new Argument('<type>', 'what it is called for').choices(endpointTypes));
}

async function findEndpoint(
  { administration }: EndpointContext,
  organizationId: number,
  source: string,
  type: EndpointType,
): Promise<EndpointView | undefined> {
  const all = await administration.endpoints.list(organizationId, source);
  return all.find((each) => each.type === type);
}

/** A change that somebody else made since this one was read is not overwritten. */
function versionOf(before: EndpointView | undefined): { version: number } {
  return { version: before?.version ?? 0 };
}

function settingsOf(before: EndpointView | undefined): Partial<EndpointWish> {
  if (before === undefined) return {};
  const { address, authentication, soapVersion, connectTimeoutMs, timeoutMs, attempts, tls } = before;
  return { address, authentication, soapVersion, connectTimeoutMs, timeoutMs, attempts, tls };
}

async function changesOf(options: SetOptions, before: EndpointView | undefined): Promise<object> {
  const { address, auth, soap, connectTimeoutMs, timeoutMs, attempts } = options;
  const { authorities, serverName, minTls } = options;
  const named = {
    address,
    authentication: auth,
    soapVersion: soap,
    connectTimeoutMs,
    timeoutMs,
    attempts,
  };
  const tls = {
    ...before?.tls,
    ...defined({ authorities: await pemOf(authorities), serverName, minVersion: minTls }),
  };
  return { ...defined(named), tls: Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== '')) };
}
