/** Checks that the caching renderer renders the same text as renderExposition, and the metadata of the text format and of OpenMetrics. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import {
  createExpositionRenderer,
  type ExpositionFormat,
  openMetricsFormat,
  renderExposition,
  textFormat,
} from '../../../exporter/exposition/exposition.ts';
import { parseExposition } from '../../../exporter/exposition/exposition-parse.ts';
import { counter, type Family, gauge, type Sample, single } from '../../../exporter/exposition/family.ts';
import { readOpenMetrics } from '../../support/openmetrics-reader.ts';

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

const render = (families: readonly Family[], format: ExpositionFormat): string =>
  createExpositionRenderer()(families, format).join('');

const families: readonly Family[] = [
  counter('node_cpu_seconds_total', 'Seconds.', [{ labels: { cpu: '0' }, value: 1.5 }]),
  counter('node_boots', 'Without a suffix.', [{ labels: {}, value: 3 }]),
  single('node_vmstat_pgfault', 'Untyped.', 'untyped', 7),
  gauge('node_memory_free_bytes', 'A \\ and a "quote"\nand a line.', [{ labels: { x: '"\\\n' }, value: 1e21 }]),
  gauge('node_empty', 'Without samples.', []),
  counter('node_taken_total', 'The base name is a gauge.', [{ labels: {}, value: 1 }]),
  single('node_taken', 'A gauge.', 'gauge', -Infinity),
  {
    name: 'app_wait_seconds',
    help: 'Waiting.',
    type: 'histogram',
    samples: [
      { labels: { le: '+Inf' }, value: 2, suffix: '_bucket' },
      { labels: {}, value: 0.5, suffix: '_sum' },
      { labels: {}, value: 2, suffix: '_count' },
    ],
  },
];

test('OpenMetrics has units, names without the suffix of counters, and an end', () => {
  expect(render(families, openMetricsFormat)).toBe(`# HELP node_cpu_seconds Seconds.
# TYPE node_cpu_seconds counter
# UNIT node_cpu_seconds seconds
node_cpu_seconds_total{cpu="0"} 1.5
# HELP node_boots Without a suffix.
# TYPE node_boots unknown
node_boots 3
# HELP node_vmstat_pgfault Untyped.
# TYPE node_vmstat_pgfault unknown
node_vmstat_pgfault 7
# HELP node_memory_free_bytes A \\\\ and a \\"quote\\"\\nand a line.
# TYPE node_memory_free_bytes gauge
# UNIT node_memory_free_bytes bytes
node_memory_free_bytes{x="\\"\\\\\\n"} 1e+21
# HELP node_taken_total The base name is a gauge.
# TYPE node_taken_total unknown
node_taken_total 1
# HELP node_taken A gauge.
# TYPE node_taken gauge
node_taken -Inf
# HELP app_wait_seconds Waiting.
# TYPE app_wait_seconds histogram
# UNIT app_wait_seconds seconds
app_wait_seconds_bucket{le="+Inf"} 2
app_wait_seconds_sum 0.5
app_wait_seconds_count 2
# EOF
`);
  expect(readOpenMetrics(render(families, openMetricsFormat))).toHaveLength(7);
});

test('a renderer serves both formats in turn', () => {
  const both = createExpositionRenderer();
  for (let time = 0; time < 2; time++) {
    for (const format of [textFormat, openMetricsFormat]) {
      expect(both(families, format).join('')).toBe(render(families, format));
    }
  }
});

test('a counter takes its base name when the other family ends', () => {
  const renderer = createExpositionRenderer();
  expect(renderer(families, openMetricsFormat).join('')).toContain('# TYPE node_taken_total unknown\n');
  const fewer = families.filter(({ name }) => name !== 'node_taken');
  expect(renderer(fewer, openMetricsFormat).join('')).toContain('# TYPE node_taken counter\n');
});

test('a long exposition has several parts', () => {
  const many = Array.from({ length: 4_000 }, (_, n) => single(`node_metric_${n}_total`, 'Some help.', 'counter', n));
  const parts = createExpositionRenderer()(many, openMetricsFormat);
  expect(parts.length).toBeGreaterThan(1);
  for (const part of parts) expect(part.length).toBeLessThan(140_000);
  expect(readOpenMetrics(parts.join(''))).toHaveLength(4_000);
});

describe('golden expositions as OpenMetrics', () => {
  const cases = join(import.meta.dirname, '..', '..', 'cases');
  const paths = globSync('**/*.prom', { cwd: cases });
  const readable = paths.flatMap((path) => {
    const text = readFileSync(join(cases, path), 'utf8');
    // The input of a case may be malformed on purpose, and a masked value is no number.
    try {
      return [[path, parseExposition(text)] as const];
    } catch {
      return [];
    }
  });
  expect(readable.length).toBeGreaterThan(200);

  test.each(readable)('%s', (_path, parsed) => {
    const read = readOpenMetrics(
      render(
        parsed.map((each) => ({ help: '', ...each })),
        openMetricsFormat,
      ),
    );
    expect(read.map(({ samples }) => samples.size)).toEqual(parsed.map(({ samples }) => samples.length));
    const valuesOf = parsed.flatMap(({ samples }) => samples.map(({ value }) => value));
    expect(read.flatMap(({ samples }) => [...samples.values()])).toEqual(valuesOf);
  });
});
