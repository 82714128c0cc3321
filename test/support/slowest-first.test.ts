/** Checks the order of files in a test run. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import SlowestFirst, { slowest } from './slowest-first.ts';

const root = join(import.meta.dirname, '..', '..');
test('every listed file exists, once', () => {
  const files = readdirSync(join(root, 'test', 'e2e'));
  expect(slowest.filter((name) => !files.includes(`${name}.test.ts`))).toEqual([]);
  expect(new Set(slowest).size).toBe(slowest.length);
});

test('listed files come first in the order of the list, then the others of test/e2e, then unit tests', async () => {
  const [first, second] = slowest.map((name) => `test/e2e/${name}.test.ts`);
  const paths = ['test/docs/docs.test.ts', 'test/e2e/resolve-alerts.test.ts', second, first] as string[];
  const context = {
    config: { id: 'x', cacheDirectory: join(root, 'data', 'no-cache') },
    hasteFS: { getSize: () => 1 },
  };
  const tests = paths.map((path) => ({ path: join(root, path), context }));
  const options = { contexts: [], globalConfig: {} } as unknown as ConstructorParameters<typeof SlowestFirst>[0];
  const sorted = await new SlowestFirst(options).sort(tests as unknown as Parameters<SlowestFirst['sort']>[0]);
  expect(sorted.map(({ path }) => path)).toEqual([3, 2, 1, 0].map((at) => join(root, paths[at] as string)));
});
