/** `hostpulse snapshot` on a terminal and in a script. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { metrics } from '../../common/catalogue/metrics.ts';
import { runCli, startCli } from '../support/cli.ts';
import { programEnvironment } from '../support/program-environment.ts';

const folder = mkdtempSync(join(tmpdir(), 'hostpulse-snapshot-'));
afterAll(() => rmSync(folder, { recursive: true }));

const quick = ['snapshot', '--interval=100ms'] as const;

interface Body {
  readonly host: string;
  readonly metrics: readonly { readonly name: string; readonly value: number; readonly timestamp: number }[];
}

describe('snapshot', () => {
  test('without a terminal prints a table without colours', async () => {
    const { code, stdout, stderr } = await runCli([...quick]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const heading of ['CPU', 'MEMORY', 'DISK', 'NETWORK']) expect(stdout).toContain(`\n${heading}\n`);
    expect(stdout).toMatch(/^ {2}cpu\.usage\.total +\d+\.\d %$/m);
    expect(stdout).not.toContain('\u001b');
  });

  test('prints the metrics as a push body with current, plausible values', async () => {
    const { code, stdout } = await runCli([...quick, '--format=json']);
    expect(code).toBe(0);
    const body = JSON.parse(stdout) as Body;
    const found = new Map(body.metrics.map((each) => [each.name, each]));
    const absent = metrics.map(({ name }) => name).filter((name) => !found.has(name));
    expect(absent.filter((name) => !name.startsWith('swap.') && !name.startsWith('disk.inode.usage'))).toEqual([]);
    expect(found.get('cpu.usage.total')?.value).toBeGreaterThanOrEqual(0);
    expect(found.get('cpu.usage.total')?.value).toBeLessThanOrEqual(100);
    expect(Math.abs((found.get('cpu.usage.total')?.timestamp ?? 0) - Date.now())).toBeLessThan(30_000);
  });

  test('reads the configuration file of the exporter, with its host name', async () => {
    const file = join(folder, 'exporter.yml');
    writeFileSync(
      file,
      'collector: {interval: 5s, host: web-1, buffer: {max_age: 1h}}\nweb: {listen_address: [":9100"]}\nmetrics: {network: {enabled: false}}\n',
    );
    const { code, stdout } = await runCli([...quick, '--config.file', file, '--format=json']);
    expect(code).toBe(0);
    const body = JSON.parse(stdout) as Body;
    expect(body.host).toBe('web-1');
    expect(body.metrics.filter(({ name }) => name.startsWith('network.'))).toEqual([]);
  });

  test('accepts settings of the exporter for sources and folders', async () => {
    const { code, stdout } = await runCli([
      ...quick,
      '--source=systeminformation',
      '--metric=memory.total',
      '--format=prometheus',
    ]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^hostpulse_memory_total \d+$/m);
  });

  test.each([
    [['--metric=cpx'], '--metric: expected a metric of docs/metrics.md'],
    [['--format=xml'], '--format: expected one of table, json, prometheus, got "xml"'],
    [['--watch=soon'], '--watch: expected a duration of at least 100ms'],
    [['--source=systeminformation', '--collector.vmstat'], '--collector.vmstat: expected a collector of source'],
  ])('%j is refused', async (flags, words) => {
    const { code, stderr } = await runCli([...quick, ...flags]);
    expect(code).toBe(2);
    expect(stderr).toContain(words);
  });
});

describe('snapshot --watch', () => {
  test('prints rates over the time since the previous snapshot', async () => {
    const cli = startCli([...quick, '--watch=200ms', '--metric=cpu.load', '--format=json']);
    const bodies = await new Promise<Body[]>((resolve) => {
      cli.child.stdout?.on('data', () => {
        const lines = cli.stdout().split('\n').slice(0, -1);
        if (lines.length >= 3) resolve(lines.map((line) => JSON.parse(line) as Body));
      });
    });
    cli.child.kill('SIGINT');
    await cli.ended;
    expect(bodies.length).toBeGreaterThanOrEqual(3);
    const times = bodies.map((body) => body.metrics[0]?.timestamp ?? 0);
    for (const [index, time] of times.entries()) {
      if (index > 0) expect(time - (times[index - 1] ?? 0)).toBeGreaterThanOrEqual(190);
    }
  });

  test('repeats every 2 s by default; ends without an error when the reader goes away', async () => {
    const printed = await runCli([...quick, '--watch', '--print-config']);
    expect(printed.stdout).toContain('watch: 2s');
    const cli = startCli([...quick, '--watch=100ms', '--metric=cpu.load']);
    await new Promise((resolve) => cli.child.stdout?.once('data', resolve));
    cli.child.stdout?.destroy();
    const { code, stderr } = await cli.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  test('redraws on a terminal, in colour unless NO_COLOR is set', async () => {
    for (const [environment, coloured] of [
      [{}, true],
      [{ NO_COLOR: '1' }, false],
    ] as const) {
      const entry = join(import.meta.dirname, '../../bin/hostpulse.ts');
      const command = `${process.execPath} ${entry} snapshot --interval=100ms --watch=100ms --metric=cpu.load`;
      const child = spawn('script', ['-qfec', command, '/dev/null'], {
        env: { ...programEnvironment(), TERM: 'xterm-256color', ...environment },
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      let text = '';
      await new Promise<void>((resolve) => {
        child.stdout.on('data', (data) => {
          text += String(data);
          if (text.split('\u001b[J').length > 3) resolve();
        });
      });
      child.kill('SIGTERM');
      await new Promise((resolve) => child.once('close', resolve));
      expect(text.split('\u001b[2J')).toHaveLength(2);
      expect(text.includes('\u001b[1m')).toBe(coloured);
      expect(text).toContain('cpu.load.average.15m');
    }
  });
});
