// Subject: README.md
/** Links and npm scripts in documents exist, and every folder has a README. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const root = join(import.meta.dirname, '..', '..');
const documents = globSync('**/*.md', { cwd: root, exclude: (name) => /^(node_modules|dist|data|\.)/.test(name) });
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };

describe('documents', () => {
  test('exist', () => {
    expect(documents).toEqual(
      expect.arrayContaining(['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'docs/metrics.md']),
    );
  });

  test.each(documents)('%s: every linked file exists', (document) => {
    const text = readFileSync(join(root, document), 'utf8');
    const targets = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map((match) => match[1] as string);
    const missing = targets.filter((target) => !existsSync(join(root, dirname(document), target)));
    expect(missing).toEqual([]);
  });

  test.each(documents)('%s: every npm script exists', (document) => {
    const text = readFileSync(join(root, document), 'utf8');
    const named = [...text.matchAll(/npm run ([a-z][a-z0-9:-]*)/g)].map((match) => match[1] as string);
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  });
});

describe('folders', () => {
  const folders = [
    'bin',
    'common',
    'common/catalogue',
    'common/store',
    'exporter',
    'exporter/collectors',
    'ingest-gateway',
    'alert-relay',
    'rules',
    'stack',
    'scripts',
    'deploy',
    'bench',
    'console',
    'grafana',
    'test',
  ];

  test.each(folders)('%s has a README', (folder) => {
    const lines = readFileSync(join(root, folder, 'README.md'), 'utf8').split('\n');
    expect(lines[0]).toMatch(/^# /);
    expect(lines.length).toBeGreaterThan(2);
  });
});
