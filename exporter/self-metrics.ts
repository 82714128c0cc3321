/** The exporter's own metrics: what it is, what it costs and how often it was asked. Leaner than the other programs'. */
import { createRequire } from 'node:module';
import type { Counter, Gauge, Registry } from 'prom-client';
import type { Family, Labels, MetricType } from './exposition/family.ts';
import { createProcessMetrics } from './process-metrics.ts';

/** By deep path: the package's index loads 15 MiB of default metrics, histograms and cluster support. */
const require = createRequire(import.meta.url);

export interface SelfMetrics {
  /** Answered requests for metrics, by status code. */
  readonly requests: Counter<'code'>;
  readonly inFlight: Gauge;
  /** The process. */
  readProcess(): Family[];
  /** The metrics above and the build information. As families, so that the page's writer remembers their lines like any others. */
  readOwn(): Promise<Family[]>;
}

export function createSelfMetrics({ version }: { readonly version: string }): SelfMetrics {
  const { OwnRegistry, OwnGauge, OwnCounter } = loadPromClient();
  const registry = new OwnRegistry();
  const registers = [registry];
  new OwnGauge({
    name: 'hostpulse_build_info',
    help: 'A metric with a constant 1 value labeled by program, version and runtime.',
    labelNames: ['program', 'version', 'runtime'] as const,
    registers,
  }).set({ program: 'exporter', version, runtime: `node ${process.versions.node}` }, 1);
  const requests = new OwnCounter({
    name: 'hostpulse_exporter_requests_total',
    help: 'Requests for metrics that were answered, by status code.',
    labelNames: ['code'] as const,
    registers,
  });
  for (const code of ['200', '400', '500', '503']) requests.inc({ code }, 0);
  const inFlight = new OwnGauge({
    name: 'hostpulse_exporter_requests_in_flight',
    help: 'Requests for metrics that are being answered now.',
    registers,
  });
  return { requests, inFlight, readProcess: createProcessMetrics(), readOwn: () => readFamilies(registry) };
}

function loadPromClient() {
  return {
    OwnRegistry: require('prom-client/lib/registry.js') as typeof Registry,
    OwnGauge: require('prom-client/lib/gauge.js') as typeof Gauge,
    OwnCounter: require('prom-client/lib/counter.js') as typeof Counter,
  };
}

/** `type` is the text format's word at run time, whatever the declarations say. */
async function readFamilies(registry: Registry): Promise<Family[]> {
  const metrics = await registry.getMetricsAsJSON();
  return metrics.map(({ name, help, type, values }) => ({
    name,
    help,
    type: String(type) as MetricType,
    samples: values.map(({ labels, value }) => ({ labels: labels as Labels, value })),
  }));
}
