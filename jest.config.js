/**
 * Two projects: `unit` runs in parallel and touches nothing but loopback port 0 and promtool;
 * `e2e` starts real processes and runs serially.
 */
const shared = {
  rootDir: import.meta.dirname,
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/support/strip-types.cjs' },
  testEnvironment: 'node',
  injectGlobals: false,
};

/** Real processes take their time; each wait inside a test has a limit of its own that says what it waited for. */
const processes = { setupFilesAfterEnv: ['<rootDir>/test/support/process-test-limit.ts'] };

export default {
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/e2e/', '<rootDir>/test/faults/'],
    },
    { ...shared, ...processes, displayName: 'e2e', testMatch: ['<rootDir>/test/e2e/**/*.test.ts'] },
    { ...shared, ...processes, displayName: 'faults', testMatch: ['<rootDir>/test/faults/**/*.test.ts'] },
  ],
};
