/** The gateway's metrics of pushing hosts. */
import { Counter, Gauge, type Registry } from 'prom-client';
import type { PushingHost, PushTracker } from './push-tracker.ts';

export interface LivenessMetrics {
  /** Call it when this gateway has written `up` of every host. */
  wrote(nowMs: number): void;
}

export interface LivenessMetricsOptions {
  readonly registry: Registry;
  readonly pushes: PushTracker;
}

export interface HostMetricsOptions {
  readonly pushes: Pick<PushTracker, 'hosts'>;
  /** Returns the number of queued batches of a host. */
  readonly pending: (host: string) => number;
}

interface HostGauge {
  readonly name: string;
  readonly help: string;
  readonly read: (host: PushingHost, options: HostMetricsOptions) => number;
}

const hostGauges: readonly HostGauge[] = [
  {
    name: 'last_push_timestamp_seconds',
    help: 'Time of the last push of the host to this gateway.',
    read: ({ lastPushMs }) => lastPushMs / 1_000,
  },
  {
    name: 'clock_skew_seconds',
    help: "Newest sample of the host minus the gateway's time, the largest of its last twelve pushes; positive when the host's clock is ahead.",
    read: ({ skewMs }) => skewMs / 1_000,
  },
  {
    name: 'pending_batches',
    help: 'Queued batches of the host.',
    read: ({ host }, { pending }) => pending(host),
  },
];

/**
 * Returns the metrics of each pushing host in the text format. Gauges of prom-client would hold up the event loop at each scrape
 * (docs/decisions/current-values.md).
 */
export function renderHostMetrics(options: HostMetricsOptions): string {
  const hosts = [...options.pushes.hosts()].map((each) => ({
    each,
    labels: `{host="${escapeLabelValue(each.host)}"}`,
  }));
  return hostGauges
    .map(({ name: suffix, help, read }) => {
      const name = `hostpulse_gateway_host_${suffix}`;
      const lines = hosts.map(({ each, labels }) => `${name}${labels} ${read(each, options)}\n`);
      return `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${lines.join('')}`;
    })
    .join('');
}

function escapeLabelValue(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}

export function livenessMetrics({ registry, pushes }: LivenessMetricsOptions): LivenessMetrics {
  new Counter({
    name: 'hostpulse_gateway_tracked_hosts_dropped_total',
    help: 'Pushing hosts that this gateway stopped tracking because too many hosts push; the least recently pushed go first.',
    registers: [registry],
    collect() {
      this.reset();
      this.inc(pushes.dropped());
    },
  });
  let lastWriteMs: number | undefined;
  new Gauge({
    name: 'hostpulse_gateway_liveness_timestamp_seconds',
    help: 'Time at which this gateway last wrote `up` of pushing hosts; absent before its first write.',
    registers: [registry],
    collect() {
      this.reset();
      if (lastWriteMs === undefined) this.remove();
      else this.set(lastWriteMs / 1_000);
    },
  });
  return {
    wrote(nowMs) {
      lastWriteMs = nowMs;
    },
  };
}
