/**
 * Two projects: `unit` touches nothing but loopback port 0 and promtool; `e2e` starts real processes, two files at a
 * time; `faults` one at a time (scripts/test-run.ts).
 */
const shared = {
  rootDir: import.meta.dirname,
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/support/strip-types.cjs' },
  testEnvironment: 'node',
  injectGlobals: false,
};

/** A shared machine may be slow and real processes take their time: a limit only ends what hangs, no test is timed. */
const limit = (minutes) => ({ setupFilesAfterEnv: [`<rootDir>/test/support/limit-${minutes}-minutes.ts`] });

export default {
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
