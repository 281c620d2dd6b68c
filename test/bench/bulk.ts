import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs, promisify } from 'node:util';
import pg from 'pg';
import { createApp } from '../../src/app.ts';
import { requestFields } from '../../src/app/log-context.ts';
import { readConfig } from '../../src/config.ts';
import { createLogs } from '../../src/log.ts';
import { attachEmbeddedPostgres } from '../../src/postgres/attach.ts';
import { copyFloor } from './copy-floor.ts';

/*
 * A nightly file: D2L Standard CSV in one zip, uploaded over REST, read, planned, applied and reported by the gateway as
 * `npm start` composes it; then the same bytes' content again, then a day with changes. The floor copies all rows that the
 * run has stored into bare tables with the same primary keys, in the same Postgres.
 */

const { values: flags } = parseArgs({
  options: {
    students: { type: 'string', default: '99000' },
    instructors: { type: 'string', default: '1000' },
    sections: { type: 'string', default: '5000' },
    templates: { type: 'string', default: '3750' },
    changes: { type: 'string', default: '2' },
  },
});
const login = { userName: 'bench', password: 'password-of-the-bench' };
const folder = await mkdtemp(join(tmpdir(), 'passerelle-bulk-'));
const main = join(import.meta.dirname, '../../src/main.ts');

try {
  const first = await generated('first.zip');
  const again = await generated('again.zip');
  const next = await generated('next.zip', '--day', '2', '--changes', `${flags.changes}%`);
  await withGateway(async (url, pool) => {
    print(
      `Node ${process.version}, ${String(availableParallelism())} cores; zip of ${String(Math.round((await stat(first)).size / 1e6))} MB`,
    );
    const whole = await imported(url, pool, first);
    tell('empty store', whole);
    const { rows } = await pool.query<{ data_directory: string }>('show data_directory');
    const floorS = await copyFloor(pool, rows[0]?.data_directory ?? '', print);
    const same = await imported(url, pool, again, '&reprocess=true');
    tell('the same content', same);
    if (same.items > 0) throw new Error('the same content made items');
    const day = await imported(url, pool, next);
    tell(`${flags.changes} % changed`, day);
    print(
      JSON.stringify({
        bench: 'bulk',
        ratio: rounded(floorS / whole.seconds),
        rowsPerSecond: Math.round(whole.records / whole.seconds),
        seconds: rounded(whole.seconds),
        floorSeconds: rounded(floorS),
        phases: whole.phases,
        againTimesFaster: rounded(whole.seconds / same.seconds),
        againItems: same.items,
        changedSeconds: rounded(day.seconds),
        changedItems: day.items,
        peakRssMb: Math.round(Math.max(whole.peakRss, same.peakRss, day.peakRss) / 1e6),
      }),
    );
  });
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function generated(name: string, ...more: string[]): Promise<string> {
  const path = join(folder, name);
  const { students, instructors, sections, templates } = flags;
  const world = { students, instructors, sections, templates, 'part-time': '0', departments: '230', faculties: '18' };
  const options = Object.entries(world).flatMap(([option, value]) => [`--${option}`, value]);
  await promisify(execFile)(process.execPath, [main, 'generate', '--out', path, ...options, ...more]);
  return path;
}

async function withGateway(work: (url: string, superuser: pg.Pool) => Promise<void>): Promise<void> {
  const { config } = readConfig({
    PASSERELLE_VAR: join(folder, 'var'),
    PASSERELLE_DEMO_USER: login.userName,
    PASSERELLE_DEMO_PASSWORD: login.password,
    PORT: '0',
  });
  const logs = createLogs(config.logLevel, { destination: { write: () => undefined }, fields: requestFields });
  const app = await createApp(config, logs);
  const attached = await attachEmbeddedPostgres(join(config.varFolder, 'postgres'));
  if (attached === undefined) throw new Error('the embedded Postgres cannot be reached');
  const pool = new pg.Pool({ ...attached.superuser, max: 2 });
  try {
    await work(app.url, pool);
  } finally {
    await pool.end();
    await attached.detach();
    await app.close();
  }
}

interface Imported {
  readonly seconds: number;
  readonly phases: Readonly<Record<string, number>>;
  readonly records: number;
  readonly items: number;
  readonly peakRss: number;
}

interface Row {
  state: string;
  items: string;
  counters: Record<string, { records: number }>;
  failure: object | null;
}

/** From the first byte of the upload to the end of the run. */
async function imported(url: string, pool: pg.Pool, path: string, wish = ''): Promise<Imported> {
  let peakRss = 0;
  const watch = setInterval(() => (peakRss = Math.max(peakRss, process.memoryUsage.rss())), 50);
  const begun = performance.now();
  const phases: Record<string, number> = {};
  let [phase, since] = ['upload', begun];
  const enter = (next: string): void => {
    const now = performance.now();
    phases[phase] = rounded((phases[phase] ?? 0) + (now - since) / 1000);
    [phase, since] = [next, now];
  };
  const runId = await upload(url, path, wish);
  enter('queued');
  for (;;) {
    const { rows } = await pool.query<Row>('select state, items, counters, failure from run where id = $1', [runId]);
    const [run] = rows;
    if (run !== undefined && run.state !== phase) enter(run.state);
    if (run !== undefined && ['finished', 'failed', 'cancelled'].includes(run.state)) {
      clearInterval(watch);
      if (run.state !== 'finished') throw new Error(`the run ${run.state}: ${JSON.stringify(run.failure)}`);
      const records = Object.values(run.counters).reduce((sum, each) => sum + each.records, 0);
      return { seconds: (performance.now() - begun) / 1000, phases, records, items: Number(run.items), peakRss };
    }
    await delay(50);
  }
}

async function upload(url: string, path: string, wish: string): Promise<string> {
  const authorization = `Basic ${Buffer.from(`${login.userName}:${login.password}`).toString('base64')}`;
  const file = createReadStream(path);
  await once(file, 'open');
  const response = await fetch(`${url}/sis/v1/files?name=feed.zip${wish}`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/zip' },
    body: file,
    duplex: 'half',
  } as unknown as RequestInit);
  if (!response.ok) throw new Error(`the upload was refused: ${await response.text()}`);
  return ((await response.json()) as { runId: string }).runId;
}

function tell(what: string, { seconds, phases, records, items, peakRss }: Imported): void {
  print(
    `${what}: ${String(rounded(seconds))} s, ${String(Math.round(records / seconds))} records/s, ${String(items)} items, ${String(Math.round(peakRss / 1e6))} MB; ${JSON.stringify(phases)}`,
  );
}

function rounded(number: number): number {
  return Math.round(number * 100) / 100;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
