import { Command } from 'commander';
import { requestFields } from '../../app/log-context.ts';
import { type Environment, readConfig } from '../../config.ts';
import { createLogs } from '../../log.ts';
import { settings } from '../../settings.ts';
import { welcome } from '../first-start.ts';
import { stopSignal } from '../stop-signal.ts';

type Flags = { port?: string; host?: string; var?: string };

/** `passerelle start`: serves until it is told to stop. */
export function startCommand(environment: Environment): Command {
  return new Command('start')
    .description('start the gateway; Ctrl-C stops it cleanly')
    .option('--port <port>', `overrides ${settings.port.name}`)
    .option('--host <address>', `overrides ${settings.host.name}`)
    .option('--var <folder>', `overrides ${settings.varFolder.name}`)
    .action(async (flags: Flags) => {
      const { config, warnings } = readConfig(withFlags(environment, flags));
      const logs = createLogs(config.logLevel, { fields: requestFields });
      const log = logs('app');
      for (const warning of warnings) log.warn(warning, 'an unknown setting is ignored');
      process.once('uncaughtException', (error) => {
        log.fatal({ err: error }, 'a defect ended the gateway');
        process.exit(70);
      });
      const stop = stopSignal(log);
      // Loaded when the settings are known to be right, and not to print a help.
      const { createApp } = await import('../../app.ts');
      const app = await createApp(config, logs);
      process.stdout.write(`${welcome(app.url, app.account, app.key, config.databaseUrl)}\n`);
      process.on('SIGHUP', () => void app.reloadCertificate());
      const reason = await Promise.race([stop, app.failed]);
      log.info({ reason }, 'stopping: what was accepted is finished first');
      await app.close();
      log.info({}, 'stopped');
      process.exitCode = reason === 'failed' ? 1 : 0;
    });
}

function withFlags(environment: Environment, { port, host, var: folder }: Flags): Environment {
  return {
    ...environment,
    ...(port === undefined ? {} : { [settings.port.name]: port }),
    ...(host === undefined ? {} : { [settings.host.name]: host }),
    ...(folder === undefined ? {} : { [settings.varFolder.name]: folder }),
  };
}
