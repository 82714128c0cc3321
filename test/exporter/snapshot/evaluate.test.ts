/** Snapshot values equal those that Prometheus (promtool) computes from the same two scrapes. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { counter, gauge, sumWithout, total } from '../../../common/catalogue/expression.ts';
import { metrics } from '../../../common/catalogue/metrics.ts';
import { renderExpression } from '../../../common/catalogue/promql.ts';
import { collectors } from '../../../exporter/collectors/index.ts';
import type { Labels } from '../../../exporter/exposition/family.ts';
import { createScrape } from '../../../exporter/scrape.ts';
import { createEvaluate, type Scraped } from '../../../exporter/snapshot/evaluate.ts';
import { binaryPath } from '../../support/binaries.ts';
import { createRecordingFaults, createRecordingLog, flagsOf } from '../../support/collector-host.ts';
import { scrapedPage } from '../../support/snapshot-case.ts';

/** Rates over two samples 5 s apart. */
const intervalSeconds = 5;

interface Series {
  readonly series: string;
  readonly values: string;
}

function seriesOf(before: Scraped, after: Scraped): Series[] {
  const values = new Map<string, [string, string]>();
  for (const [index, { families }] of [before, after].entries()) {
    for (const { name, samples } of families) {
      for (const { labels, value } of samples) {
        const key = selectorOf(name, labels);
        const pair = values.get(key) ?? ['_', '_'];
        pair[index] = String(value);
        values.set(key, pair);
      }
    }
  }
  return [...values].map(([series, pair]) => ({ series, values: pair.join(' ') }));
}

function selectorOf(name: string, labels: Labels): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  return `${name}{${pairs.join(',')}}`;
}

/** Compares the number of series and their values to a billionth, because the order of additions changes the last digits. */
function checksOf(before: Scraped, after: Scraped) {
  const evaluate = createEvaluate(before, after);
  const expected: Series[] = [];
  const checks: { expr: string; eval_time: string; exp_samples: { labels: string; value: number }[] }[] = [];
  for (const { name, exported } of metrics) {
    const values = evaluate(exported);
    // irate is the rate between the last two samples; the catalogue's rate over 20 s extrapolates beyond the two.
    const expression = renderExpression(exported, { kind: 'instant' }).replaceAll('rate(', 'irate(');
    for (const { labels, value } of values) {
      expected.push({ series: selectorOf('expected', { ...labels, metric: name }), values: `_ ${value}` });
    }
    const counted = (expr: string) => ({
      expr: `count(${expr}) or vector(0)`,
      eval_time: `${intervalSeconds}s`,
      exp_samples: [{ labels: '{}', value: values.length }],
    });
    const ours = `expected{metric="${name}"}`;
    const on = 'on (cpu, device, fstype, mountpoint)';
    checks.push(counted(expression));
    checks.push(counted(`abs((${expression}) - ${on} ${ours}) <= ${on} (1e-9 * abs(${ours}) + 1e-9)`));
  }
  return { expected, checks };
}

function expectSame(before: Scraped, after: Scraped): void {
  const { expected, checks } = checksOf(before, after);
  expect(expected.length).toBeGreaterThan(40);
  const directory = mkdtempSync(join(tmpdir(), 'hostpulse-snapshot-'));
  try {
    const file = join(directory, 'snapshot.test.yaml');
    const input = [...seriesOf(before, after), ...expected];
    const tests = [{ interval: `${intervalSeconds}s`, input_series: input, promql_expr_test: checks }];
    writeFileSync(file, JSON.stringify({ rule_files: [], evaluation_interval: `${intervalSeconds}s`, tests }));
    expect(execFileSync(binaryPath('promtool'), ['test', 'rules', file], { encoding: 'utf8' })).toContain('SUCCESS');
  } finally {
    rmSync(directory, { recursive: true });
  }
}

describe('equal to Prometheus', () => {
  test('on a hand-made host: a counter that fell, a device that is new, no IPv6, no swap', () => {
    const [before, after] = ['before.prom', 'after.prom'].map((name) =>
      readFileSync(join(import.meta.dirname, '../../cases/snapshot/server', name), 'utf8'),
    );
    expectSame(scrapedPage(before ?? '', 0), scrapedPage(after ?? '', intervalSeconds * 1_000));
  });

  test('on this host', async () => {
    const log = createRecordingLog();
    const paths = { procfs: '/proc', sysfs: '/sys', rootfs: '/' };
    const enabled = collectors
      .filter(({ defaultEnabled }) => defaultEnabled)
      .map((each) => ({
        name: each.name,
        read: each.create({ paths, log, faults: createRecordingFaults(), flags: flagsOf(each) }),
      }));
    const scrape = createScrape(enabled, log);
    const first = await scrape({ limitMs: 10_000 });
    await sleep(300);
    const second = await scrape({ limitMs: 10_000 });
    const read = new Set(metrics.flatMap(({ exported }) => JSON.stringify(exported).match(/node_\w+/g) ?? []));
    const families = [first, second].map((each) => each.filter(({ name }) => read.has(name)));
    expectSame(
      { families: families[0] ?? [], atMs: 0 },
      { families: families[1] ?? [], atMs: intervalSeconds * 1_000 },
    );
  });
});

describe('expressions', () => {
  const page = (text: string, atMs: number) => scrapedPage(text, atMs);
  const evaluateOver = (before: string, after: string) => createEvaluate(page(before, 0), page(after, 2_000));

  test('a counter needs both scrapes, may be reset, and is per second', () => {
    const evaluate = evaluateOver('a{x="1"} 10\na{x="2"} 10\n', 'a{x="1"} 14\na{x="2"} 4\na{x="3"} 1\n');
    expect(evaluate(counter('a'))).toEqual([
      { labels: { x: '1' }, value: 2 },
      { labels: { x: '2' }, value: 2 },
    ]);
  });

  test('matchers are anchored, empty labels are absent', () => {
    const evaluate = evaluateOver('', 'a{mode="idle",e=""} 1\na{mode="idler"} 2\na 3\n');
    const valuesOf = (operator: '=' | '!=' | '=~' | '!~', value: string) =>
      evaluate(gauge('a', { label: 'mode', operator, value })).map((each) => each.value);
    expect(valuesOf('=', 'idle')).toEqual([1]);
    expect(valuesOf('!=', 'idle')).toEqual([2, 3]);
    expect(valuesOf('=~', 'idle|x')).toEqual([1]);
    expect(valuesOf('!~', 'idle|x')).toEqual([2, 3]);
    expect(evaluate(gauge('a'))[0]?.labels).toEqual({ mode: 'idle' });
  });

  test('a total includes series that only one side has', () => {
    const evaluate = evaluateOver('', 'a{x="1"} 1\na{x="2"} 2\nb{x="2"} 10\nb{x="3"} 20\n');
    expect(evaluate(sumWithout([], total(gauge('a'), gauge('b')))).map((each) => each.value)).toEqual([1, 12, 20]);
  });

  test('scrapes in the wrong order throw', () => {
    expect(() => createEvaluate(page('', 5), page('', 5))).toThrow(
      'expected the second scrape after the first, got 0 s',
    );
  });
});
