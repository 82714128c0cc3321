import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readRepository } from '../../../../scripts/check/tree/repository.ts';

let root = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'hostpulse-tree-'));
  for (const path of [
    'b.ts',
    'a/c.md',
    'test/cases/x/input.ts',
    'test/a.test.ts',
    'node_modules/p/index.js',
    'a/node_modules/q.js',
    'data/d.ts',
    'dist/e.js',
    '.git/f.ts',
  ]) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), `export const path = '${path}';\n`);
  }
  symlinkSync(join(root, 'b.ts'), join(root, 'link.ts'));
});
afterAll(() => rmSync(root, { recursive: true }));

test('a checkout without git: own files, sorted, without what is installed, built or case data', () => {
  const repository = readRepository(root);
  expect(repository.files).toEqual(['a/c.md', 'b.ts', 'test/a.test.ts']);
  expect(repository.read('a/c.md')).toBe("export const path = 'a/c.md';\n");
  expect([...repository.sources().keys()]).toEqual(['b.ts', 'test/a.test.ts']);
  expect(repository.sources()).toBe(repository.sources());
});
