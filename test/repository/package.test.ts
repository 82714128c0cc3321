// Subject: package.json
/** The published package: its version, and the files that it holds. */
import { execFileSync } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const root = join(import.meta.dirname, '..', '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

interface Manifest {
  readonly version: string;
  readonly license: string;
  readonly private?: boolean;
  readonly engines: { readonly node: string };
  readonly bin: Readonly<Record<string, string>>;
  readonly files: readonly string[];
}

const manifest = JSON.parse(read('package.json')) as Manifest;

describe('version', () => {
  test('package-lock.json has the same', () => {
    const lock = JSON.parse(read('package-lock.json')) as { version: string; packages: { '': { version: string } } };
    expect([lock.version, lock.packages[''].version]).toEqual([manifest.version, manifest.version]);
  });

  test('CHANGELOG.md has a dated section for it, below Unreleased and above earlier versions', () => {
    const headings = [...read('CHANGELOG.md').matchAll(/^## (.+)$/gm)].map((match) => match[1] as string);
    expect(headings[0]).toBe('Unreleased');
    expect(headings[1]?.split(' ')[0]).toBe(manifest.version);
    expect(headings.length).toBeGreaterThan(2);
    for (const heading of headings.slice(1)) expect(heading).toMatch(/^\d+\.\d+\.\d+ \(\d{4}-\d{2}-\d{2}\)$/);
  });

  test('the Helm chart has it', () => {
    const chart = read('deploy/helm/hostpulse/Chart.yaml');
    expect(chart).toContain(`\nversion: ${manifest.version}\n`);
    expect(chart).toContain(`\nappVersion: "${manifest.version}"\n`);
  });

  test('SECURITY.md supports its minor release', () => {
    expect(read('SECURITY.md')).toContain(`(${manifest.version.split('.').slice(0, 2).join('.')}.x)`);
  });

  test('every image of hostpulse that a deployment names has it', () => {
    const files = ['docker-compose.yml', 'docs/containers.md', ...globSync('deploy/**/*.{yml,yaml,md}', { cwd: root })];
    const tags = files.flatMap((file) =>
      [...read(file).matchAll(/\bhostpulse:(\d[\w.]*\w)/g)].map((match) => match[1]),
    );
    expect(tags.length).toBeGreaterThan(4);
    expect(new Set(tags)).toEqual(new Set([manifest.version]));
  });
});

describe('package', () => {
  test('can be published, and requires the Node that the command line requires', () => {
    expect(manifest.private).toBeUndefined();
    expect(manifest.license).toBe('Apache-2.0');
    const required = /if \(major < (\d+)\)/.exec(read('bin/hostpulse.ts'))?.[1];
    expect(manifest.engines.node).toBe(`>=${required}`);
  });

  test('every pattern of "files" matches a file of the repository', () => {
    const patterns = manifest.files.filter((pattern) => !pattern.startsWith('!') && pattern !== 'dist');
    expect(patterns.length).toBeGreaterThan(7);
    for (const pattern of patterns)
      expect([pattern, globSync(pattern, { cwd: root }).length > 0]).toEqual([pattern, true]);
  });

  test('holds what the programs read, and no test, benchmark, source, secret or data', () => {
    const shipped = [
      'CHANGELOG.md',
      'LICENSE',
      'NOTICE',
      'README.md',
      'alertmanager.yml',
      'deploy/compose/relay.yml',
      'deploy/hostpulse',
      'dist/bin/hostpulse.js',
      'dist/console/index.html',
      'docs/api.md',
      'grafana/dashboards/host.json',
      'grafana/provisioning/dashboards/hostpulse.yml',
      'prometheus.yml',
      'rules/alerts.rules.yml',
    ];
    const withheld = [
      '.github/workflows/ci.yml',
      'bench/exporter.ts',
      'bin/hostpulse.ts',
      'data/admin-key',
      'deploy/compose/secrets/database-password',
      'deploy/compose/secrets/database-url',
      'dist/bench/exporter.js',
      'grafana/dashboards/.lint',
      'rules/alert.ts',
      'rules/alerts-hosts.test.yaml',
      'test/support/golden.ts',
    ];
    expect(packedFiles([...shipped, ...withheld])).toEqual([...shipped, 'package.json'].sort());
  });

  test('every command of "bin" is compiled from a file of bin/', () => {
    expect(Object.entries(manifest.bin)).toEqual([['hostpulse', 'dist/bin/hostpulse.js']]);
    expect(read('bin/hostpulse.ts').split('\n')[0]).toBe('#!/usr/bin/env node');
  });
});

/** The files that npm would pack from a folder with this package.json and these files, sorted. */
function packedFiles(files: readonly string[]): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'hostpulse-package-'));
  try {
    for (const file of files) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), 'content\n');
    }
    writeFileSync(join(folder, 'package.json'), read('package.json'));
    writeFileSync(join(folder, '.gitignore'), read('.gitignore'));
    const args = ['pack', '--dry-run', '--json', '--ignore-scripts'];
    const output = execFileSync('npm', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    const [packed] = JSON.parse(output) as { files: { path: string }[] }[];
    return (packed?.files ?? []).map(({ path }) => path).sort();
  } finally {
    rmSync(folder, { recursive: true });
  }
}
