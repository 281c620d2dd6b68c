/** One embedded Postgres serves the whole run (test/jest/global-setup.mjs); each test file clones its own database. */
export default {
  testEnvironment: 'node',
  testRunner: '<rootDir>/test/jest/native-runner.mjs',
  injectGlobals: false,
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/var/'],
  modulePathIgnorePatterns: ['<rootDir>/var/'],
  // Node strips the types (test/jest/native-runner.mjs).
  transform: {},
  globalSetup: '<rootDir>/test/jest/global-setup.mjs',
  globalTeardown: '<rootDir>/test/jest/global-teardown.mjs',
  setupFilesAfterEnv: process.env.TEST_STATEMENTS === undefined ? [] : ['<rootDir>/test/jest/record-statements.mjs'],
  testSequencer: '<rootDir>/test/jest/longest-first.mjs',
  maxWorkers: 2,
  // Test files that are done stay in memory: renew a worker that has grown.
  workerIdleMemoryLimit: '600MB',
  testTimeout: 20_000,
};
