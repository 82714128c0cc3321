/** Layouts of sample sets: comparison, encoding, ended series. */
import { describe, expect, test } from '@jest/globals';
import type { Family } from '../../../../exporter/exposition/family.ts';
import {
  decodeLayout,
  encodeLayout,
  endedSeries,
  hasLayout,
  layoutOf,
} from '../../../../exporter/push/sampler/series-layout.ts';

const family = (name: string, devices: readonly string[], value = 1): Family => ({
  name,
  help: 'Help.',
  type: 'counter',
  samples: devices.map((device) => ({ labels: { device }, value })),
});

describe('layouts', () => {
  const families = [family('a_total', ['x', 'y']), family('empty', []), family('b_total', ['x'])];
  const layout = layoutOf(families);

  test('families have the layout with any values, also after encoding', () => {
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

  test('ended series are those that the next layout lacks', () => {
    const ended = endedSeries(layout, layoutOf([family('b_total', ['x']), family('a_total', ['y', 'z'])]));
    expect(ended?.families.map(({ name, series }) => [name, series])).toEqual([
      ['a_total', [{ labels: { device: 'x' } }]],
    ]);
    expect(endedSeries(layout, layout)).toBeUndefined();
  });
});
