import { runCli } from './cli/program.ts';

// The process edge: everything else takes its arguments and environment as values.
process.exitCode = await runCli(process.argv.slice(2), process.env);
