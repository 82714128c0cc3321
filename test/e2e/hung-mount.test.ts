/** Tests mounts whose statfs never returns: real FUSE mounts whose server answers no request. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import type { HungMountReport } from '../support/hung-mount-scenario.ts';

// Without root, a user namespace permits mounting.
const namespaces = process.getuid?.() === 0 ? ['--mount'] : ['--mount', '--user', '--map-root-user'];
const canMount = spawnSync('unshare', [...namespaces, 'test', '-w', '/dev/fuse']).status === 0;

const scenario = join(import.meta.dirname, '..', 'support', 'hung-mount-scenario.ts');
const work = mkdtempSync(join(tmpdir(), 'hung-mount-'));
const hung = ['hung-0', 'hung-1', 'hung-2', 'hung-3', 'hung-4'];

/** Collectors that have no data on a machine without their hardware or kernel module. */
const mayHaveNoData = new Set([
  'bcachefs',
  'bonding',
  'conntrack',
  'cpufreq',
  'dmi',
  'fibrechannel',
  'hwmon',
  'infiniband',
  'ipvs',
  'mdadm',
  'nfs',
  'nfsd',
  'nvme',
  'powersupplyclass',
  'pressure',
  'rapl',
  'schedstat',
  'tapestats',
  'zfs',
]);

// An unprivileged container permits no mounts: the tests are reported as skipped.
const describeWhereMountable = canMount ? describe : describe.skip;

describeWhereMountable('five hung mounts and a working mount', () => {
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

  test('the first reading waits one second for any number of hung mounts', () => {
    expect(report.tookMs.first).toBeGreaterThan(900);
    expect(report.tookMs.first).toBeLessThan(2000);
  });

  test('hung mounts are device errors, other mounts have values', () => {
    const faults = { ...Object.fromEntries(hung.map((name) => [name, 'mountpoint timeout'])), alive: '' };
    expect(report.faults.first).toEqual(faults);
    expect(report.faults.stuck).toEqual(faults);
    expect(report.sized).toEqual(['alive']);
  });

  // A reading that waits takes `limitMs`, which is one second.
  test('after the timeout, readings do not wait', () => expect(report.tookMs.stuck).toBeLessThan(1000));

  test('each hung mount has one child for any number of readings', () =>
    expect(report.children).toHaveLength(hung.length));

  test('a mount that responds again has the error of statfs instead of the timeout', () => {
    expect(report.faults.closed['hung-4']).toBe('transport endpoint is not connected');
    expect(report.faults.closed['hung-3']).toBe('mountpoint timeout');
  });

  test('the push buffer is written while mounts hang', () => expect(report.isBufferWritten).toBe(true));

  test('every other collector returns new values in time while mounts hang', () => {
    // Collectors without data on this machine fail with and without hung mounts.
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

  test('DNS and file reads work while mounts hang', () => expect(report.isPoolFree).toBe(true));

  test('SIGTERM ends the process and its children', async () => {
    expect(exitCode).toBe(0);
    expect(report.children.length).toBeGreaterThan(0);
    await eventually(
      { what: 'the children are gone', limitMs: 5000 },
      () => report.children.every((pid) => !existsSync(`/proc/${pid}`)) || undefined,
    );
  });
});
