import { describe, expect, test } from '@jest/globals';
import { formatFinding } from '../../../scripts/check/finding.ts';
import { findCrowdedFolders, findSingleUserFiles } from '../../../scripts/check/layout.ts';
import { importTree } from '../../support/source-tree.ts';

const numbered = (folder: string, count: number) => Array.from({ length: count }, (_, n) => `${folder}/f${n}.ts`);

describe('crowded folders', () => {
  test('twelve files are enough, thirteen are too many; folders below and other files do not count', () => {
    const files = [
      ...numbered('exporter', 12),
      'exporter/README.md',
      'exporter/data.json',
      ...numbered('exporter/push', 13),
      ...numbered('test/exporter', 30),
      ...numbered('docs', 30),
    ];
    expect(findCrowdedFolders(files, []).map(formatFinding)).toEqual([
      'exporter/push:1: the folder holds 13 source files, at most 12',
    ]);
  });

  test('a list folder may hold more; an exception for a folder that is gone is a finding', () => {
    const lists = [
      { path: 'exporter/collectors', reason: 'list' },
      { path: 'exporter/gone', reason: 'list' },
    ];
    expect(findCrowdedFolders(numbered('exporter/collectors', 36), lists).map(formatFinding)).toEqual([
      'exporter/gone:1: an exception names this folder, which holds no source file',
    ]);
  });
});

describe('files of common/ with fewer than two users', () => {
  const messages = (imports: Record<string, string[]>) =>
    findSingleUserFiles(importTree(imports).graph()).map(formatFinding);

  test('the single program is named; tests, benchmarks and scripts are no users', () => {
    expect(
      messages({
        'common/one.ts': [],
        'common/two.ts': [],
        'common/none.ts': [],
        'exporter/a.ts': ['common/one.ts', 'common/two.ts'],
        'ingest-gateway/a.ts': ['common/two.ts'],
        'test/a.ts': ['common/one.ts', 'common/none.ts'],
        'bench/a.ts': ['common/one.ts'],
        'scripts/a.ts': ['common/one.ts'],
      }),
    ).toEqual([
      'common/none.ts:1: no program uses this file',
      'common/one.ts:1: only exporter/ uses this file: it belongs there',
    ]);
  });

  test('users of a file of common/ use what it imports, and a program does not use what another one imports', () => {
    expect(
      messages({
        'common/shared.ts': ['common/deep.ts'],
        'common/deep.ts': ['common/deeper.ts'],
        'common/deeper.ts': [],
        'common/own.ts': [],
        'exporter/a.ts': ['common/shared.ts', 'common/own.ts'],
        'bin/a.ts': ['exporter/a.ts', 'common/shared.ts'],
      }),
    ).toEqual(['common/own.ts:1: only exporter/ uses this file: it belongs there']);
  });
});
