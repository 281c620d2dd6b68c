/** One embedded Postgres serves the whole run (test/jest/global-setup.mjs); each test file clones its own database. */
export default {
  testEnvironment: 'node',
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/var/'],
  modulePathIgnorePatterns: ['<rootDir>/var/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'es6' } }],
  },
  globalSetup: '<rootDir>/test/jest/global-setup.mjs',
  globalTeardown: '<rootDir>/test/jest/global-teardown.mjs',
  setupFilesAfterEnv: process.env.TEST_STATEMENTS === undefined ? [] : ['<rootDir>/test/jest/record-statements.mjs'],
  testSequencer: '<rootDir>/test/jest/longest-first.mjs',
  maxWorkers: 2,
  // ES modules of finished test files stay in memory: renew a worker that has grown.
  workerIdleMemoryLimit: '600MB',
  testTimeout: 20_000,
};
