/** The mean of all CPUs, for `metrics.cpu.per_cpu: false`. */
import { expect, test } from '@jest/globals';
import { meanOfCpus } from '../../../../exporter/collectors/cpu/cpu-mean.ts';
import type { Family } from '../../../../exporter/exposition/family.ts';

const counter = (name: string, rows: readonly (readonly [Record<string, string>, number])[]): Family => ({
  name,
  help: 'Help.',
  type: 'counter',
  samples: rows.map(([labels, value]) => ({ labels, value })),
});

test('returns the mean of all CPUs for each mode and does not change other families', async () => {
  const other = counter('node_cpu_online', [[{ cpu: '0' }, 1]]);
  const seconds = counter('node_cpu_seconds_total', [
    [{ cpu: '0', mode: 'idle' }, 10],
    [{ cpu: '0', mode: 'user' }, 1],
    [{ cpu: '1', mode: 'idle' }, 20],
    [{ cpu: '1', mode: 'user' }, 2],
  ]);
  const families = await meanOfCpus(() => [seconds, other])(new AbortController().signal);
  expect(families).toEqual([
    counter('node_cpu_seconds_total', [
      [{ cpu: 'all', mode: 'idle' }, 15],
      [{ cpu: 'all', mode: 'user' }, 1.5],
    ]),
    other,
  ]);
});
