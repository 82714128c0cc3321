/** The mount prober with child processes: `stat`, and scripts with late, invalid or no output. Hung mounts are in test/e2e/hung-mount.test.ts. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { createMountProber } from '../../../../exporter/collectors/filesystem/mount-prober.ts';
import { eventually } from '../../../support/eventually.ts';

const work = mkdtempSync(join(tmpdir(), 'prober-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

const usage = { sizeBytes: 4096, freeBytes: 8192, availBytes: 12_288, files: 4, filesFree: 5 };
const line = '4096 1 2 3 4 5';

/** Writes a shell script; the path of the mount is `$5`. */
function script(name: string, body: string): string {
  const path = join(work, name);
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

test('reads usages with stat', async () => {
  const readings = await createMountProber({ timeoutMs: 5000, concurrency: 4 }).readAll([
    '/',
    '/proc',
    '/no/such/mount',
  ]);
  expect(readings.get('/')).toMatchObject({ usage: { sizeBytes: expect.any(Number) } });
  expect(readings.get('/proc')).toMatchObject({ usage: { sizeBytes: 0 } });
  expect(readings.get('/no/such/mount')).toEqual({ fault: 'no such file or directory' });
});

test('runs at most `concurrency` children for hundreds of mounts', async () => {
  const log = join(work, 'count.log');
  const command = script('count', `echo + >> ${log}; echo '${line}'; echo - >> ${log}`);
  const paths = Array.from({ length: 200 }, (_, index) => `/mount-${index}`);
  const readings = await createMountProber({ timeoutMs: 55_000, limitMs: 55_000, concurrency: 3, command }).readAll(
    paths,
  );
  expect(readings.size).toBe(200);
  expect([...readings.values()].every((reading) => 'usage' in reading)).toBe(true);
  let [running, most] = [0, 0];
  for (const mark of readFileSync(log, 'utf8').trim().split('\n')) {
    running += mark === '+' ? 1 : -1;
    most = Math.max(most, running);
  }
  expect(most).toBeLessThanOrEqual(3);
});

test('returns the previous result of a mount whose result is late', async () => {
  const command = script('late', `sleep 0.3; echo '${line}'`);
  const prober = createMountProber({ timeoutMs: 5000, limitMs: 50, concurrency: 4, command });
  expect(await prober.readAll(['/late'])).toEqual(new Map([['/late', { fault: 'mountpoint timeout' }]]));
  const second = await eventually({ what: 'the late result', limitMs: 5000, pollMs: 400 }, async () => {
    const reading = (await prober.readAll(['/late'])).get('/late');
    return reading !== undefined && 'usage' in reading ? reading : undefined;
  });
  expect(second).toEqual({ usage });
});

test('hung mounts do not prevent reads of the others', async () => {
  const command = script('some', `case "$5" in /hung*) sleep 8;; esac; echo '${line}'`);
  const hung = Array.from({ length: 4 }, (_, index) => `/hung-${index}`);
  const prober = createMountProber({ timeoutMs: 20_000, limitMs: 4000, concurrency: 2, command });
  const readings = await prober.readAll([...hung, '/well-1', '/well-2']);
  for (const path of hung) expect(readings.get(path)).toEqual({ fault: 'mountpoint timeout' });
  expect(readings.get('/well-1')).toEqual({ usage });
  expect(readings.get('/well-2')).toEqual({ usage });
});

test('a mount that was not read before the time limit has no reading', async () => {
  const command = script('hang', 'sleep 3');
  const paths = Array.from({ length: 50 }, (_, index) => `/hung-${index}`);
  const readings = await createMountProber({ timeoutMs: 5000, limitMs: 300, concurrency: 1, command }).readAll(paths);
  expect(readings.size).toBeLessThan(5);
  expect(readings.get('/hung-0')).toEqual({ fault: 'mountpoint timeout' });
});

test('invalid output and a missing program are faults', async () => {
  const read = (command: string) => createMountProber({ timeoutMs: 5000, concurrency: 1, command }).readAll(['/x']);
  expect((await read(script('nonsense', 'echo 1 2 three'))).get('/x')).toEqual({
    fault: 'stat -f: expected 6 numbers, got "1 2 three\\n"',
  });
  expect((await read(join(work, 'no-such-program'))).get('/x')).toEqual({
    fault: expect.stringMatching(/^cannot run .*ENOENT/),
  });
});
