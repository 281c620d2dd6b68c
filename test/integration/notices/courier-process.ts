import { createPool } from '../../../src/postgres/connect.ts';
import { noticesOn } from './set-up.ts';

/* A process that delivers notices until it is killed. */

const pool = createPool({ database: process.env.DATABASE_URL ?? '', max: 4, name: 'courier' });
noticesOn(pool).start({ add: () => undefined, releaseAll: () => Promise.resolve() });
process.stdout.write('delivering\n');
