/** The gateway's own metrics of its calls to Prometheus: how they end, how long they take, how many wait. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { type CallOutcome, callOutcomes, type PrometheusConnection } from '../../common/prometheus/connection.ts';

export interface PrometheusMetrics {
  /** To be told of each call's end. */
  readonly observe: (outcome: CallOutcome, seconds: number) => void;
  /** Shows how many calls of the connection wait for their turn. */
  readonly watch: (connection: PrometheusConnection) => void;
}

export function prometheusMetrics(registry: Registry): PrometheusMetrics {
  const calls = new Counter({
    name: 'hostpulse_gateway_prometheus_calls_total',
    help: 'Calls to Prometheus, by outcome; a refused query counts as answered.',
    labelNames: ['outcome'] as const,
    registers: [registry],
  });
  for (const outcome of callOutcomes) calls.inc({ outcome }, 0);
  const durations = new Histogram({
    name: 'hostpulse_gateway_prometheus_call_duration_seconds',
    help: 'Time of a call to Prometheus, the wait for its turn included.',
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  return {
    observe(outcome, seconds) {
      calls.inc({ outcome });
      durations.observe(seconds);
    },
    watch(connection) {
      new Gauge({
        name: 'hostpulse_gateway_prometheus_calls_waiting',
        help: 'Calls to Prometheus that wait for their turn.',
        registers: [registry],
        collect() {
          this.set(connection.waiting());
        },
      });
    },
  };
}
