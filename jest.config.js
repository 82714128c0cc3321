/**
 * Three projects. `unit` tests use loopback port 0, temporary folders and promtool. `e2e` tests start real programs. `faults`
 * tests kill programs under load, one file at a time (scripts/test-run.ts).
 */
const shared = {
  rootDir: import.meta.dirname,
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/support/strip-types.cjs' },
  testEnvironment: '<rootDir>/test/support/open-handles-environment.cjs',
  injectGlobals: false,
};

/** The limit ends tests that hang. It is far above the usual duration, as a shared machine may be slow. */
const limit = (minutes) => ({ setupFilesAfterEnv: [`<rootDir>/test/support/limit-${minutes}-minutes.ts`] });

export default {
  testSequencer: '<rootDir>/test/support/slowest-first.ts',
  projects: [
    {
      ...shared,
      ...limit(1),
      displayName: 'unit',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/e2e/', '<rootDir>/test/faults/'],
    },
    { ...shared, ...limit(4), displayName: 'e2e', testMatch: ['<rootDir>/test/e2e/**/*.test.ts'] },
    { ...shared, ...limit(4), displayName: 'faults', testMatch: ['<rootDir>/test/faults/**/*.test.ts'] },
  ],
};
