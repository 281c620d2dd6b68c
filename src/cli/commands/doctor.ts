import { Command } from 'commander';
import { createSealerFor } from '../../app/sealer.ts';
import { findSealingKey } from '../../app/sealing-key.ts';
import { type Environment, readConfig } from '../../config.ts';
import { checkKeyFile } from '../doctor/check-key-file.ts';
import { checkLists } from '../doctor/check-lists.ts';
import { checkMachine } from '../doctor/check-machine.ts';
import { checkServer } from '../doctor/check-server.ts';
import { checkState } from '../doctor/check-state.ts';
import type { Finding } from '../doctor/finding.ts';
import { pendingMigrations } from '../../postgres/pending-migrations.ts';
import { CommandError } from '../output.ts';
import { type CommandContext, hasStore, withDatabase } from '../with-database.ts';

/** `passerelle doctor`: looks at the set-up and the state and says what to do; exit code 1 when something is broken. */
export function doctorCommand(environment: Environment): Command {
  return new Command('doctor')
    .description('check the set-up and the integrity of the state, and say what to do about each finding')
    .option('--json', 'as JSON')
    .action(async ({ json }: { json?: true }) => {
      const findings = await examine(environment);
      console.log(json ? JSON.stringify(findings, null, 2) : findings.map(describe).join('\n'));
      if (findings.some(({ level }) => level === 'error')) process.exitCode = 1;
    });
}

/** Looks, and changes nothing: it makes no key and no store, and applies no migration. */
async function examine(environment: Environment): Promise<Finding[]> {
  const { config } = readConfig(environment);
  if (!(await hasStore(config))) {
    throw new CommandError(
      `There is no store in ${config.varFolder} yet: start the gateway, which makes it, or choose another data folder (PASSERELLE_VAR).`,
    );
  }
  const look = async ({ database, logs }: CommandContext): Promise<Finding[]> => {
    const key = await findSealingKey(config.key, config.varFolder);
    const server = await checkServer(database, config);
    const findings = [...(await checkMachine(config)), ...server];
    // The state of an older schema cannot be read by this version.
    if ((await pendingMigrations(database.pool)).length > 0) return findings;
    const sealer = key && createSealerFor(key, config);
    return [
      ...findings,
      await checkKeyFile(config, key, database.pool),
      ...(await checkState(database.pool, sealer, config)),
      ...(await checkLists(database.pool, config, logs)),
    ];
  };
  return withDatabase(environment, look, { asItIs: true });
}

function describe(finding: Finding): string {
  const line = `${finding.level.padEnd(7)}  ${finding.check}: ${finding.found}`;
  return finding.level === 'ok' ? line : `${line}\n         ${finding.advice}`;
}
