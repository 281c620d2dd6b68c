import { Command } from 'commander';
import { ConfigError, type Environment, readConfig, showSettings } from '../../config.ts';
import { settingGroups } from '../../settings.ts';

/** `passerelle config`: every setting with its meaning, default and value; exit code 1 when something is wrong. */
export function configCommand(environment: Environment): Command {
  return new Command('config')
    .description('list every setting with its meaning, default and present value, and check them')
    .option('--json', 'as JSON')
    .action(({ json }: { json?: true }) => {
      const shown = showSettings(environment);
      if (json)
        console.log(
          JSON.stringify(
            shown.map(({ type: _type, ...setting }) => setting),
            null,
            2,
          ),
        );
      else for (const group of settingGroups) printGroup(group, shown);
      check(environment);
    });
}

function printGroup(group: string, shown: ReturnType<typeof showSettings>): void {
  console.log(`${group}\n`);
  for (const setting of shown.filter((each) => each.group === group)) {
    const value = setting.value === undefined || setting.value === '' ? '(not set)' : setting.value;
    const origin = setting.isDefault && setting.default !== undefined && setting.default !== '' ? '  (default)' : '';
    console.log(`  ${setting.name} = ${value}${origin}`);
    console.log(`      ${setting.meaning}`);
    if (!setting.isDefault && setting.default) console.log(`      Default: ${setting.default}`);
  }
  console.log('');
}

function check(environment: Environment): void {
  try {
    const { warnings } = readConfig(environment);
    for (const { name, problem } of warnings) console.error(`Warning: ${name} ${problem}`);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
