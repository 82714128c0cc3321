/** Who asked for procfs never pays for systeminformation; who asked for it gets it, and is told what it lacks. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from '@jest/globals';
import { runCli } from '../support/cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'hostpulse-portable-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Files loaded for one scrape with these flags. */
async function loadedBy(...flags: readonly string[]): Promise<readonly string[]> {
  const report = join(folder, `${flags.length}.json`);
  const preload = pathToFileURL(join(import.meta.dirname, '../support/report-modules.mjs')).href;
  const { code, stdout } = await runCli(['exporter', '--once', ...flags], {
    nodeFlags: ['--import', preload],
    env: { MODULES_FILE: report },
  });
  expect(code).toBe(0);
  expect(stdout).toContain('node_memory_MemTotal_bytes');
  return (JSON.parse(readFileSync(report, 'utf8')) as { files: string[] }).files;
}

const isPortable = (file: string): boolean => /systeminformation|exporter\/portable\//.test(file);

describe('--source', () => {
  test('procfs, the default on Linux, loads nothing of the other', async () => {
    const files = await loadedBy();
    expect(files.length).toBeGreaterThan(20);
    expect(files.filter(isPortable)).toEqual([]);
  });

  test('systeminformation loads it', async () => {
    const files = await loadedBy('--source=systeminformation', '--no-collector.netstat', '--no-collector.sockstat');
    expect(files.filter(isPortable).length).toBeGreaterThan(10);
  });

  test('what a source lacks and was asked for by name is a fault of the configuration', async () => {
    const { code, stderr } = await runCli([
      'exporter',
      '--source=systeminformation',
      '--collector.vmstat',
      '--collector.netstat.fields=.*',
      '--check-config',
    ]);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /--collector\.vmstat: expected a collector of source systeminformation \(cpu, .*\), got "vmstat"/,
    );
    expect(stderr).toContain(
      '--collector.netstat.fields: expected to be left out: source systeminformation has no such flag, got ".*"',
    );
  });

  test('there is no third', async () => {
    const { code, stderr } = await runCli(['exporter', '--source=wmi', '--check-config']);
    expect(code).toBe(2);
    expect(stderr).toContain('--source: expected one of procfs, systeminformation, got "wmi"');
  });
});
