/** For tests of plug-ins: real databases, migrated and thrown away. Call `startTestServer` in the runner's global set-up. */
export { startTestServer, type TestServer, type TestServerAddress } from './test-server.ts';
export { createTestDatabase, type TestDatabase, withDatabase } from './with-database.ts';
