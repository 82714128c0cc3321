/** The order of files in a test run. */
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const root = join(import.meta.dirname, '..', '..');
const SlowestFirst = createRequire(import.meta.url)('./slowest-first.cjs') as {
  new (options: object): { sort(tests: readonly object[]): readonly { readonly path: string }[] };
  readonly slowest: readonly string[];
};

test('every listed file exists, once', () => {
  const files = readdirSync(join(root, 'test', 'e2e'));
  expect(SlowestFirst.slowest.filter((name) => !files.includes(`${name}.test.ts`))).toEqual([]);
  expect(new Set(SlowestFirst.slowest).size).toBe(SlowestFirst.slowest.length);
});

test('listed files come first in the order of the list, then the others of test/e2e, then unit tests', () => {
  const [first, second] = SlowestFirst.slowest.map((name) => `test/e2e/${name}.test.ts`);
  const paths = ['test/docs/docs.test.ts', 'test/e2e/resolve-alerts.test.ts', second, first] as string[];
  const context = {
    config: { id: 'x', cacheDirectory: join(root, 'data', 'no-cache'), name: 'x' },
    hasteFS: { getSize: () => 1 },
  };
  const tests = paths.map((path) => ({ path: join(root, path), context }));
  const sorted = new SlowestFirst({ contexts: [], globalConfig: {} }).sort(tests);
  expect(sorted.map(({ path }) => path)).toEqual([3, 2, 1, 0].map((at) => join(root, paths[at] as string)));
});
