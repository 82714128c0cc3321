/** What a killed `up` leaves: its lock goes with it, its parts are ended by the next one, and nobody else's process is touched. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createLog } from '../../../common/program/log.ts';
import { acquireLock } from '../../../stack/data/lock.ts';
import { endLeftovers, recordParts } from '../../../stack/process/orphans.ts';
import { tryStartTicks } from '../../../stack/process/process-identity.ts';

let folder: string;
const lines: string[] = [];
const log = createLog({ level: 'info', format: 'logfmt', program: 'test', write: (line) => lines.push(line) });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hostpulse-leftovers-'));
  lines.length = 0;
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A process that only SIGKILL ends when `ignoring`, and its exit. */
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

describe('leftovers', () => {
  test('a recorded part that still runs is ended, with a line that names it', async () => {
    const file = join(folder, 'parts.json');
    const sleeper = startSleeper();
    recordParts(file, [{ name: 'prometheus', ...sleeper }]);
    await endLeftovers(file, log);
    expect(await sleeper.exited).toBe('SIGTERM');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`part=prometheus pid=${sleeper.pid}`);
  });

  test('a process that has the id of a part but started at another time is left alone', async () => {
    const file = join(folder, 'parts.json');
    const sleeper = startSleeper();
    recordParts(file, [{ name: 'prometheus', pid: sleeper.pid, startTicks: '1' }]);
    await endLeftovers(file, log);
    expect(tryStartTicks(sleeper.pid)).toBe(sleeper.startTicks);
    expect(lines).toEqual([]);
    process.kill(sleeper.pid, 'SIGKILL');
    await sleeper.exited;
  });

  test('nothing recorded, nothing done', async () => {
    await endLeftovers(join(folder, 'parts.json'), log);
    expect(lines).toEqual([]);
  });
});

describe('lock', () => {
  test('a second holder is refused until the first lets go', () => {
    const file = join(folder, 'up.lock');
    const first = acquireLock(file, folder);
    expect(() => acquireLock(file, folder)).toThrow(
      `a stack runs already over ${folder}; stop it by Ctrl-C where it was started, or start another with --data-dir`,
    );
    first.release();
    first.release();
    acquireLock(file, folder).release();
  });

  test('the lock of a process that was killed is free', async () => {
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
