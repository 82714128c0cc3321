/** Memory and swap metrics from /proc/meminfo. Used memory is total minus available, the kernel's estimate that counts reclaimable cache as available. */
import { type Expression, gauge, minus, percent } from './expression.ts';
import { type CatalogueMetric, defineMetric, type MetricDefinition } from './metric.ts';

const memoryTotal = gauge('node_memory_MemTotal_bytes');
const memoryUsed = minus(memoryTotal, gauge('node_memory_MemAvailable_bytes'));
const swapTotal = gauge('node_memory_SwapTotal_bytes');
const swapUsed = minus(swapTotal, gauge('node_memory_SwapFree_bytes'));

function bytes(
  name: string,
  help: string,
  exported: Expression,
  rest: Partial<Pick<MetricDefinition, 'peak' | 'interval'>> = {},
): CatalogueMetric {
  return defineMetric({ name, help, unit: 'bytes', labels: [], interval: '5s', peak: false, exported, ...rest });
}

function usage(name: string, help: string, exported: Expression): CatalogueMetric {
  return defineMetric({ name, help, unit: 'percent', labels: [], interval: '5s', peak: true, exported });
}

export const memoryMetrics = [
  bytes('memory.total', 'Memory that the kernel manages.', memoryTotal, { interval: 'once' }),
  bytes('memory.used', 'Memory that new programs could not get without swapping.', memoryUsed, { peak: true }),
  bytes('memory.available', 'Memory that new programs could get.', gauge('node_memory_MemAvailable_bytes')),
  bytes('memory.free', 'Memory that nothing uses, not even as cache.', gauge('node_memory_MemFree_bytes')),
  bytes('memory.buffers', 'Cache of raw block devices.', gauge('node_memory_Buffers_bytes')),
  bytes('memory.cached', 'Page cache.', gauge('node_memory_Cached_bytes')),
  usage('memory.usage.percent', 'memory.used of memory.total.', percent(memoryUsed, memoryTotal)),
  bytes('swap.total', 'Swap space.', swapTotal, { interval: 'once' }),
  bytes('swap.used', 'Swap space in use.', swapUsed, { peak: true }),
  usage('swap.usage.percent', 'swap.used of swap.total; absent without swap.', percent(swapUsed, swapTotal)),
];
