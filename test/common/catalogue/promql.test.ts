import { describe, expect, test } from '@jest/globals';
import { type CatalogueMetric, metricByName, metrics, recordingName } from '../../../common/catalogue/metrics.ts';
import {
  anyOf,
  currentExpression,
  historyExpression,
  matcher,
  panelExpression,
  recordingExpression,
} from '../../../common/catalogue/promql.ts';
import { tierByName } from '../../../common/catalogue/tiers.ts';

function metric(name: string): CatalogueMetric {
  const found = metricByName(name);
  if (found === undefined) throw new Error(`no metric ${name}`);
  return found;
}

const dropped = 'cpu, device, mountpoint, fstype, mode, metric_type';

describe('expressions of a metric', () => {
  test('current: counters over 20 s, gauges unchanged', () => {
    expect(currentExpression(metric('disk.io.read.bytes'))).toBe(
      'rate(node_disk_read_bytes_total[20s]) or avg without (cpu, mountpoint, fstype, mode, metric_type) (hostpulse_disk_io_read_bytes)',
    );
    expect(currentExpression(metric('memory.used'))).toBe(
      `node_memory_MemTotal_bytes - node_memory_MemAvailable_bytes or avg without (${dropped}) (hostpulse_memory_used)`,
    );
  });

  test('recorded means: counters over one sample interval more than the window', () => {
    expect(recordingExpression(metric('disk.io.read.bytes'), 'avg', tierByName('1m'))).toMatch(
      /^rate\(node_disk_read_bytes_total\[65s\] offset 15s\) or /,
    );
    expect(recordingExpression(metric('disk.io.read.bytes'), 'avg', tierByName('5m'))).toMatch(
      /^rate\(node_disk_read_bytes_total\[305s\] offset 15s\) or /,
    );
    expect(recordingExpression(metric('swap.usage.percent'), 'avg', tierByName('5m'))).toBe(
      '100 * (avg_over_time(node_memory_SwapTotal_bytes[300s] offset 15s) - avg_over_time(node_memory_SwapFree_bytes[300s] offset 15s))' +
        ' / (avg_over_time(node_memory_SwapTotal_bytes[300s] offset 15s) > 0)' +
        ` or avg without (${dropped}) (avg_over_time(hostpulse_swap_usage_percent[300s] offset 15s))`,
    );
  });

  test('recorded maxima: of the raw values', () => {
    const peak = metric('network.io.bytes.recv');
    expect(recordingExpression(peak, 'max', tierByName('1m'))).toBe(
      `max_over_time((${currentExpression(peak)})[60s:5s] offset 15s)`,
    );
  });

  test('raw history is the current value, or the mean of the step if it is longer than 5 s', () => {
    const load = metric('cpu.load.average.1m');
    expect(historyExpression(load, 'raw', { stepMs: 5000 })).toBe(currentExpression(load));
    expect(historyExpression(load, 'raw', { stepMs: 60_000 })).toMatch(
      /avg_over_time\(node_load1\[60s\]\)\) or .*avg_over_time\(hostpulse_cpu_load_average_1m\[60s\]\)/,
    );
    expect(historyExpression(metric('disk.io.read.count'), 'raw', { stepMs: 10_000 })).toMatch(
      /^rate\(node_disk_reads_completed_total\[20s\]\) or /,
    );
    expect(historyExpression(metric('disk.io.read.bytes'), 'raw', { stepMs: 60_000, operation: 'max' })).toBe(
      `max_over_time((${currentExpression(metric('disk.io.read.bytes'))})[60s:5s])`,
    );
  });

  test('recorded history looks back at most one step of the tier or of the query', () => {
    const matchers = [matcher('instance', 'web-1')];
    const usage = metric('cpu.usage.total');
    expect(historyExpression(usage, '5m', { stepMs: 60_000, matchers })).toBe(
      'avg_over_time(instance:cpu_usage_total:avg5m{instance="web-1"}[300s])',
    );
    expect(historyExpression(usage, '1m', { stepMs: 3_600_000, operation: 'max', matchers })).toBe(
      'max_over_time(instance:cpu_usage_total:max1m{instance="web-1"}[3600s])',
    );
  });

  test('matchers are in every selector', () => {
    const matchers = [matcher('instance', 'web-1'), anyOf('device', ['sda', 'sdb'])];
    expect(metrics.length).toBeGreaterThan(40);
    for (const each of metrics) {
      const expression = currentExpression(each, matchers);
      const selectors = expression.match(/\b(node|hostpulse)_\w+(\{[^}]*\})?/g) ?? [];
      expect(selectors.length).toBeGreaterThanOrEqual(2);
      for (const selector of selectors) expect(selector).toMatch(/instance="web-1",device=~"sda\|sdb"}$/);
    }
  });
});

describe('expressions of a bounded metric', () => {
  test('record the largest series of a host, and show all of the raw tier', () => {
    const used = metric('containers.memory.used');
    expect(recordingExpression(used, 'avg', tierByName('1m'))).toMatch(
      /^topk by \(job, instance\) \(20, avg without \(id, image\) \(avg_over_time\(container_memory_working_set_bytes\{name!=""\}\[60s\] offset 15s\)\) or .+\)$/,
    );
    expect(currentExpression(used)).toMatch(/^avg without \(id, image\) \(container_memory_working_set_bytes/);
  });

  test('scale counters', () => {
    expect(currentExpression(metric('units.cpu.usage'))).toMatch(
      /^100 \* sum without \(mode\) \(rate\(hostpulse_unit_cpu_seconds_total\[20s\]\)\) or /,
    );
  });
});

describe('expressions of a dashboard', () => {
  const matchers = [matcher('job', 'node')];

  test('raw: counters and gauges over the window of the dashboard', () => {
    const window = '$__rate_interval';
    expect(panelExpression(metric('disk.io.read.bytes'), 'raw', { window, matchers })).toBe(
      'rate(node_disk_read_bytes_total{job="node"}[$__rate_interval])' +
        ' or avg without (cpu, mountpoint, fstype, mode, metric_type) (avg_over_time(hostpulse_disk_io_read_bytes{job="node"}[$__rate_interval]))',
    );
    expect(panelExpression(metric('cpu.load.average.1m'), 'raw', { window, matchers })).toMatch(
      /^avg without \(.+\) \(avg_over_time\(node_load1\{job="node"\}\[\$__rate_interval\]\)\) or /,
    );
  });

  test('recorded: before the point, or from the point on', () => {
    const total = metric('cpu.usage.total');
    expect(panelExpression(total, '1m', { window: '$__interval', matchers })).toBe(
      'avg_over_time(instance:cpu_usage_total:avg1m{job="node"}[$__interval])',
    );
    expect(panelExpression(total, '5m', { window: '6h', matchers: [], operation: 'max', isAhead: true })).toBe(
      'max_over_time(instance:cpu_usage_total:max5m[6h] offset -6h)',
    );
  });

  test('a maximum of raw, or one that is not recorded, is an error', () => {
    const options = { window: '1h', matchers, operation: 'max' } as const;
    expect(() => panelExpression(metric('cpu.usage.total'), 'raw', options)).toThrow('no max of the raw tier');
    expect(() => panelExpression(metric('memory.free'), '1m', options)).toThrow('max is not recorded');
  });
});

describe('recording names', () => {
  test('consist of level, name and operation with the tier', () => {
    expect(recordingName(metric('cpu.usage.total'), 'avg', '1m')).toBe('instance:cpu_usage_total:avg1m');
    expect(recordingName(metric('disk.io.read.bytes'), 'max', '5m')).toBe('instance_device:disk_io_read_bytes:max5m');
    expect(recordingName(metric('disk.usage.percent'), 'avg', '5m')).toBe(
      'instance_device_mountpoint_fstype:disk_usage_percent:avg5m',
    );
  });

  test('throw for a maximum that is not recorded', () => {
    expect(() => recordingName(metric('memory.free'), 'max', '1m')).toThrow('memory.free: max is not recorded');
  });
});
