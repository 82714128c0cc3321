/** Counters of groups over several scrapes, while processes start, end and change their names. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { processGroups } from '../../../exporter/collectors/process_groups.ts';
import { createRecordingFaults, createRecordingLog, flagsOf, hostPaths } from '../../support/collector-host.ts';

let work = '';
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'process-groups-'));
  mkdirSync(join(work, 'proc'));
  writeFileSync(join(work, 'proc', 'stat'), 'btime 1\n');
});
afterEach(() => rmSync(work, { recursive: true, force: true }));

const { signal } = new AbortController();
const rest = `0 0 20 0 1 0 START 4096 1 ${Array.from({ length: 30 }, () => '0').join(' ')}`;

/** Writes a process that used `ticks` of CPU time in user mode. */
function run(pid: number, command: string, ticks: number, start = 7): void {
  mkdirSync(join(work, 'proc', String(pid)), { recursive: true });
  const line = `${pid} (${command}) S 1 1 1 0 -1 0 0 0 0 0 ${ticks} 0 ${rest.replace('START', String(start))}\n`;
  writeFileSync(join(work, 'proc', String(pid), 'stat'), line);
}

function end(pid: number): void {
  rmSync(join(work, 'proc', String(pid)), { recursive: true });
}

function open({ flags = {}, limitMs = 60_000 }: { flags?: Record<string, string>; limitMs?: number } = {}) {
  let timeMs = 1_000;
  const read = processGroups.create({
    paths: hostPaths(work),
    log: createRecordingLog(),
    faults: createRecordingFaults(),
    flags: { ...flagsOf(processGroups), ...flags },
    now: () => timeMs,
    workLimitMs: limitMs,
  });
  /** Returns CPU seconds in user mode and the number of processes by group. */
  return async (passedMs = 5_000) => {
    timeMs += passedMs;
    const families = await read(signal);
    const byGroup = (name: string, mode?: string) =>
      Object.fromEntries(
        (families.find((family) => family.name === `namedprocess_namegroup_${name}`)?.samples ?? [])
          .filter(({ labels }) => labels['mode'] === mode)
          .map(({ labels, value }) => [labels['groupname'], value]),
      );
    return { seconds: byGroup('cpu_seconds_total', 'user'), processes: byGroup('num_procs') };
  };
}

test('the counter of a group includes the CPU time of ended processes', async () => {
  const scrape = open();
  run(101, 'web', 100);
  run(102, 'web', 50);
  expect(await scrape()).toEqual({ seconds: { web: 1.5 }, processes: { web: 2 } });
  end(102);
  run(101, 'web', 130);
  expect(await scrape()).toEqual({ seconds: { web: 1.8 }, processes: { web: 1 } });
  end(101);
  expect(await scrape()).toEqual({ seconds: { web: 1.8 }, processes: { web: 0 } });
  run(103, 'web', 20);
  expect(await scrape()).toEqual({ seconds: { web: 2 }, processes: { web: 1 } });
});

test('a number that is used again is another process', async () => {
  const scrape = open();
  run(101, 'web', 100, 7);
  expect((await scrape()).seconds).toEqual({ web: 1 });
  run(101, 'web', 30, 8);
  expect((await scrape()).seconds).toEqual({ web: 1.3 });
});

test('a process that changes its name counts for the new group from then on', async () => {
  const scrape = open();
  run(101, 'sh', 10);
  expect((await scrape()).seconds).toEqual({ sh: 0.1 });
  run(101, 'web', 90);
  expect(await scrape()).toEqual({ seconds: { sh: 0.1, web: 0.8 }, processes: { sh: 0, web: 1 } });
});

test('a counter of a process that falls does not decrease the sum', async () => {
  const scrape = open();
  run(101, 'web', 100);
  expect((await scrape()).seconds).toEqual({ web: 1 });
  run(101, 'web', 99);
  expect((await scrape()).seconds).toEqual({ web: 1 });
  run(101, 'web', 101);
  expect((await scrape()).seconds).toEqual({ web: 1.01 });
});

test('a group without processes is forgotten after an hour', async () => {
  const scrape = open();
  run(101, 'web', 100);
  run(102, 'db', 100);
  expect((await scrape()).processes).toEqual({ db: 1, web: 1 });
  end(101);
  expect((await scrape()).processes).toEqual({ db: 1, web: 0 });
  expect((await scrape(3_600_000)).processes).toEqual({ db: 1 });
});

test('a read beyond the time limit fails the collector', async () => {
  run(101, 'web', 100);
  await expect(open({ limitMs: 0 })()).rejects.toThrow('process groups: not read within 0 ms');
});
