import { Command, Option } from 'commander';
import type { ShownCredential } from '../../auth/credentials.ts';
import type { Environment } from '../../config.ts';
import { secretKinds, type SecretKind } from '../../domain/access.ts';
import { print, type PrintOptions } from '../output.ts';
import { type StateContext, withState } from '../with-state.ts';

/** `passerelle source credential`: what a source system authenticates with. Secrets are shown once, when they are made. */
export function credentialCommand(environment: Environment): Command {
  return new Command('credential')
    .description('list, create, rotate and revoke credentials')
    .addCommand(listCommand(environment))
    .addCommand(createCommand(environment))
    .addCommand(rotateCommand(environment))
    .addCommand(revokeCommand(environment));
}

function listCommand(environment: Environment): Command {
  return new Command('list')
    .description('list the credentials of a source system; never their secrets')
    .argument('<org>')
    .argument('<source>')
    .option('--json', 'as JSON')
    .action(async (org: string, source: string, options: PrintOptions) => {
      const all = await withState(environment, async (context) => {
        const ids = await idsOf(context, org, source);
        return context.credentials.listCredentials(ids.organizationId, ids.sourceSystemId);
      });
      const rows = all.map((each) => [
        each.id,
        each.userName,
        each.kind,
        day(each.createdAt),
        day(each.lastUsedAt),
        day(each.revokedAt),
      ]);
      print(options, all, [['id', 'user name', 'kept', 'created', 'last used', 'revoked'], ...rows]);
    });
}

function createCommand(environment: Environment): Command {
  return new Command('create')
    .description('create a user name for a source system and print its secret once')
    .argument('<org>')
    .argument('<source>')
    .requiredOption('--user <name>', 'the user name, unique in the whole gateway')
    .addOption(kindOption().default('hashed'))
    .option('--json', 'as JSON')
    .action(async (org: string, source: string, options: PrintOptions & { user: string; kind: SecretKind }) => {
      const made = await withState(environment, async (context) => {
        const ids = await idsOf(context, org, source);
        return context.credentials.createCredential({ ...ids, userName: options.user, kind: options.kind });
      });
      printSecret(options, made);
    });
}

function rotateCommand(environment: Environment): Command {
  return new Command('rotate')
    .description('give a credential a new secret, printed once; the old one ends after the overlap')
    .argument('<org>')
    .argument('<id>', 'the id of the credential')
    .addOption(kindOption())
    .option('--overlap-hours <hours>', 'how long the old secret stays valid', Number, 24)
    .option('--json', 'as JSON')
    .action(async (org: string, id: string, options: PrintOptions & { kind?: SecretKind; overlapHours: number }) => {
      const made = await withState(environment, async (context) => {
        const organization = await context.administration.organizations.get(org);
        return context.credentials.rotateCredential({
          organizationId: organization.id,
          credentialId: id,
          overlapMs: options.overlapHours * 3_600_000,
          ...(options.kind === undefined ? {} : { kind: options.kind }),
        });
      });
      printSecret(options, made);
    });
}

function revokeCommand(environment: Environment): Command {
  return new Command('revoke')
    .description('end a credential at once')
    .argument('<org>')
    .argument('<id>')
    .option('--json', 'as JSON')
    .action(async (org: string, id: string, options: PrintOptions) => {
      const ended = await withState(environment, async ({ administration, credentials }) => {
        const organization = await administration.organizations.get(org);
        return credentials.revokeCredential(organization.id, id);
      });
      print(options, ended, [[`The credential of ${ended.userName} is revoked.`]]);
    });
}

function printSecret(options: PrintOptions, made: ShownCredential): void {
  print(options, made, [
    ['user name', made.credential.userName],
    ['secret', made.secret],
    ['id', made.credential.id],
  ]);
}

function kindOption(): Option {
  return new Option('--kind <kind>', 'sealed can be read by the gateway: WS-Security digests need it').choices(
    secretKinds,
  );
}

async function idsOf({ administration }: StateContext, org: string, source: string) {
  const organization = await administration.organizations.get(org);
  const system = await administration.sourceSystems.get(organization.id, source);
  return { organizationId: organization.id, sourceSystemId: system.id };
}

function day(date: Date | null): string {
  return date?.toISOString().slice(0, 16) ?? '';
}
