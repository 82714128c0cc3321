/**
 * Selectors, and the current value of every metric, computed by promtool: values on the hosts of the cases in rules/ at 300 s, when
 * all series have their base value.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { metrics } from '../../../common/catalogue/metrics.ts';
import {
  anyOf,
  currentExpression,
  historyExpression,
  matcher,
  renderSelector,
} from '../../../common/catalogue/promql.ts';
import { binaryPath } from '../../support/binaries.ts';

/** Runs promtool on the tests and expects that all of them pass. */
function expectSuccess(tests: readonly unknown[]): void {
  const directory = mkdtempSync(join(tmpdir(), 'hostpulse-expression-'));
  try {
    const path = join(directory, 'expression.test.yaml');
    writeFileSync(path, JSON.stringify({ rule_files: [], tests }));
    expect(execFileSync(binaryPath('promtool'), ['test', 'rules', path], { encoding: 'utf8' })).toContain('SUCCESS');
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Names that try to break out of the quotes, or contain regular expression syntax. */
const hostile: readonly string[] = [
  'web-1',
  '"} or vector(1) #',
  'a\\',
  '\\"} or up{x="',
  'a\nb\r\tc',
  'a.b|c*d+e?(f)[g]{h}^i$j',
  '{{ $value }}',
  'ü\u{1F4BB}\u2028\ufffd',
  '',
];

describe('selectors', () => {
  test('quote values', () => {
    expect(renderSelector('up', [])).toBe('up');
    expect(renderSelector('up', [matcher('instance', 'a"b\\c')])).toBe('up{instance="a\\"b\\\\c"}');
    expect(renderSelector('up', [anyOf('instance', ['web-1', 'a.b'])])).toBe('up{instance=~"web-1|a\\\\.b"}');
    expect(renderSelector('up', [anyOf('instance', ['a.b'])])).toBe('up{instance="a.b"}');
  });

  test('refuse an invalid label name', () => {
    for (const label of ['', '1a', 'a-b', 'a"', 'a=""} or up{b', 'ä']) {
      expect(() => renderSelector('up', [matcher(label, 'x')])).toThrow('label name: expected');
    }
  });

  test('a lone surrogate, which no label contains, gives a valid query', () => {
    expect(renderSelector('up', [matcher('instance', 'a\ud800')])).toBe('up{instance="a\\ufffd"}');
  });

  test('U+FFFD, which Prometheus takes for invalid UTF-8 unless it is escaped, gives a valid query', () => {
    expect(renderSelector('up', [matcher('instance', 'a\ufffdb')])).toBe('up{instance="a\\ufffdb"}');
  });

  test('match exactly the value in Prometheus', () => {
    const named = hostile.filter((value) => value !== '');
    const all = [...named, 'innocent'].map((value, index) => ({
      series: `up{index="${index}", instance=${JSON.stringify(value).replaceAll('\ufffd', '\\ufffd')}}`,
      values: '1',
    }));
    const expectOnly = (selector: string, indexes: readonly number[]) => ({
      expr: `count by (index) (${selector})`,
      eval_time: '0s',
      exp_samples: indexes.map((index) => ({ labels: `{index="${index}"}`, value: 1 })),
    });
    const cases = [
      ...named.map((value, index) => expectOnly(renderSelector('up', [matcher('instance', value)]), [index])),
      ...named.map((value, index) =>
        expectOnly(renderSelector('up', [anyOf('instance', [value, 'no such host'])]), [index]),
      ),
    ];
    expect(cases).toHaveLength(2 * named.length);
    expectSuccess([{ interval: '1m', input_series: all, promql_expr_test: cases }]);
  });
});

/** Computed by hand from the base of each series; for a counter, the increment of 5 s divided by 5. */
const plain: Readonly<Record<string, readonly number[]>> = {
  'cpu.usage.total': [20],
  'cpu.usage.user': [15],
  'cpu.usage.system': [5],
  'cpu.usage.idle': [75],
  'cpu.usage.iowait': [5],
  'cpu.cores.usage': [10, 30],
  'cpu.cores.count': [2],
  'cpu.load.average.1m': [1],
  'cpu.load.average.5m': [2],
  'cpu.load.average.15m': [0.5],
  'memory.total': [1000],
  'memory.used': [400],
  'memory.available': [600],
  'memory.free': [100],
  'memory.buffers': [30],
  'memory.cached': [400],
  'memory.usage.percent': [40],
  'swap.total': [500],
  'swap.used': [0],
  'swap.usage.percent': [0],
  'disk.usage.total': [1000],
  'disk.usage.used': [300],
  'disk.usage.free': [500],
  'disk.usage.percent': [37.5],
  'disk.inode.total': [200],
  'disk.inode.used': [50],
  'disk.inode.usage.percent': [25],
  'disk.io.read.bytes': [819.2],
  'disk.io.write.bytes': [0],
  'disk.io.read.count': [1],
  'disk.io.write.count': [0],
  'network.io.bytes.sent': [200],
  'network.io.bytes.recv': [400],
  'network.io.packets.sent': [2],
  'network.io.packets.recv': [1],
  'network.io.errors.in': [0],
  'network.io.errors.out': [0],
  'network.io.dropped.in': [0.2],
  'network.io.dropped.out': [0],
  'network.connections.tcp': [11],
  'network.connections.udp': [6],
  'network.connections.established': [7],
  'network.connections.time_wait': [0],
};

interface Cases {
  readonly tests: readonly { readonly input_series: readonly { readonly series: string; readonly values: string }[] }[];
}

function seriesOf(file: string): Cases['tests'][number]['input_series'] {
  const text = readFileSync(join(import.meta.dirname, '..', '..', '..', 'rules', file), 'utf8');
  return (parse(text) as Cases).tests.flatMap((each) => each.input_series);
}

/** All values differ, so labels are not listed here; the cases of rules/ assert the labels. */
function expectation(expression: string, values: readonly number[]) {
  return {
    expr: `count_values without (cpu, device, fstype, mountpoint, env, job) ("value", round(${expression}, 0.000001))`,
    eval_time: '5m',
    exp_samples: values.map((value) => ({ labels: `{instance="asked", value="${value}"}`, value: 1 })),
  };
}

function passes(
  file: string,
  instance: string,
  expressions: (index: number) => string,
  values: (index: number) => readonly number[],
) {
  const series = seriesOf(file);
  expect(series.length).toBeGreaterThan(40);
  const asked = series.map((each) => ({ ...each, series: each.series.replace(`"${instance}"`, '"asked"') }));
  const cases = metrics.map((_metric, index) => expectation(expressions(index), values(index)));
  expect(cases).toHaveLength(43);
  const other = series.map((each) => ({ ...each, series: each.series.replace(`"${instance}"`, '"other"') }));
  const tests = [{ interval: '5s', input_series: [...asked, ...other], promql_expr_test: cases }];
  expectSuccess(tests);
}

const matchers = [matcher('instance', 'asked')];

function current(index: number): string {
  const metric = metrics[index];
  if (metric === undefined) throw new Error(`no metric ${index}`);
  return currentExpression(metric, matchers);
}

/** Over the minute before 300 s all values are constant and equal the current values. */
function lastMinute(index: number): string {
  const metric = metrics[index];
  if (metric === undefined) throw new Error(`no metric ${index}`);
  return historyExpression(metric, 'raw', { stepMs: 60_000, matchers });
}

function plainValues(index: number): readonly number[] {
  const values = plain[metrics[index]?.name ?? ''];
  if (values === undefined) throw new Error(`${metrics[index]?.name}: expected a value by hand`);
  return values;
}

describe.each([
  ['the value now', current],
  ['a minute of raw', lastMinute],
])('%s', (_what, expressions) => {
  test('of a plain host', () => passes('host-plain.test.yaml', 'plain', expressions, plainValues));

  test('of a host that exports and pushes: the exported value', () =>
    passes('host-both.test.yaml', 'both', expressions, plainValues));

  test('of a host that pushes dotted names: the first metric is 1, the second 2, and so on', () =>
    passes('host-pushed.test.yaml', 'foreign', expressions, (index) => [index + 1]));
});
