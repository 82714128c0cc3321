/** After an `up` was killed: the lock is free, the next `up` ends the components, other processes keep running. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createLog } from '../../../common/program/log.ts';
import { acquireLock } from '../../../stack/data/lock.ts';
import { endOrphans, recordComponents, tryStartTicks } from '../../../stack/process/orphans.ts';

let folder: string;
const lines: string[] = [];
const log = createLog({ level: 'info', format: 'logfmt', program: 'test', write: (line) => lines.push(line) });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hostpulse-leftovers-'));
  lines.length = 0;
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A process and the signal that ends it. */
function startSleeper(): {
  readonly pid: number;
  readonly startTicks: string;
  readonly exited: Promise<NodeJS.Signals | null>;
} {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' });
  const exited = new Promise<NodeJS.Signals | null>((resolve) => {
    child.once('exit', (_, signal) => resolve(signal));
  });
  const pid = child.pid as number;
  return { pid, startTicks: tryStartTicks(pid) as string, exited };
}

describe('orphans', () => {
  test('a recorded component that still runs is ended and logged', async () => {
    const file = join(folder, 'parts.json');
    const sleeper = startSleeper();
    recordComponents(file, [{ name: 'prometheus', ...sleeper }]);
    await endOrphans(file, log);
    expect(await sleeper.exited).toBe('SIGTERM');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`component=prometheus pid=${sleeper.pid}`);
  });

  test('a process with a recorded id but another start time keeps running', async () => {
    const file = join(folder, 'parts.json');
    const sleeper = startSleeper();
    recordComponents(file, [{ name: 'prometheus', pid: sleeper.pid, startTicks: '1' }]);
    await endOrphans(file, log);
    expect(tryStartTicks(sleeper.pid)).toBe(sleeper.startTicks);
    expect(lines).toEqual([]);
    process.kill(sleeper.pid, 'SIGKILL');
    await sleeper.exited;
  });

  test('without a record nothing happens', async () => {
    await endOrphans(join(folder, 'parts.json'), log);
    expect(lines).toEqual([]);
  });
});

describe('lock', () => {
  test('a second holder is refused until the first releases the lock', () => {
    const file = join(folder, 'up.lock');
    const first = acquireLock(file, folder);
    expect(() => acquireLock(file, folder)).toThrow(
      `a stack runs already over ${folder}; stop it by Ctrl-C where it was started, or start another with --data-dir`,
    );
    first.release();
    first.release();
    acquireLock(file, folder).release();
  });

  test('SIGKILL of the holder releases the lock', async () => {
    const file = join(folder, 'up.lock');
    const script = join(folder, 'hold.mjs');
    writeFileSync(
      script,
      `import { DatabaseSync } from 'node:sqlite'; const held = new DatabaseSync(${JSON.stringify(file)}); held.exec('begin exclusive'); console.log('held'); setInterval(() => held.isOpen, 1000);`,
    );
    const holder = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'ignore'], env: {} });
    await new Promise((resolve) => holder.stdout.once('data', resolve));
    expect(() => acquireLock(file, folder)).toThrow('a stack runs already');
    holder.kill('SIGKILL');
    await new Promise((resolve) => holder.once('exit', resolve));
    acquireLock(file, folder).release();
  });
});
