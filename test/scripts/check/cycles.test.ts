import { describe, expect, test } from '@jest/globals';
import { findFileCycles, findFolderCycles } from '../../../scripts/check/cycles.ts';
import { formatFinding } from '../../../scripts/check/finding.ts';
import { importTree, sourceTree } from '../../support/source-tree.ts';

describe('files', () => {
  test('the shortest cycle of a group is printed with its lines', () => {
    const tree = importTree({
      'a.ts': ['z.ts', 'b.ts'],
      'b.ts': ['c.ts'],
      'c.ts': ['d.ts', 'a.ts'],
      'd.ts': ['c.ts'],
      'z.ts': [],
    });
    expect(findFileCycles(tree.graph()).map(formatFinding)).toEqual([
      'c.ts:1: import cycle: c.ts:1 imports d.ts, d.ts:1 imports c.ts; 4 import each other by way of others',
    ]);
  });

  test('separate cycles are separate findings; a diamond is none', () => {
    const tree = importTree({
      'a.ts': ['b.ts'],
      'b.ts': ['a.ts'],
      'c.ts': ['d.ts'],
      'd.ts': ['e.ts'],
      'e.ts': ['c.ts'],
      'top.ts': ['left.ts', 'right.ts'],
      'left.ts': ['bottom.ts'],
      'right.ts': ['bottom.ts'],
      'bottom.ts': [],
    });
    expect(findFileCycles(tree.graph()).map(formatFinding)).toEqual([
      'a.ts:1: import cycle: a.ts:1 imports b.ts, b.ts:1 imports a.ts',
      'c.ts:1: import cycle: c.ts:1 imports d.ts, d.ts:1 imports e.ts, e.ts:1 imports c.ts',
    ]);
  });

  test('type-only imports count', () => {
    const tree = sourceTree({
      'a.ts': "import { b } from './b.ts';",
      'b.ts': "\nimport type { A } from './a.ts';",
    });
    expect(findFileCycles(tree.graph()).map(formatFinding)).toEqual([
      'a.ts:1: import cycle: a.ts:1 imports b.ts, b.ts:2 imports a.ts',
    ]);
  });
});

describe('folders', () => {
  const messages = (imports: Record<string, string[]>) =>
    findFolderCycles(importTree(imports).graph()).map(formatFinding);

  test('folders of a program must not import each other, also without a cycle of files', () => {
    expect(
      messages({
        'relay/x/a.ts': ['relay/y/b.ts'],
        'relay/x/c.ts': [],
        'relay/y/b.ts': [],
        'relay/y/d.ts': ['relay/x/c.ts'],
      }),
    ).toEqual([
      'relay/x/a.ts:1: folder cycle relay/x/ -> relay/y/ -> relay/x/: relay/x/a.ts:1 imports relay/y/b.ts, relay/y/d.ts:1 imports relay/x/c.ts',
    ]);
  });

  test('main.ts composes the folders below, which may import files beside it; another file may not', () => {
    const child = { 'relay/x/a.ts': ['relay/config.ts'], 'relay/config.ts': [] };
    expect(messages({ ...child, 'relay/main.ts': ['relay/x/a.ts'] })).toEqual([]);
    expect(messages({ ...child, 'relay/other.ts': ['relay/x/a.ts'] })).toHaveLength(1);
  });

  test('main.ts of a folder below may not import upwards in a circle', () => {
    expect(
      messages({
        'relay/x/main.ts': ['relay/a.ts'],
        'relay/b.ts': ['relay/x/c.ts'],
        'relay/x/c.ts': [],
        'relay/a.ts': [],
      }),
    ).toHaveLength(1);
  });

  test('folders of two programs and of test/ are left out', () => {
    expect(
      messages({
        'a/x.ts': ['b/x.ts'],
        'b/x.ts': [],
        'b/y.ts': ['a/y.ts'],
        'a/y.ts': [],
        'test/x/a.ts': ['test/y/a.ts'],
        'test/y/a.ts': [],
        'test/y/b.ts': ['test/x/b.ts'],
        'test/x/b.ts': [],
      }),
    ).toEqual([]);
  });
});
