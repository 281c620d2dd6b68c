import { Command } from 'commander';
import { createSealerFor } from '../../app/sealer.ts';
import { obtainSealingKey } from '../../app/sealing-key.ts';
import type { Environment } from '../../config.ts';
import { checkMachine } from '../doctor/check-machine.ts';
import { checkServer } from '../doctor/check-server.ts';
import { checkState } from '../doctor/check-state.ts';
import type { Finding } from '../doctor/finding.ts';
import { withDatabase } from '../with-database.ts';

/** `passerelle doctor`: looks at the set-up and the state and says what to do; exit code 1 when something is broken. */
export function doctorCommand(environment: Environment): Command {
  return new Command('doctor')
    .description('check the set-up and the integrity of the state, and say what to do about each finding')
    .option('--json', 'as JSON')
    .action(async ({ json }: { json?: true }) => {
      const findings = await withDatabase(environment, async ({ config, database }) => {
        const key = await obtainSealingKey(config.key, config.varFolder);
        return [
          ...(await checkMachine(config, key)),
          ...(await checkServer(database, config)),
          ...(await checkState(database.pool, createSealerFor(key, config))),
        ];
      });
      console.log(json ? JSON.stringify(findings, null, 2) : findings.map(describe).join('\n'));
      if (findings.some(({ level }) => level === 'error')) process.exitCode = 1;
    });
}

function describe(finding: Finding): string {
  const line = `${finding.level.padEnd(7)}  ${finding.check}: ${finding.found}`;
  return finding.level === 'ok' ? line : `${line}\n         ${finding.advice}`;
}
