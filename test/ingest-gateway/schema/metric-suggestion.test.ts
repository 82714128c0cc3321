/** Suggestions for unknown metrics. */
import { describe, expect, test } from '@jest/globals';
import { metrics } from '../../../common/catalogue/metrics.ts';
import { explainMetric } from '../../../ingest-gateway/schema/metric-suggestion.ts';

describe('suggestions', () => {
  const suggested = (name: string): readonly string[] =>
    (/such as (.*); got /.exec(explainMetric(name))?.[1] ?? '').split(', ');

  test.each([
    ['memory.usde', 'memory.used'],
    ['memory.usage.precent', 'memory.usage.percent'],
    ['Memory.Usage.Percent', 'memory.usage.percent'],
    ['disk.usage.percentage', 'disk.usage.percent'],
    ['cpu.load.avg.5m', 'cpu.load.average.5m'],
    ['cpu.usage', 'cpu.usage.total'],
    ['network.rx', 'network.io.bytes.recv'],
    ['node_load5', 'cpu.load.average.5m'],
    ['node_laod5', 'cpu.load.average.5m'],
    ['node_memory_MemAvailable', 'memory.available'],
  ])('%s: %s', (given, meant) => expect(suggested(given)).toContain(meant));

  test('a name with a missing letter suggests the name first', () => {
    expect(metrics.length).toBeGreaterThan(20);
    for (const { name } of metrics) {
      const [first] = suggested(name.slice(0, 4) + name.slice(5));
      expect([name, first]).toEqual([name, name]);
    }
  });

  test('a text without a near name gets an example; a long text is cut', () => {
    expect(explainMetric('zzzzzzzzzzzz')).toBe(
      'expected a metric of the catalogue (docs/metrics.md), such as cpu.usage.total; got "zzzzzzzzzzzz"',
    );
    expect(explainMetric('x'.repeat(100_000)).length).toBeLessThan(250);
  });

  test('a Prometheus name gets a hint to use expr', () => {
    expect(explainMetric('node_load5')).toMatch(/; got "node_load5"; use expr for Prometheus series$/);
  });
});
