import { describe, expect, test } from '@jest/globals';
import { formatFinding } from '../../../scripts/check/finding.ts';
import { findForeignImports, findUpwardImports } from '../../../scripts/check/upward.ts';
import { importTree } from '../../support/source-tree.ts';

describe('imports of other programs', () => {
  test('services do not import each other, common/ imports no program, and bin/ imports all', () => {
    const graph = importTree({
      'exporter/a.ts': ['common/a.ts', 'ingest-gateway/a.ts'],
      'ingest-gateway/a.ts': ['alert-relay/a.ts'],
      'alert-relay/a.ts': [],
      'common/a.ts': ['exporter/a.ts'],
      'bin/a.ts': ['exporter/a.ts', 'ingest-gateway/a.ts', 'alert-relay/a.ts', 'common/a.ts'],
      'test/a.ts': ['exporter/a.ts'],
      'jest.config.js': [],
    }).graph();
    expect(findForeignImports(graph).map(formatFinding)).toEqual([
      'common/a.ts:1: imports exporter/a.ts: common/ imports only itself',
      'exporter/a.ts:2: imports ingest-gateway/a.ts: exporter/ imports only itself, common/',
      'ingest-gateway/a.ts:1: imports alert-relay/a.ts: ingest-gateway/ imports only itself, common/, rules/',
    ]);
  });

  test('a new top folder needs a row', () => {
    const graph = importTree({ 'attic/a.ts': [], 'attic/b.ts': [] }).graph();
    expect(findForeignImports(graph).map(formatFinding)).toEqual([
      'attic:1: layers.ts does not say what the folder may import',
    ]);
  });
});

describe('layers of a program', () => {
  const messages = (imports: Record<string, string[]>, layers: readonly (readonly string[])[]) =>
    findUpwardImports(importTree(imports).graph(), { relay: layers }).map(formatFinding);

  test('imports go down or stay in the row', () => {
    const layers = [['main.ts'], ['stages/', 'routes/'], ['text/']];
    expect(
      messages(
        {
          'relay/main.ts': ['relay/stages/a.ts', 'relay/text/a.ts'],
          'relay/stages/a.ts': ['relay/routes/a.ts', 'relay/text/a.ts'],
          'relay/routes/a.ts': [],
          'relay/text/a.ts': ['common/x.ts', 'relay/stages/a.ts', 'relay/main.ts'],
          'common/x.ts': [],
        },
        layers,
      ),
    ).toEqual([
      'relay/text/a.ts:2: imports relay/stages/a.ts: "stages/" is a layer above "text/"',
      'relay/text/a.ts:3: imports relay/main.ts: "main.ts" is a layer above "text/"',
    ]);
  });

  test('the longest entry decides', () => {
    const layers = [['push/'], ['push/buffer/']];
    expect(messages({ 'relay/push/a.ts': ['relay/push/buffer/b.ts'], 'relay/push/buffer/b.ts': [] }, layers)).toEqual(
      [],
    );
    expect(messages({ 'relay/push/a.ts': [], 'relay/push/buffer/b.ts': ['relay/push/a.ts'] }, layers)).toEqual([
      'relay/push/buffer/b.ts:1: imports relay/push/a.ts: "push/" is a layer above "push/buffer/"',
    ]);
  });

  test('what has no layer and what a layer names in vain are findings, a folder once', () => {
    expect(
      messages({ 'relay/main.ts': [], 'relay/odd.ts': [], 'relay/new/a.ts': [], 'relay/new/b/c.ts': [] }, [
        ['main.ts'],
        ['gone/'],
      ]),
    ).toEqual([
      'relay:1: layers.ts names "gone/", which holds no file',
      'relay/new:1: has no layer in the table of relay/',
      'relay/odd.ts:1: has no layer in the table of relay/',
    ]);
  });
});
