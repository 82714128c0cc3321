/** The gateway's own metrics of hosts that push. */
import { Gauge, type Registry } from 'prom-client';
import type { PushingHost, PushLog } from './push-tracker.ts';

export interface LivenessMetrics {
  /** This gateway said of every host whether it is up. */
  wrote(nowMs: number): void;
}

export interface LivenessMetricsOptions {
  readonly registry: Registry;
  readonly pushes: PushLog;
  readonly pending: (host: string) => number;
}

export function livenessMetrics({ registry, pushes, pending }: LivenessMetricsOptions): LivenessMetrics {
  const ofHost = (name: string, help: string, read: (host: PushingHost) => number): void => {
    new Gauge({
      name: `hostpulse_gateway_host_${name}`,
      help,
      labelNames: ['host'] as const,
      registers: [registry],
      collect() {
        this.reset();
        for (const host of pushes.hosts()) this.set({ host: host.host }, read(host));
      },
    });
  };
  ofHost(
    'last_push_timestamp_seconds',
    'When the host last pushed to this gateway.',
    ({ lastPushMs }) => lastPushMs / 1_000,
  );
  ofHost(
    'clock_skew_seconds',
    "Newest sample of the host against the gateway's clock, at best over its last twelve pushes; positive when the host is ahead.",
    ({ skewMs }) => skewMs / 1_000,
  );
  ofHost('pending_batches', 'Batches of the host that wait to be forwarded.', ({ host }) => pending(host));
  let lastWriteMs: number | undefined;
  new Gauge({
    name: 'hostpulse_gateway_liveness_timestamp_seconds',
    help: 'When this gateway last wrote whether hosts that push are up; absent while another one does.',
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
