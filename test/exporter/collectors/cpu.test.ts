/** CPU counters that decrease, as after hotplug and migration. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import type { CollectorRead } from '../../../exporter/collector/collector.ts';
import { advance, cpu } from '../../../exporter/collectors/cpu.ts';
import { openCollector } from '../../support/collector-host.ts';
import { createUnpackedCases } from '../../support/unpacked-cases.ts';

const ordinary = createUnpackedCases()(join(import.meta.dirname, '..', '..', 'cases', 'hosts', 'ordinary'));
const work = mkdtempSync(join(tmpdir(), 'cpu-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

let read: CollectorRead;
beforeEach(() => {
  rmSync(work, { recursive: true });
  cpSync(ordinary, work, { recursive: true, verbatimSymlinks: true });
  read = openCollector(cpu, work);
});

/** Writes user and idle ticks by CPU and returns the exposed seconds. */
async function secondsAt(lines: readonly [cpu: number, user: number, idle: number][]): Promise<Record<string, number>> {
  const text = lines.map(([number, user, idle]) => `cpu${number} ${user} 0 0 ${idle} 0 0 0 0 0 0\n`).join('');
  writeFileSync(join(work, 'proc', 'stat'), text);
  const families = await read(new AbortController().signal);
  const samples = families.find(({ name }) => name === 'node_cpu_seconds_total')?.samples ?? [];
  const wanted = samples.filter(({ labels }) => ['user', 'idle'].includes(labels['mode'] ?? ''));
  return Object.fromEntries(wanted.map(({ labels, value }) => [`${labels['cpu']} ${labels['mode']}`, value]));
}

test('a counter that decreases slightly keeps its value', async () => {
  await secondsAt([[0, 1000, 5000]]);
  expect(await secondsAt([[0, 900, 4701]])).toEqual({ '0 idle': 50, '0 user': 10 });
  expect(await secondsAt([[0, 1100, 5100]])).toEqual({ '0 idle': 51, '0 user': 11 });
});

test('all counters take their new values when idle decreases by 3 s', async () => {
  await secondsAt([[0, 1000, 5000]]);
  expect(await secondsAt([[0, 7, 4700]])).toEqual({ '0 idle': 47, '0 user': 0.07 });
});

test('an offline CPU has no series, and takes its new values when it is online again', async () => {
  await secondsAt([
    [0, 100, 100],
    [1, 200, 200],
  ]);
  expect(Object.keys(await secondsAt([[0, 110, 110]]))).toEqual(['0 idle', '0 user']);
  expect(
    await secondsAt([
      [0, 120, 120],
      [1, 150, 150],
    ]),
  ).toMatchObject({ '1 idle': 1.5, '1 user': 1.5 });
});

test('advance returns the counters to expose', () => {
  expect(advance(undefined, [1, 2, 3, 4])).toEqual([1, 2, 3, 4]);
  expect(advance([1, 2, 3, 4], [0, 3, 3, 4.5])).toEqual([1, 3, 3, 4.5]);
  expect(advance([1, 2, 3, 4], [0, 0, 0, 1])).toEqual([0, 0, 0, 1]);
});
