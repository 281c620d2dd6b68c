import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type pg from 'pg';
import { createApp } from '../../src/app.ts';
import { requestFields } from '../../src/app/log-context.ts';
import { readConfig } from '../../src/config.ts';
import { createLogs } from '../../src/log.ts';
import { attachEmbeddedPostgres } from '../../src/postgres/attach.ts';
import { createPool } from '../../src/postgres/connect.ts';
import { startLoad } from './load.ts';
import type { LoadReport } from './load-process.ts';
import { measureMemory } from './memory.ts';
import { termMix } from './messages.ts';
import { startFloor, startNodeSoap } from './targets.ts';
import { sendWorld, world } from './world.ts';

/*
 * How many SOAP messages a second: the gateway as `npm start` composes it, a floor that stores the same bytes in one
 * committed INSERT a request, and a node-soap server that does nothing; all in this process, the senders in another one.
 */

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    messages: { type: 'string', default: '12000' },
    connections: { type: 'string', default: '64' },
    only: { type: 'string' },
    memory: { type: 'boolean', default: false },
  },
});
const [rounds, messages, connections] = [Number(flags.rounds), Number(flags.messages), Number(flags.connections)];
const sender = { userName: 'bench', password: 'password-of-the-bench', mix: termMix };

const folder = await mkdtemp(join(tmpdir(), 'passerelle-bench-'));
const load = startLoad();
try {
  await withGateway((port, pool) => (flags.memory ? memory(port) : speed(port, pool)));
} finally {
  load.close();
  await rm(folder, { recursive: true, force: true });
}

async function withGateway(work: (port: number, pool: pg.Pool) => Promise<void>): Promise<void> {
  const { config } = readConfig({
    PASSERELLE_VAR: join(folder, 'var'),
    PASSERELLE_DEMO_USER: sender.userName,
    PASSERELLE_DEMO_PASSWORD: sender.password,
    PORT: '0',
  });
  // Every line is written as in production; where to is the operating system's business.
  const app = await createApp(
    config,
    createLogs(config.logLevel, { destination: { write: () => undefined }, fields: requestFields }),
  );
  const attached = await attachEmbeddedPostgres(join(config.varFolder, 'postgres'));
  if (attached === undefined) throw new Error('the embedded Postgres cannot be reached');
  const pool = createPool({ database: attached.address, max: config.poolSize, name: 'bench' });
  try {
    await sendWorld(app.url, sender.userName, sender.password);
    await describe(pool);
    await work(Number(new URL(app.url).port), pool);
  } finally {
    await pool.end();
    await attached.detach();
    await app.close();
  }
}

async function describe(pool: pg.Pool): Promise<void> {
  const names = ['server_version', 'fsync', 'synchronous_commit', 'full_page_writes', 'wal_sync_method'];
  const shown: string[] = [];
  for (const name of names) {
    const { rows } = await pool.query<Record<string, string>>(`show ${name}`);
    shown.push(`${name} ${rows[0]?.[name] ?? ''}`);
  }
  const { new: joined, repeated, role, status } = sender.mix;
  print(`Node ${process.version}, ${availableParallelism()} cores; Postgres: ${shown.join(', ')}`);
  print(
    `replaceMembership with PasswordDigest, ${connections} connections; ${world.people} people, ${world.sections} sections`,
  );
  print(`of 100 messages: ${joined} new, ${repeated} repeated, ${role} change the role, ${status} end or revive`);
}

type Name = 'gateway' | 'floor' | 'nodeSoap';

/** Alternating rounds, so that what else the machine does touches all alike; the first one of each warms up. */
async function speed(port: number, pool: pg.Pool): Promise<void> {
  const [floor, nodeSoap] = [await startFloor(pool), await startNodeSoap()];
  const ports: Record<Name, number> = { gateway: port, floor: floor.port, nodeSoap: nodeSoap.port };
  const names = (Object.keys(ports) as Name[]).filter((name) => flags.only === undefined || flags.only === name);
  const reports: Record<Name, LoadReport[]> = { gateway: [], floor: [], nodeSoap: [] };
  for (let round = 0; round <= rounds; round += 1) {
    for (const name of names) {
      const report = await run(ports[name], messages);
      print(line(round === 0 ? 'warm-up' : `round ${round}`, name, report));
      if (round > 0) reports[name].push(report);
    }
  }
  floor.close();
  nodeSoap.close();
  const perSecond = (name: Name): number[] => reports[name].map((report) => report.perSecond);
  const ratios = perSecond('gateway').map((ours, index) => ours / (perSecond('floor')[index] ?? NaN));
  const toNodeSoap = perSecond('gateway').map((ours, index) => ours / (perSecond('nodeSoap')[index] ?? NaN));
  result({
    bench: 'soap',
    ratio: rounded(median(ratios)),
    ratios: ratios.map(rounded),
    gatewayPerSecond: Math.round(median(perSecond('gateway'))),
    floorPerSecond: Math.round(median(perSecond('floor'))),
    nodeSoapPerSecond: Math.round(median(perSecond('nodeSoap'))),
    ratioToNodeSoap: rounded(median(toNodeSoap)),
    latencyMs: reports.gateway.at(Math.floor(rounds / 2))?.latency,
    messages: rounds * messages,
    connections,
  });
}

async function memory(port: number): Promise<void> {
  result({ bench: 'soap-memory', ...(await measureMemory((count) => run(port, count), print)) });
}

async function run(port: number, count: number): Promise<LoadReport> {
  const report = await load.run({ port, path: '/lis/mms', connections, messages: count, plan: sender });
  if (report.bad > 0) throw new Error(`${report.bad} messages were not accepted, such as: ${report.firstBad ?? ''}`);
  return report;
}

function line(round: string, name: Name, { perSecond, latency, bytesOfMessage }: LoadReport): string {
  const { p50, p90, p99, max } = latency;
  const speedOf = String(Math.round(perSecond)).padStart(6);
  return `${round.padEnd(8)} ${name.padEnd(9)} ${speedOf}/s  p50 ${p50}  p90 ${p90}  p99 ${p99}  max ${max} ms  (${bytesOfMessage} bytes)`;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b).at(Math.floor(numbers.length / 2)) ?? NaN;
}

function rounded(number: number): number {
  return Math.round(number * 1_000) / 1_000;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function result(figures: object): void {
  print(JSON.stringify(figures));
}
