/** Go's file name patterns. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { compileGoGlob, expandGoGlob } from '../../../../exporter/collectors/textfile/go-glob.ts';

const folder = mkdtempSync(join(tmpdir(), 'go-glob-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each([
  ['*.prom', 'a.prom', true],
  ['*.prom', '.hidden.prom', true],
  ['?', 'ü', true],
  ['[a-c]x', 'bx', true],
  ['[^a-c]x', 'bx', false],
  ['[\\]]', ']', true],
  ['a\\*b', 'a*b', true],
  ['a\\*b', 'axb', false],
  ['{a,b}', 'a', false],
  ['a.b+', 'a.b+', true],
  ['a.b', 'axb', false],
])('pattern %s, name %s', (pattern, name, expected) => {
  expect(compileGoGlob(pattern)?.test(name)).toBe(expected);
});

test.each(['[', '[]', '[a', 'a\\', '[z-a]'])('%s is not a pattern', (pattern) => {
  expect(compileGoGlob(pattern)).toBeUndefined();
  expect(expandGoGlob(join(folder, pattern))).toEqual([join(folder, pattern)]);
});

test('folders in the path may be patterns', () => {
  for (const name of ['x1/metrics', 'x2/metrics', 'y/metrics', 'x3'])
    mkdirSync(join(folder, name), { recursive: true });
  expect(expandGoGlob(join(folder, 'x*', 'met*'))).toEqual([join(folder, 'x1/metrics'), join(folder, 'x2/metrics')]);
});
