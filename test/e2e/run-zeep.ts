import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** Debian's python3-zeep, under the system's own Python. */
const python = '/usr/bin/python3';

/** Is zeep there (`apt-get install python3-zeep`)? */
export const hasZeep = spawnSync(python, ['-c', 'import zeep']).status === 0;

/** Runs one of the scripts beside this file: it reads a task and prints its answers, as JSON. */
export async function runZeep<Answers>(script: string, task: object): Promise<Answers> {
  const child = spawn(python, [join(import.meta.dirname, script)]);
  child.stdin.end(JSON.stringify(task));
  let output = '';
  let errors = '';
  child.stdout.on('data', (part) => (output += String(part)));
  child.stderr.on('data', (part) => (errors += String(part)));
  const status = await new Promise((resolve) => child.once('close', resolve));
  if (status !== 0) throw new Error(errors);
  return JSON.parse(output) as Answers;
}
