import { Command, CommanderError } from 'commander';
import { StartError } from '../app/start-error.ts';
import { ConfigError, type Environment } from '../config.ts';
import { GatewayError } from '../domain/problem.ts';
import { EmbeddedPostgresError } from '../postgres/embedded-error.ts';
import { SchemaTooNewError } from '../postgres/migrate.ts';
import { backupCommand } from './commands/backup.ts';
import { configCommand } from './commands/config.ts';
import { doctorCommand } from './commands/doctor.ts';
import { inspectCommand } from './commands/inspect.ts';
import { demoCommand } from './commands/demo.ts';
import { migrateCommand } from './commands/migrate.ts';
import { orgCommand } from './commands/org.ts';
import { reprojectCommand } from './commands/reproject.ts';
import { sourceCommand } from './commands/source.ts';
import { startCommand } from './commands/start.ts';
import { tokenCommand } from './commands/token.ts';
import { restoreCommand } from './commands/restore.ts';
import { sendCommand } from './commands/send.ts';
import { CommandError } from './output.ts';
import { productVersion } from '../app/version.ts';

/**
 * Runs one command line and returns the exit code: 0 = done, 1 = it could not be done (said in words), 2 = the command
 * line is wrong, 70 = a defect of ours.
 */
export async function runCli(argv: readonly string[], environment: Environment): Promise<number> {
  const program = createProgram(environment);
  try {
    await program.parseAsync(argv, { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    return report(error);
  }
}

function createProgram(environment: Environment): Command {
  const program = new Command('passerelle')
    .description('Keeps a learning management system in step with student information systems.')
    .version(productVersion(), '-V, --version', 'print the version')
    .helpCommand(true)
    .showHelpAfterError('Add --help for how to write this command.')
    .exitOverride();
  const commands = [
    startCommand(environment),
    demoCommand(environment),
    migrateCommand(environment),
    configCommand(environment),
    orgCommand(environment),
    sourceCommand(environment),
    tokenCommand(environment),
    sendCommand(environment),
    inspectCommand(environment),
    reprojectCommand(environment),
    doctorCommand(environment),
    backupCommand(environment),
    restoreCommand(environment),
  ];
  for (const command of commands) program.addCommand(strict(command));
  return program;
}

/** Wrong use ends as an exit code like any other error, in subcommands too. */
function strict(command: Command): Command {
  command.exitOverride();
  for (const child of command.commands) strict(child);
  return command;
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
