/** The caching renderer renders the same text as renderExposition. */
import { expect, test } from '@jest/globals';
import { createExpositionRenderer, renderExposition } from '../../../exporter/exposition/exposition.ts';
import type { Family, Sample } from '../../../exporter/exposition/family.ts';
import { textFormat } from '../../../exporter/exposition/format.ts';

const family = (samples: readonly Sample[], change: Partial<Family> = {}): Family => ({
  name: 'node_x',
  help: 'Some help.',
  type: 'gauge',
  ...change,
  samples,
});
const sample = (value: number, labels: Record<string, string> = {}, suffix?: string): Sample =>
  suffix === undefined ? { labels, value } : { labels, value, suffix };

const pages: readonly (readonly [string, readonly Family[]])[] = [
  ['first', [family([sample(1, { a: '1' }), sample(2, { a: '2' })])]],
  ['other values', [family([sample(NaN, { a: '1' }), sample(-Infinity, { a: '2' })])]],
  ['other order', [family([sample(2, { a: '2' }), sample(1, { a: '1' })])]],
  ['an additional label', [family([sample(2, { a: '2', b: '' }), sample(1, { a: '1' })])]],
  ['a label removed', [family([sample(2, { a: '2' }), sample(1)])]],
  ['labels in reverse order', [family([sample(2, { b: '2', a: '1' })])]],
  ['the same labels under other names', [family([sample(2, { b: '2', c: '1' })])]],
  ['a suffix', [family([sample(2, { b: '2', c: '1' }, '_bucket')], { type: 'histogram' })]],
  ['another suffix', [family([sample(2, { b: '2', c: '1' }, '_sum')], { type: 'histogram' })]],
  ['another help', [family([sample(1)], { help: 'Line\none \\ two.' })]],
  ['labels that need escapes', [family([sample(1, { path: 'C:\\a "b"\nc' })])]],
  ['no sample', [family([])]],
  ['two families', [family([sample(1)]), family([sample(1)], { name: 'node_y' })]],
];

test('the caching renderer renders the same text as renderExposition after any other exposition', () => {
  expect(pages.length).toBeGreaterThan(10);
  for (const order of [pages, pages.toReversed()]) {
    const render = createExpositionRenderer();
    for (const [name, families] of order) {
      for (let time = 0; time < 2; time++) {
        expect(`${name}:\n${render(families, textFormat).join('')}`).toBe(`${name}:\n${renderExposition(families)}`);
      }
    }
  }
});
