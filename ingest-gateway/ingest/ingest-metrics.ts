/** The gateway's own metrics of what comes in. */
import { Counter, type Registry } from 'prom-client';
import { type RejectReason, rejectReasons } from './rejection.ts';

/** How samples came. */
export const pushWays = ['collect', 'remote_write', 'otlp'] as const;
export type PushWay = (typeof pushWays)[number];

const refusals = ['full', 'slow', 'unwritable'] as const;

export interface IngestMetrics {
  accepted(way: PushWay, samples: number): void;
  rejected(way: PushWay, reason: RejectReason, samples: number): void;
  /** A whole push was answered 503. */
  refused(reason: (typeof refusals)[number]): void;
}

export function ingestMetrics(registry: Registry): IngestMetrics {
  const accepted = new Counter({
    name: 'hostpulse_gateway_samples_accepted_total',
    help: 'Samples accepted, each on disk before its sender was told.',
    labelNames: ['way'] as const,
    registers: [registry],
  });
  const rejected = new Counter({
    name: 'hostpulse_gateway_samples_rejected_total',
    help: 'Samples of pushes that were not taken, by reason; their senders were told.',
    labelNames: ['way', 'reason'] as const,
    registers: [registry],
  });
  const refused = new Counter({
    name: 'hostpulse_gateway_pushes_refused_total',
    help: 'Pushes answered 503 because the queue took nothing, by reason.',
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
