/** The processes collector on a host with many processes. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { processes } from '../../../exporter/collectors/processes.ts';
import { createRecordingFaults, createRecordingLog, hostPaths } from '../../support/collector-host.ts';

const work = mkdtempSync(join(tmpdir(), 'processes-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

const { signal } = new AbortController();

describe('thousands of processes', () => {
  const count = 3_000;
  const stat =
    '1 (x) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n';
  beforeAll(() => {
    mkdirSync(join(work, 'proc', 'sys', 'kernel'), { recursive: true });
    for (const file of ['pid_max', 'threads-max']) writeFileSync(join(work, 'proc', 'sys', 'kernel', file), '99\n');
    for (let pid = 1; pid <= count; pid++) {
      mkdirSync(join(work, 'proc', String(pid)));
      writeFileSync(join(work, 'proc', String(pid), 'stat'), stat);
    }
  });

  function open(workLimitMs: number) {
    const log = createRecordingLog();
    const read = processes.create({
      paths: hostPaths(work),
      flags: {},
      log,
      faults: createRecordingFaults(),
      workLimitMs,
    });
    return { log, read: async () => (await read(signal)).map(({ name, samples }) => [name, samples[0]?.value]) };
  }

  test('are counted by state within the time limit', async () => {
    expect(await open(60_000).read()).toEqual([
      ['node_processes_max_processes', 99],
      ['node_processes_max_threads', 99],
      ['node_processes_pids', count],
      ['node_processes_state', count],
      ['node_processes_threads', count],
      ['node_processes_threads_state', count],
    ]);
  });

  test('are counted without states above the time limit, which is logged once', async () => {
    const { read, log } = open(1);
    const expected = [
      ['node_processes_max_processes', 99],
      ['node_processes_max_threads', 99],
      ['node_processes_pids', count],
    ];
    expect(await read()).toEqual(expected);
    expect(await read()).toEqual(expected);
    expect(log.lines).toEqual(['warn process states omitted']);
  });
});
