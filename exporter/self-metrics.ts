/** Exposes the exporter's own metrics: build information, requests and the process. */
import type { Counter, Gauge, Registry } from 'prom-client';
// By deep path: the package's index loads 15 MiB of default metrics, histograms and cluster support.
import OwnCounter from 'prom-client/lib/counter.js';
import OwnGauge from 'prom-client/lib/gauge.js';
import OwnRegistry from 'prom-client/lib/registry.js';
import type { Family, Labels, MetricType } from './exposition/family.ts';
import { createProcessMetrics } from './process-metrics.ts';

export interface SelfMetrics {
  /** Requests to the metrics endpoint, by status code of the response. */
  readonly requests: Counter<'code'>;
  readonly inFlight: Gauge;
  /** Returns the metrics of this process. */
  readProcess(): Family[];
  /** Returns the request metrics and the build information, as families so that the renderer caches their lines. */
  readOwn(): Promise<Family[]>;
}

export function createSelfMetrics({ version }: { readonly version: string }): SelfMetrics {
  const registry = new OwnRegistry();
  const registers = [registry];
  new OwnGauge({
    name: 'hostpulse_build_info',
    help: 'A metric with a constant 1 value labeled by program, version and runtime.',
    labelNames: ['program', 'version', 'runtime'] as const,
    registers,
  }).set({ program: 'exporter', version, runtime: `node ${process.versions.node}` }, 1);
  new OwnGauge({
    name: 'node_exporter_build_info',
    help: 'A metric with a constant 1 value labeled by version; node_exporter has it, and dashboards select hosts by it.',
    labelNames: ['branch', 'goarch', 'goos', 'goversion', 'revision', 'tags', 'version'] as const,
    registers,
  }).set(
    {
      branch: '',
      goarch: goArch(),
      goos: goOs(),
      goversion: '',
      revision: '',
      tags: '',
      version,
    },
    1,
  );
  const requests = new OwnCounter({
    name: 'hostpulse_exporter_requests_total',
    help: 'Requests to the metrics endpoint, by status code of the response.',
    labelNames: ['code'] as const,
    registers,
  });
  for (const code of ['200', '400', '500', '503']) requests.inc({ code }, 0);
  const inFlight = new OwnGauge({
    name: 'hostpulse_exporter_requests_in_flight',
    help: 'Requests to the metrics endpoint in progress.',
    registers,
  });
  return { requests, inFlight, readProcess: createProcessMetrics(), readOwn: () => readFamilies(registry) };
}

/** Go's names of architectures and systems where Node's differ. */
function goArch(): string {
  const { arch } = process;
  return arch === 'x64' ? 'amd64' : arch === 'ia32' ? '386' : arch;
}

function goOs(): string {
  return process.platform === 'win32' ? 'windows' : process.platform;
}

/** prom-client declares `type` as an enum, but its values are the strings of the text format. */
async function readFamilies(registry: Registry): Promise<Family[]> {
  const metrics = await registry.getMetricsAsJSON();
  return metrics.map(({ name, help, type, values }) => ({
    name,
    help,
    type: String(type) as MetricType,
    samples: values.map(({ labels, value }) => ({ labels: labels as Labels, value })),
  }));
}
