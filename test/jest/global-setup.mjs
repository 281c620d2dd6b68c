import { join } from 'node:path';
import { startTestServer } from '../../src/testing/test-server.ts';

/** Workers inherit the environment, and with it the address of the run's server. */
export default async function globalSetup() {
  // Commands that tests start keep what they compile where bin/passerelle.js does.
  process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, '../../node_modules/.cache/passerelle');
  globalThis.testServer = await startTestServer();
  process.env.PASSERELLE_TEST_SERVER = JSON.stringify(globalThis.testServer.address);
}
