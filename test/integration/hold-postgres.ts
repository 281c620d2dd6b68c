import { startEmbeddedPostgres } from '../../src/postgres/embedded.ts';

/** A process that holds an embedded server, for tests that kill one of the two: prints one line of JSON when ready. */
const [dataDir = ''] = process.argv.slice(2);
const server = await startEmbeddedPostgres({ dataDir });
process.stdout.write(`${JSON.stringify({ pid: server.pid(), address: server.address })}\n`);
process.once('SIGTERM', () => void server.stop());
