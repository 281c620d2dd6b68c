import { Command, Option } from 'commander';
import type { Environment } from '../../config.ts';
import type { ShownCredential } from '../../auth/credentials.ts';
import { type CertificatePin, certificatePins, secretKinds, type SecretKind } from '../../domain/access.ts';
import { print, type PrintOptions } from '../output.ts';
import { readNamedFile } from '../read-named.ts';
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
        day(each.certificate?.notAfter ?? each.validUntil),
        day(each.revokedAt),
      ]);
      print(options, all, [['id', 'user name', 'kind', 'created', 'last used', 'ends', 'revoked'], ...rows]);
    });
}

function createCommand(environment: Environment): Command {
  return new Command('create')
    .description('create a user name for a source system and print its secret once')
    .argument('<org>')
    .argument('<source>')
    .requiredOption('--user <name>', 'the user name, unique in the whole gateway')
    .addOption(kindOption().default('hashed'))
    .addOption(certificateOption())
    .addOption(pinOption())
    .addOption(proofOption())
    .addOption(publicKeyOption())
    .option('--json', 'as JSON')
    .action(async (org: string, source: string, options: MakeOptions & { user: string; kind: SecretKind }) => {
      const material = await materialOf(options);
      const made = await withState(environment, async (context) => {
        const ids = await idsOf(context, org, source);
        return context.credentials.createCredential({
          ...ids,
          userName: options.user,
          kind: options.kind,
          ...material,
        });
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
    .addOption(certificateOption())
    .addOption(pinOption())
    .addOption(proofOption())
    .addOption(publicKeyOption())
    .option('--overlap-hours <hours>', 'how long the old secret stays valid', Number, 24)
    .option('--json', 'as JSON')
    .action(async (org: string, id: string, options: MakeOptions & { kind?: SecretKind; overlapHours: number }) => {
      const material = await materialOf(options);
      const made = await withState(environment, async (context) => {
        const organization = await context.administration.organizations.get(org);
        return context.credentials.rotateCredential({
          organizationId: organization.id,
          credentialId: id,
          overlapMs: options.overlapHours * 3_600_000,
          ...(options.kind === undefined ? {} : { kind: options.kind }),
          ...material,
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

function kindOption(): Option {
  return new Option(
    '--kind <kind>',
    'a password: hashed, or sealed, which the gateway can read (WS-Security digests and OAuth 1.0a need it); or another kind',
  ).choices(secretKinds);
}

type MakeOptions = PrintOptions & { certificate?: string; pin?: CertificatePin; proof?: string; publicKey?: string };

function certificateOption(): Option {
  return new Option('--certificate <file>', 'the PEM file, for the kind certificate');
}

function pinOption(): Option {
  return new Option('--pin <what>', 'this certificate only, or any that bears its public key').choices(certificatePins);
}

function proofOption(): Option {
  return new Option(
    '--proof <base64>',
    'that the holder of the key of the certificate wants it here: see the operator guide',
  );
}

function publicKeyOption(): Option {
  return new Option('--public-key <file>', 'the .pub file of ssh-keygen, for the kind ssh_key');
}

async function materialOf({
  certificate,
  pin,
  proof,
  publicKey,
}: MakeOptions): Promise<Omit<MakeOptions, keyof PrintOptions>> {
  return {
    ...(certificate === undefined ? {} : { certificate: (await readNamedFile(certificate)).toString('utf8') }),
    ...(pin === undefined ? {} : { pin }),
    ...(proof === undefined ? {} : { proof }),
    ...(publicKey === undefined ? {} : { publicKey: (await readNamedFile(publicKey)).toString('utf8') }),
  };
}

function printSecret(options: PrintOptions, made: ShownCredential): void {
  const { credential, secret } = made;
  const { certificate, sshKey } = credential;
  print(options, made, [
    ['user name', credential.userName],
    ...(secret === undefined ? [] : [['secret', secret]]),
    ...(certificate === null
      ? []
      : [
          ['certificate', certificate.subject],
          ['SHA-256', certificate.fingerprint],
          ['valid until', day(certificate.notAfter)],
        ]),
    ...(sshKey === null ? [] : [['public key', sshKey.algorithm, sshKey.fingerprint]]),
    ['id', credential.id],
  ]);
}

async function idsOf({ administration }: StateContext, org: string, source: string) {
  const organization = await administration.organizations.get(org);
  const system = await administration.sourceSystems.get(organization.id, source);
  return { organizationId: organization.id, sourceSystemId: system.id };
}

function day(date: Date | null): string {
  return date?.toISOString().slice(0, 16) ?? '';
}
