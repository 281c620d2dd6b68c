#!/usr/bin/env node
// Runs src/main.ts on a Node that strips types: this one if it can, else the one that npm install put beside us.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const main = new URL('../src/main.ts', import.meta.url);
const pinned = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));
// What is stripped and compiled once is kept, where the folder may be written to.
const cache = fileURLToPath(new URL('../node_modules/.cache/passerelle', import.meta.url));
// A server has room for short-lived objects, and gives back what files have taken, as "npm start" and the image do.
const isServer = process.argv[2] === 'start';
const flags = isServer ? ['--max-semi-space-size=32', '--heap-growing-percent=50', '--no-flush-bytecode'] : [];
const allocator = isServer ? { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '262144' } : {};

const able = Number(process.versions.node.split('.')[0]) >= 24;
if (able && flags.length === 0) {
  module.enableCompileCache(process.env.NODE_COMPILE_CACHE ?? cache);
  await import(main.href);
} else if (able || existsSync(pinned)) {
  const node = able ? process.execPath : pinned;
  const child = spawn(node, [...flags, fileURLToPath(main), ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { NODE_COMPILE_CACHE: cache, ...allocator, ...process.env },
  });
  // A terminal's Ctrl-C reaches the child by itself; the launcher only has to outlive it.
  process.on('SIGINT', () => undefined);
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
} else {
  console.error(
    `passerelle needs Node 24 (this is ${process.version}): run "npm install" in its folder, which brings one.`,
  );
  process.exit(1);
}
