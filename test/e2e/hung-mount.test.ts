/** Mounts whose statfs never returns: FUSE file systems whose server does not respond. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import type { HungMountReport } from '../support/hung-mount-scenario.ts';

// Without root, a user namespace grants the permission to mount.
const namespaces = process.getuid?.() === 0 ? ['--mount'] : ['--mount', '--user', '--map-root-user'];
const canMount = spawnSync('unshare', [...namespaces, 'test', '-w', '/dev/fuse']).status === 0;

const scenario = join(import.meta.dirname, '..', 'support', 'hung-mount-scenario.ts');
const work = mkdtempSync(join(tmpdir(), 'hung-mount-'));
const hung = ['hung-0', 'hung-1', 'hung-2', 'hung-3', 'hung-4'];

/** Collectors without data on a machine without the hardware or the kernel module. */
const mayHaveNoData = new Set([
  'conntrack',
  'cpufreq',
  'dmi',
  'hwmon',
  'mdadm',
  'nvme',
  'powersupplyclass',
  'pressure',
  'schedstat',
]);

// An unprivileged container cannot mount: the tests are skipped there.
const describeWhereMountable = canMount ? describe : describe.skip;

describeWhereMountable('five hung mounts and a working one', () => {
  let report: HungMountReport;
  let exitCode: unknown;

  beforeAll(async () => {
    const child = spawn('unshare', [...namespaces, process.execPath, scenario, work], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit');
    const [line] = await Promise.race([once(createInterface(child.stdout), 'line'), exited]);
    report = JSON.parse(String(line)) as HungMountReport;
    child.kill('SIGTERM');
    [exitCode] = await exited;
  }, 30_000);

  afterAll(() => rmSync(work, { recursive: true, force: true }));

  test('the first read takes one second for all hung mounts together', () => {
    expect(report.tookMs.first).toBeGreaterThan(900);
    expect(report.tookMs.first).toBeLessThan(2000);
  });

  test('hung mounts are exposed as errors, the others with their usage', () => {
    const faults = { ...Object.fromEntries(hung.map((name) => [name, 'mountpoint timeout'])), alive: '' };
    expect(report.faults.first).toEqual(faults);
    expect(report.faults.stuck).toEqual(faults);
    expect(report.sized).toEqual(['alive']);
  });

  // A read that waits takes the full `limitMs` of one second.
  test('reads after the timeout do not wait for hung mounts', () => expect(report.tookMs.stuck).toBeLessThan(1000));

  test('each hung mount has one child after several reads', () => expect(report.children).toHaveLength(hung.length));

  test('a mount that recovers is read again', () => {
    expect(report.faults.closed['hung-4']).toBe('transport endpoint is not connected');
    expect(report.faults.closed['hung-3']).toBe('mountpoint timeout');
  });

  test('the push buffer can be written while mounts hang', () => expect(report.isBufferWritten).toBe(true));

  test('all other collectors succeed in time while mounts hang', () => {
    // Collectors without data on this machine fail here as well.
    expect(report.others.fresh).toEqual(
      expect.arrayContaining([
        'filesystem',
        'cpu',
        'meminfo',
        'loadavg',
        'netdev',
        'diskstats',
        'stat',
        'time',
        'vmstat',
      ]),
    );
    expect(report.others.failed.filter((name) => !mayHaveNoData.has(name))).toEqual([]);
    expect(report.others.tookMs).toBeLessThan(1_500);
  });

  test('the thread pool resolves names and reads files while mounts hang', () => expect(report.isPoolFree).toBe(true));

  test('the process and its children end on SIGTERM', async () => {
    expect(exitCode).toBe(0);
    expect(report.children.length).toBeGreaterThan(0);
    await eventually(
      { what: 'the end of the children', limitMs: 5000 },
      () => report.children.every((pid) => !existsSync(`/proc/${pid}`)) || undefined,
    );
  });
});
