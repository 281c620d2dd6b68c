import { startTestServer } from '../../src/testing/test-server.ts';

/** Workers inherit the environment, and with it the address of the run's server. */
export default async function globalSetup() {
  globalThis.testServer = await startTestServer();
  process.env.PASSERELLE_TEST_SERVER = JSON.stringify(globalThis.testServer.address);
}
