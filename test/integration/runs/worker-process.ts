import { createPool } from '../../../src/postgres/connect.ts';
import { startRunWorker } from '../../../src/runs/worker.ts';
import { runParts } from './set-up.ts';

/* A process that works on runs until it is killed. */

const pool = createPool({ database: process.env.DATABASE_URL ?? '', max: 10, name: 'run-worker' });
startRunWorker(runParts(pool), { slots: 3, pollMs: 20 });
process.stdout.write('working\n');
