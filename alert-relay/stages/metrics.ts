/** Defines the relay's own metrics. Counters exist from the start at 0; unknown values are absent. */
import { Counter, Histogram, type Registry } from 'prom-client';
import type { Log } from '../../common/program/log.ts';
import { deliveryOutcomes } from '../../common/program/retry.ts';
import { openEpisodes, type RelayTime, tryRememberedTime } from '../../common/store/relay-records.ts';
import type { Database } from '../../common/store/schema.ts';
import { addStoredGauge } from '../../common/store/stored-gauges.ts';
import { pictureOutcomes } from '../chart/pictures.ts';
import { pending } from '../store/outbox.ts';

/**
 * Reasons for a dead letter: refused by the receiver, too old, a resolution whose firing was not delivered, or the channel is
 * no longer configured.
 */
export const dropReasons = ['rejected', 'expired', 'untold', 'channel_removed'] as const;
export type DropReason = (typeof dropReasons)[number];

/** `accept`: from the webhook to the commit, including `store`, `dedup` and `route`. `wait`: in the outbox until the first attempt. */
export const stages = ['accept', 'store', 'dedup', 'route', 'wait', 'render', 'picture', 'deliver', 'settle'] as const;
export type Stage = (typeof stages)[number];

/** The status codes of the webhook. */
const webhookCodes = ['200', '400', '401', '403', '413', '415', '500'] as const;

export type RelayMetrics = ReturnType<typeof createRelayMetrics>;

export interface RelayMetricsOptions {
  readonly registry: Registry;
  readonly db: Database;
  /** Returns the configured channels. */
  readonly channels: () => readonly string[];
  readonly now: () => number;
  readonly log: Log;
}

export function createRelayMetrics(options: RelayMetricsOptions) {
  const registers = [options.registry];
  const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]): Counter<Label> =>
    new Counter({ name, help, labelNames, registers });
  const metrics = {
    deliveries: counter(
      'hostpulse_relay_deliveries_total',
      'Notifications attempted, by outcome; drop: the notification became a dead letter.',
      'channel',
      'outcome',
    ),
    dropped: counter('hostpulse_relay_dropped_total', 'Notifications that became dead letters.', 'channel', 'reason'),
    webhooks: counter('hostpulse_relay_webhooks_total', 'Webhooks from Alertmanager by response status.', 'code'),
    alerts: counter(
      'hostpulse_relay_alerts_total',
      'Alerts in accepted webhooks. Watchdog is a heartbeat and does not count.',
      'status',
    ),
    reconciliations: counter(
      'hostpulse_relay_reconciliations_total',
      'Comparisons of open episodes with Alertmanager and Prometheus; unhealthy: one of them did not answer.',
      'outcome',
    ),
    heartbeats: counter(
      'hostpulse_relay_heartbeats_total',
      'Heartbeats to heartbeat.url; withheld: not sent because the Watchdog is missing.',
      'outcome',
    ),
    pictures: counter(
      'hostpulse_relay_pictures_total',
      'Pictures for messages; absent: the rule has no annotation expr, or its expression returns no series.',
      'outcome',
    ),
    stages: new Histogram({
      name: 'hostpulse_relay_stage_duration_seconds',
      help: 'Duration of the pipeline stages; accept includes store, dedup and route; deliver of an email includes its picture.',
      labelNames: ['stage'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    }),
  };
  for (const code of webhookCodes) metrics.webhooks.inc({ code }, 0);
  for (const status of ['firing', 'resolved']) metrics.alerts.inc({ status }, 0);
  for (const outcome of ['ok', 'unhealthy']) metrics.reconciliations.inc({ outcome }, 0);
  for (const stage of stages) metrics.stages.zero({ stage });
  for (const outcome of pictureOutcomes) metrics.pictures.inc({ outcome }, 0);
  for (const outcome of ['ok', 'failed', 'withheld']) metrics.heartbeats.inc({ outcome }, 0);
  addStoredGauges(options);
  return metrics;
}

/** Creates the counters of these channels at 0, unless they exist. */
export function initialiseChannels(
  { deliveries, dropped }: Pick<RelayMetrics, 'deliveries' | 'dropped'>,
  channels: readonly string[],
): void {
  for (const channel of channels) {
    for (const outcome of deliveryOutcomes) deliveries.inc({ channel, outcome }, 0);
    for (const reason of dropReasons) dropped.inc({ channel, reason }, 0);
  }
}

/** Adds the gauges that are read from the database. */
function addStoredGauges({ registry, db, channels, now, log }: RelayMetricsOptions): void {
  const stored = { registry, log };
  const addOutboxGauge = (name: string, help: string, valueOf: (depth: OutboxDepth) => number): void =>
    addStoredGauge(stored, {
      name,
      help,
      labelNames: ['channel'],
      async read() {
        const values = new Map(channels().map((channel) => [channel, 0]));
        for (const depth of await outboxDepths(db)) values.set(depth.channel, valueOf(depth));
        return [...values].map(([channel, value]) => ({ labels: { channel }, value }));
      },
    });
  const addTimeGauge = (time: RelayTime, name: string, help: string): void =>
    addStoredGauge(stored, {
      name,
      help: `${help} Absent before the first one.`,
      async read() {
        const timeMs = await tryRememberedTime(db, time);
        return timeMs === undefined ? [] : [{ value: timeMs / 1_000 }];
      },
    });

  addOutboxGauge('hostpulse_relay_outbox_length', 'Pending notifications.', ({ length }) => length);
  addOutboxGauge(
    'hostpulse_relay_outbox_oldest_age_seconds',
    'Age of the oldest pending notification; 0 if none is pending.',
    ({ oldestAtMs }) => Math.max(0, now() - oldestAtMs) / 1_000,
  );
  addStoredGauge(stored, {
    name: 'hostpulse_relay_open_episodes',
    help: 'Firing alerts, according to the webhooks received.',
    read: async () => [{ value: (await openEpisodes(db)).length }],
  });
  addTimeGauge('last_webhook', 'hostpulse_relay_last_webhook_timestamp_seconds', 'Time of the last accepted webhook.');
  addTimeGauge('last_watchdog', 'hostpulse_relay_watchdog_last_timestamp_seconds', 'Time of the last firing Watchdog.');
}

export interface StageTimes {
  /** Runs the task and observes its duration, also when the task throws. */
  measure<T>(stage: Stage, task: () => Promise<T>): Promise<T>;
  observe(stage: Stage, durationMs: number): void;
}

/** Measures the pipeline's stages: observes the histogram, and logs each duration at level debug (`npm run bench:alert`). */
export function createStageTimes({
  metrics,
  log,
  channel,
}: {
  readonly metrics: Pick<RelayMetrics, 'stages'>;
  readonly log: Log;
  /** Set for the stages after the outbox. */
  readonly channel?: string;
}): StageTimes {
  function observe(stage: Stage, durationMs: number): void {
    metrics.stages.observe({ stage }, durationMs / 1_000);
    log.debug('stage', { stage, channel, ms: Math.round(durationMs * 1_000) / 1_000 });
  }

  return {
    observe,
    async measure(stage, task) {
      const startedMs = performance.now();
      try {
        return await task();
      } finally {
        observe(stage, performance.now() - startedMs);
      }
    },
  };
}

export interface OutboxDepth {
  readonly channel: string;
  readonly length: number;
  readonly oldestAtMs: number;
}

/** Returns length and oldest entry of every queue that is not empty. */
export async function outboxDepths(db: Database): Promise<readonly OutboxDepth[]> {
  const rows = await db
    .selectFrom('notifications')
    .select(({ fn }) => ['channel', fn.countAll<number>().as('length'), fn.min('created_at').as('oldest')])
    .where('state', '=', pending)
    .groupBy('channel')
    .orderBy('channel')
    .execute();
  return rows.map(({ channel, length, oldest }) => ({ channel, length: Number(length), oldestAtMs: Number(oldest) }));
}
