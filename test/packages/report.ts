/** Runs checks, prints the result of each, and counts them. */

export interface Report {
  /** Prints the returned detail, or the error that was thrown. */
  readonly check: (name: string, act: () => Promise<string | undefined> | string | undefined) => Promise<void>;
  /** Prints the totals. Returns whether every check passed. */
  readonly finish: () => boolean;
}

export function createReport(): Report {
  let passed = 0;
  let failed = 0;
  return {
    async check(name, act) {
      try {
        const detail = await act();
        passed += 1;
        process.stdout.write(`ok      ${name}${detail === undefined ? '' : `: ${detail}`}\n`);
      } catch (error) {
        failed += 1;
        process.stdout.write(`FAILED  ${name}: ${Error.isError(error) ? error.message : String(error)}\n`);
      }
    },
    finish() {
      process.stdout.write(`${passed} passed, ${failed} failed\n`);
      return failed === 0;
    },
  };
}

export function expectEqual(got: unknown, expected: unknown): undefined {
  if (got !== expected) throw new Error(`expected ${String(expected)}, got ${String(got)}`);
}

/** Returns the size in MB. */
export function expectAtMost(bytes: number, limit: number): string {
  if (bytes > limit) throw new Error(`expected at most ${limit / 1e6} MB, got ${(bytes / 1e6).toFixed(1)} MB`);
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
