/** Metrics of the samples that the gateway accepts and rejects. */
import { Counter, type Registry } from 'prom-client';
import { type RejectReason, rejectReasons } from './sample-checks.ts';

/** Protocols of pushes, as label values. */
export const pushWays = ['collect', 'remote_write', 'otlp'] as const;
export type PushWay = (typeof pushWays)[number];

const refusals = ['full', 'slow', 'unwritable'] as const;

export interface IngestMetrics {
  accepted(way: PushWay, samples: number): void;
  rejected(way: PushWay, reason: RejectReason, samples: number): void;
  /** Counts a push that got 503. */
  refused(reason: (typeof refusals)[number]): void;
}

export function ingestMetrics(registry: Registry): IngestMetrics {
  const accepted = new Counter({
    name: 'hostpulse_gateway_samples_accepted_total',
    help: 'Samples accepted: on disk before the response was sent.',
    labelNames: ['way'] as const,
    registers: [registry],
  });
  const rejected = new Counter({
    name: 'hostpulse_gateway_samples_rejected_total',
    help: 'Pushed samples that were rejected, by reason; the response lists them.',
    labelNames: ['way', 'reason'] as const,
    registers: [registry],
  });
  const refused = new Counter({
    name: 'hostpulse_gateway_pushes_refused_total',
    help: 'Pushes that got 503 because the queue accepted nothing, by reason.',
    labelNames: ['reason'] as const,
    registers: [registry],
  });
  for (const way of pushWays) {
    accepted.inc({ way }, 0);
    for (const reason of rejectReasons) rejected.inc({ way, reason }, 0);
  }
  for (const reason of refusals) refused.inc({ reason }, 0);
  return {
    accepted: (way, samples) => accepted.inc({ way }, samples),
    rejected: (way, reason, samples) => rejected.inc({ way, reason }, samples),
    refused: (reason) => refused.inc({ reason }),
  };
}
