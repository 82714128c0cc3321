/** The gateway's metrics of pushing hosts. */
import { Counter, Gauge, type Registry } from 'prom-client';
import type { PushingHost, PushTracker } from './push-tracker.ts';

export interface LivenessMetrics {
  /** Call it when this gateway has written `up` of every host. */
  wrote(nowMs: number): void;
}

export interface LivenessMetricsOptions {
  readonly registry: Registry;
  /** Receives the metrics with host names. */
  readonly hostRegistry: Registry;
  readonly pushes: PushTracker;
  readonly pending: (host: string) => number;
}

export function livenessMetrics({ registry, hostRegistry, pushes, pending }: LivenessMetricsOptions): LivenessMetrics {
  const ofHost = (name: string, help: string, read: (host: PushingHost) => number): void => {
    new Gauge({
      name: `hostpulse_gateway_host_${name}`,
      help,
      labelNames: ['host'] as const,
      registers: [hostRegistry],
      collect() {
        this.reset();
        for (const host of pushes.hosts()) this.set({ host: host.host }, read(host));
      },
    });
  };
  ofHost(
    'last_push_timestamp_seconds',
    'Time of the last push of the host to this gateway.',
    ({ lastPushMs }) => lastPushMs / 1_000,
  );
  ofHost(
    'clock_skew_seconds',
    "Newest sample of the host minus the gateway's time, the largest of its last twelve pushes; positive when the host's clock is ahead.",
    ({ skewMs }) => skewMs / 1_000,
  );
  ofHost('pending_batches', 'Queued batches of the host.', ({ host }) => pending(host));
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
