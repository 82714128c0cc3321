/** The setting --source: loaded modules, and problems for collectors and flags that a source does not support. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from '@jest/globals';
import { runCli } from '../support/cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'hostpulse-portable-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Returns the files that one scrape with these flags loads. */
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
  test('procfs, the default on Linux, loads no portable collector', async () => {
    const files = await loadedBy();
    expect(files.length).toBeGreaterThan(20);
    expect(files.filter(isPortable)).toEqual([]);
  });

  test('systeminformation loads the portable collectors', async () => {
    const files = await loadedBy('--source=systeminformation', '--no-collector.netstat', '--no-collector.sockstat');
    expect(files.filter(isPortable).length).toBeGreaterThan(10);
  });

  test('collectors and flags that the source does not support are configuration errors', async () => {
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
      '--collector.netstat.fields: expected no value: source systeminformation has no such flag, got ".*"',
    );
  });

  test('an unknown source is a configuration error', async () => {
    const { code, stderr } = await runCli(['exporter', '--source=wmi', '--check-config']);
    expect(code).toBe(2);
    expect(stderr).toContain('--source: expected one of procfs, systeminformation, got "wmi"');
  });
});
