import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');

/** What a shell would set. Nothing of ours leaks in from the environment of the tests. */
export type Environment = Record<string, string>;

function clean(environment: Environment): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(?:PASSERELLE_|DATABASE_URL$|TEST_DATABASE_URL$|PORT$|HOST$|LOG_LEVEL$|NODE_OPTIONS$|PG)/.test(name),
  );
  return { ...Object.fromEntries(inherited), ...environment };
}

export type Finished = { code: number | null; stdout: string; stderr: string };

/** Runs one command line to its end. */
export async function passerelle(args: readonly string[], environment: Environment): Promise<Finished> {
  const child = spawnCommand([process.execPath, join(root, 'src/main.ts'), ...args], environment);
  const output = collect(child);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...output };
}

export type GatewayProcess = {
  readonly child: ChildProcess;
  readonly url: string;
  /** What was printed so far. */
  readonly output: { readonly stdout: string; readonly stderr: string };
  /** The log lines so far. */
  log(): Record<string, unknown>[];
  /** Sends a signal and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
};

/** Starts a gateway as an operator would and waits until it serves. */
export async function startGateway(
  environment: Environment,
  command: readonly string[] = [process.execPath, join(root, 'src/main.ts'), 'start'],
): Promise<GatewayProcess> {
  const child = spawnCommand(command, { PORT: '0', ...environment });
  const output = collect(child);
  const ended = once(child, 'close') as Promise<[number | null]>;
  const url = await Promise.race([servingUrl(child, output), ended.then(() => undefined)]);
  if (url === undefined) throw new Error(`the gateway ended:\n${output.stdout}\n${output.stderr}`);
  return {
    child,
    url,
    output,
    log: () => logLines(output.stdout),
    async stop(signal = 'SIGTERM') {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      return (await ended)[0];
    },
  };
}

function spawnCommand([file = '', ...args]: readonly string[], environment: Environment): ChildProcess {
  return spawn(file, args, { cwd: root, env: clean(environment), stdio: ['ignore', 'pipe', 'pipe'], detached: true });
}

function collect(child: ChildProcess): { stdout: string; stderr: string } {
  const output = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  return output;
}

async function servingUrl(child: ChildProcess, output: { stdout: string }): Promise<string | undefined> {
  for (;;) {
    const line = logLines(output.stdout).find(({ msg }) => msg === 'serving');
    // The words to the operator come right after that line.
    if (line !== undefined && output.stdout.includes('Passerelle serves on')) return String(line.url);
    if (child.stdout === null) return undefined;
    await once(child.stdout, 'data');
  }
}

export function logLines(stdout: string): Record<string, unknown>[] {
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** A fresh data folder, removed afterwards. */
export async function withVar<T>(work: (varFolder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'passerelle-e2e-'));
  try {
    return await work(join(folder, 'var'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
