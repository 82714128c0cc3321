/** A program's own metrics: process and event loop from prom-client, build information, and what the program adds. */
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';

/** A registry with `process_*`, `nodejs_*` and `hostpulse_build_info`; the exporter has its own, leaner one. */
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
