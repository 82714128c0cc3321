/** Metrics about the program itself: process, event loop, build information. */
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';

/** Returns a registry with `process_*`, `nodejs_*` and `hostpulse_build_info`. The exporter has a smaller one in exporter/self-metrics.ts. */
export function createSelfMetrics({
  program,
  version,
}: {
  readonly program: string;
  readonly version: string;
}): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'hostpulse_build_info',
    help: 'A metric with a constant 1 value labeled by program, version and runtime.',
    labelNames: ['program', 'version', 'runtime'] as const,
    registers: [registry],
  }).set({ program, version, runtime: `node ${process.versions.node}` }, 1);
  return registry;
}
