import { Command, CommanderError, Help, type Option } from 'commander';
import { StartError } from '../app/start-error.ts';
import { ConfigError, type Environment } from '../config.ts';
import { GatewayError } from '../domain/problem.ts';
import { EmbeddedPostgresError } from '../postgres/embedded-error.ts';
import { SchemaTooNewError } from '../postgres/schema-too-new.ts';
import { CommandError } from './output.ts';
import { productVersion } from '../app/version.ts';

type MakeCommand = (environment: Environment) => Command;

type Commands = Readonly<Record<string, () => Promise<MakeCommand>>>;

/** In the order of the help. Each is loaded when it is wanted: together they take longer to load than most take to run. */
const groups: Readonly<Record<string, Commands>> = {
  'The gateway:': {
    start: async () => (await import('./commands/start.ts')).startCommand,
    config: async () => (await import('./commands/config.ts')).configCommand,
    doctor: async () => (await import('./commands/doctor.ts')).doctorCommand,
    migrate: async () => (await import('./commands/migrate.ts')).migrateCommand,
    reproject: async () => (await import('./commands/reproject.ts')).reprojectCommand,
    backup: async () => (await import('./commands/backup.ts')).backupCommand,
    restore: async () => (await import('./commands/restore.ts')).restoreCommand,
  },
  'Organizations and source systems:': {
    org: async () => (await import('./commands/org.ts')).orgCommand,
    source: async () => (await import('./commands/source.ts')).sourceCommand,
    token: async () => (await import('./commands/token.ts')).tokenCommand,
    endpoint: async () => (await import('./commands/endpoint.ts')).endpointCommand,
    notify: async () => (await import('./commands/notify.ts')).notifyCommand,
    points: async () => (await import('./commands/list.ts')).pointsCommand,
    list: async () => (await import('./commands/list.ts')).listCommand,
  },
  'Files and runs:': {
    import: async () => (await import('./commands/import.ts')).importCommand,
    run: async () => (await import('./commands/run.ts')).runCommand,
    fetch: async () => (await import('./commands/fetch.ts')).fetchCommand,
    sftp: async () => (await import('./commands/sftp.ts')).sftpCommand,
    bulk: async () => (await import('./commands/bulk.ts')).bulkCommand,
  },
  'To try things out:': {
    demo: async () => (await import('./commands/demo.ts')).demoCommand,
    send: async () => (await import('./commands/send.ts')).sendCommand,
    generate: async () => (await import('./commands/generate.ts')).generateCommand,
    inspect: async () => (await import('./commands/inspect.ts')).inspectCommand,
  },
};

/**
 * Runs one command line and returns the exit code: 0 = done, 1 = it could not be done (said in words), 2 = the command
 * line is wrong, 70 = a defect of ours.
 */
export async function runCli(argv: readonly string[], environment: Environment): Promise<number> {
  try {
    const program = await createProgram(argv[0], environment);
    await program.parseAsync(argv, { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    return report(error);
  }
}

/** With the one command that is wanted; with all of them for the help, and to guess what was meant. */
async function createProgram(wanted: string | undefined, environment: Environment): Promise<Command> {
  const program = new Command('passerelle')
    .description('Keeps a learning management system in step with student information systems.')
    .version(productVersion(), '-V, --version', 'print the version')
    .helpCommand(true)
    .showHelpAfterError('Add --help for how to write this command.')
    .exitOverride();
  const known = Object.values(groups).find((commands) => wanted !== undefined && Object.hasOwn(commands, wanted));
  for (const [heading, commands] of Object.entries(groups)) {
    program.commandsGroup(heading);
    for (const [name, load] of Object.entries(commands))
      if (known === undefined || name === wanted) program.addCommand(strict((await load())(environment)));
  }
  return program;
}

/** Wrong use ends as an exit code like any other error, in subcommands too; the help says what must be given. */
function strict(command: Command): Command {
  command.exitOverride().configureHelp({ optionDescription });
  for (const child of command.commands) strict(child);
  return command;
}

const help = new Help();

function optionDescription(option: Option): string {
  return `${help.optionDescription(option)}${option.mandatory ? ' (required)' : ''}`;
}

/** Errors whose message is meant for the person at the terminal. */
const told = [CommandError, ConfigError, StartError, EmbeddedPostgresError, SchemaTooNewError, GatewayError];

function report(error: unknown): number {
  // Commander has printed what it has to say.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (told.some((kind) => error instanceof kind)) {
    console.error(`passerelle: ${(error as Error).message}`);
    return 1;
  }
  console.error('passerelle: this is a defect; please report it with the lines below.');
  console.error(error);
  return 70;
}
