/** Collectors whose cost grows with the host give up in time, say so, and stop nobody meanwhile. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createBudget, OverBudget } from '../../../exporter/procfs/work-budget.ts';
import { createProcesses } from '../../../exporter/collectors/processes.ts';
import { createSocketReader, createSocketTables } from '../../../exporter/procfs/socket-tables.ts';
import { createRecordingLog, hostPaths } from '../../support/collector-host.ts';

const work = mkdtempSync(join(tmpdir(), 'bounded-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

const { signal } = new AbortController();

describe('a budget', () => {
  test('work within it is left alone', async () => {
    const budget = createBudget({ what: 'work', limitMs: 10_000, now: () => 0 });
    expect(
      await budget.spend(signal, async (pause) => {
        await pause();
        return 7;
      }),
    ).toBe(7);
  });

  test('work beyond it is given up, rests a hundred times as long, and then is tried again', async () => {
    let timeMs = 1_000_000;
    let attempts = 0;
    const budget = createBudget({ what: 'work', limitMs: 20, now: () => timeMs });
    const endless = (pause: () => Promise<void> | undefined) => {
      attempts++;
      return (async () => {
        for (;;) await pause();
      })();
    };
    await expect(budget.spend(signal, endless)).rejects.toBeInstanceOf(OverBudget);
    await expect(budget.spend(signal, endless)).rejects.toThrow(
      'more than can be read in 20 ms; tried again after 2 s',
    );
    expect(attempts).toBe(1);
    timeMs += 2_001;
    expect(await budget.spend(signal, () => Promise.resolve('done'))).toBe('done');
    expect(await budget.spend(signal, () => Promise.resolve('again'))).toBe('again');
  });

  test('the event loop is free in between', async () => {
    const budget = createBudget({ what: 'work', limitMs: 300, now: () => 0 });
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    const work = budget.spend(signal, async (pause) => {
      for (;;) await pause();
    });
    await expect(work).rejects.toBeInstanceOf(OverBudget);
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(10);
  });

  test('it ends with the signal', async () => {
    const budget = createBudget({ what: 'work', limitMs: 60_000, now: () => 0 });
    const work = budget.spend(AbortSignal.abort(), async (pause) => {
      for (;;) await pause();
    });
    await expect(work).rejects.toBeInstanceOf(OverBudget);
  });
});

const headings = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const socket = (index: number) =>
  `${String(index).padStart(4)}: 0100007F:0277 00000000:0000 0A 00000001:00000002 00:00000000 00000000     0        0 586 1 0 100 0 0 10 0\n`;

describe('half a million sockets', () => {
  const path = join(work, 'tcp');
  const count = 500_000;
  beforeAll(() => {
    const block = Array.from({ length: 1_000 }, (_, index) => socket(index)).join('');
    writeFileSync(path, headings + block.repeat(count / 1_000));
  });

  test('are counted where there is time', async () => {
    const [table] = await createSocketTables([path], { now: Date.now, limitMs: 60_000 })(signal);
    expect(table).toMatchObject({ sockets: count, txQueuedBytes: count, rxQueuedBytes: 2 * count });
  });

  test('are given up where there is not', async () => {
    const read = createSocketTables([path], { now: Date.now, limitMs: 5 });
    const startedMs = performance.now();
    await expect(read(signal)).rejects.toBeInstanceOf(OverBudget);
    await expect(read(signal)).rejects.toBeInstanceOf(OverBudget);
    expect(performance.now() - startedMs).toBeLessThan(1_000);
  });
});

test('a table in parts is the table', () => {
  const text = headings + socket(0) + socket(1) + socket(2);
  for (let size = 1; size < 40; size++) {
    const reader = createSocketReader('tcp');
    for (let from = 0; from < text.length; from += size) reader.add(text.slice(from, from + size));
    expect(reader.end()).toMatchObject({ sockets: 3, byState: new Map([[10, 3]]) });
  }
});

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

  function open(limitMs: number) {
    const log = createRecordingLog();
    const read = createProcesses({ limitMs }).create({ paths: hostPaths(work), flags: {}, log });
    return { log, read: async () => (await read(signal)).map(({ name, samples }) => [name, samples[0]?.value]) };
  }

  test('are told by state where there is time', async () => {
    expect(await open(60_000).read()).toEqual([
      ['node_processes_max_processes', 99],
      ['node_processes_max_threads', 99],
      ['node_processes_pids', count],
      ['node_processes_state', count],
      ['node_processes_threads', count],
      ['node_processes_threads_state', count],
    ]);
  });

  test('are counted only where there is not, which is logged once', async () => {
    const { read, log } = open(1);
    const expected = [
      ['node_processes_max_processes', 99],
      ['node_processes_max_threads', 99],
      ['node_processes_pids', count],
    ];
    expect(await read()).toEqual(expected);
    expect(await read()).toEqual(expected);
    expect(log.lines).toEqual(['warn states of processes are absent']);
  });
});
