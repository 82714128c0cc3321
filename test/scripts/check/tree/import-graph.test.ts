import { expect, test } from '@jest/globals';
import { reachableFiles, resolveSpecifier } from '../../../../scripts/check/tree/import-graph.ts';
import { importTree, sourceTree } from '../../../support/source-tree.ts';

test('relative specifiers become edges between source files', () => {
  const graph = sourceTree({
    'a/main.ts':
      "import { x } from '../b/x.ts';\nimport type { Y } from './y.tsx';\nimport 'express';\nimport './style.css';",
    'a/y.tsx': '',
    'b/x.ts':
      "new URL(`./worker.${suffix}`, import.meta.url);\nnew URL('./worker.js', import.meta.url);\nimport '../absent.ts';",
    'b/worker.ts': '',
    'a/style.css': '',
  }).graph();
  expect([...graph.keys()]).toEqual(['a/main.ts', 'a/y.tsx', 'b/worker.ts', 'b/x.ts']);
  expect(graph.get('a/main.ts')).toEqual([
    { from: 'a/main.ts', to: 'b/x.ts', line: 1, kind: 'import', typeOnly: false },
    { from: 'a/main.ts', to: 'a/y.tsx', line: 2, kind: 'import', typeOnly: true },
  ]);
  expect(graph.get('b/x.ts')).toEqual([
    { from: 'b/x.ts', to: 'b/worker.ts', line: 1, kind: 'worker', typeOnly: false },
    { from: 'b/x.ts', to: 'b/worker.ts', line: 2, kind: 'worker', typeOnly: false },
  ]);
});

test('a specifier resolves to the file as written before its TypeScript source', () => {
  const resolve = (specifier: string, ...files: string[]) =>
    resolveSpecifier('a/b.ts', specifier, (path) => files.includes(path));
  expect(resolve('./c.js', 'a/c.js', 'a/c.ts')).toBe('a/c.js');
  expect(resolve('./c.js', 'a/c.tsx')).toBe('a/c.tsx');
  expect(resolve('../c.ts?worker', 'c.ts')).toBe('c.ts');
  expect(resolve('c.ts', 'a/c.ts')).toBeUndefined();
  expect(resolve('./c.ts')).toBeUndefined();
});

test('reachable files follow accepted edges only', () => {
  const graph = importTree({ 'a.ts': ['b.ts'], 'b.ts': ['c.ts', 'd.ts'], 'c.ts': ['a.ts'], 'd.ts': [] }).graph();
  expect([...reachableFiles(graph, ['a.ts'], ({ to }) => to !== 'd.ts')]).toEqual(['a.ts', 'b.ts', 'c.ts']);
});
