/** Parts of the push that stand alone: the grid, layouts, readings that are held. */
import { describe, expect, test } from '@jest/globals';
import type { Family } from '../../../../exporter/exposition/family.ts';
import { gridOf, missedInstants, nextInstant, stampOf } from '../../../../exporter/push/sampler/grid.ts';
import { holdReadings } from '../../../../exporter/push/sampler/held-readings.ts';
import {
  decodeLayout,
  encodeLayout,
  endedSeries,
  hasLayout,
  layoutOf,
} from '../../../../exporter/push/sampler/series-layout.ts';
import { besideHostLabels } from '../../../../exporter/push/sender.ts';

describe('grid', () => {
  const grid = { intervalMs: 5_000, phaseMs: 1_200 };

  test.each([
    [0, 1_200],
    [1_199, 1_200],
    [1_200, 6_200],
    [6_199.9, 6_200],
    [1_800_000_000_000, 1_800_000_001_200],
  ])('after %d comes %d', (after, next) => {
    expect(nextInstant(grid, after)).toBe(next);
  });

  test('a thousand hosts spread evenly', () => {
    const perSecond = [0, 0, 0, 0, 0];
    for (let host = 0; host < 1_000; host++) {
      const second = Math.floor(gridOf(`web-${host}.example.com`, 5_000).phaseMs / 1_000);
      perSecond[second] = (perSecond[second] ?? 0) + 1;
    }
    expect(Math.min(...perSecond)).toBeGreaterThan(150);
  });

  test('a sample within a hundredth of the interval carries the instant, a later one its own time', () => {
    expect([stampOf(grid, 6_200, 6_200), stampOf(grid, 6_200, 6_250), stampOf(grid, 6_200, 6_251)]).toEqual([
      6_200, 6_200, 6_251,
    ]);
    expect([missedInstants(grid, 6_200, 11_199), missedInstants(grid, 6_200, 16_300)]).toEqual([0, 2]);
  });
});

const family = (name: string, devices: readonly string[], value = 1): Family => ({
  name,
  help: 'Help.',
  type: 'counter',
  samples: devices.map((device) => ({ labels: { device }, value })),
});

describe('layouts', () => {
  const families = [family('a_total', ['x', 'y']), family('empty', []), family('b_total', ['x'])];
  const layout = layoutOf(families);

  test('the same families have it whatever their values, and after a round through the buffer', () => {
    expect(layout.sampleCount).toBe(3);
    expect(hasLayout(layout, [family('a_total', ['x', 'y'], 9), family('b_total', ['x'], 9)])).toBe(true);
    expect(hasLayout(decodeLayout(encodeLayout(layout)), families)).toBe(true);
  });

  test.each<[string, Family[]]>([
    ['a series more', [family('a_total', ['x', 'y', 'z']), family('b_total', ['x'])]],
    ['a series less', [family('a_total', ['x']), family('b_total', ['x'])]],
    ['another label value', [family('a_total', ['x', 'z']), family('b_total', ['x'])]],
    ['a family more', [...families, family('c_total', ['x'])]],
    ['a family less', [family('a_total', ['x', 'y'])]],
    ['another type', [family('a_total', ['x', 'y']), { ...family('b_total', ['x']), type: 'gauge' }]],
    [
      'another suffix',
      [
        family('a_total', ['x', 'y']),
        { ...family('b_total', []), samples: [{ labels: { device: 'x' }, suffix: '_sum', value: 1 }] },
      ],
    ],
    [
      'a label more',
      [
        family('a_total', ['x', 'y']),
        { ...family('b_total', []), samples: [{ labels: { device: 'x', a: '' }, value: 1 }] },
      ],
    ],
    [
      'another label',
      [family('a_total', ['x', 'y']), { ...family('b_total', []), samples: [{ labels: { disk: 'x' }, value: 1 }] }],
    ],
  ])('%s is another layout', (_, others) => {
    expect(hasLayout(layout, others)).toBe(false);
  });

  test('what ended is what the next one lacks', () => {
    const ended = endedSeries(layout, layoutOf([family('b_total', ['x']), family('a_total', ['y', 'z'])]));
    expect(ended?.families.map(({ name, series }) => [name, series])).toEqual([
      ['a_total', [{ labels: { device: 'x' } }]],
    ]);
    expect(endedSeries(layout, layout)).toBeUndefined();
  });
});

describe('readings that are held', () => {
  function collector(name: string) {
    let reads = 0;
    const read = () => {
      reads++;
      if (reads === 1 && name === 'uname') throw new Error('not yet');
      return [family(`${name}_total`, ['x'], reads)];
    };
    return { name, read };
  }

  test('file systems each 30 s, names once, a failure not at all, the rest each time', async () => {
    let nowMs = 1_800_000_000_000;
    const held = holdReadings(['filesystem', 'uname', 'cpu'].map(collector), () => nowMs);
    const seen = new Map(held.map(({ name }) => [name, [] as (number | undefined)[]]));
    for (let instant = 0; instant < 13; instant++, nowMs += 5_000) {
      for (const { name, read } of held) {
        try {
          seen.get(name)?.push((await read(new AbortController().signal))[0]?.samples[0]?.value);
        } catch {
          seen.get(name)?.push(undefined);
        }
      }
    }
    expect(seen.get('filesystem')).toEqual([1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 3]);
    expect(seen.get('uname')).toEqual([undefined, ...Array<number>(12).fill(2)]);
    expect(seen.get('cpu')).toEqual(Array.from({ length: 13 }, (_, index) => index + 1));
  });
});

test.each([
  [{ device: 'sda' }, { device: 'sda' }],
  [
    { instance: 'a', job: 'b' },
    { exported_instance: 'a', exported_job: 'b' },
  ],
  [
    { env: 'a', exported_env: 'b' },
    { exported_exported_env: 'a', exported_env: 'b' },
  ],
])('labels %j beside the host become %j', (labels, expected) => {
  expect(besideHostLabels(labels as unknown as Record<string, string>, { job: '', instance: '', env: '' })).toEqual(
    expected,
  );
});
