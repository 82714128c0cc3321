/** From webhook to channel: every stage an alert passes, in order. */
import type { Log } from '../common/program/log.ts';
import { episodesById } from '../common/store/alert-history.ts';
import { exclusively } from '../common/store/dialect.ts';
import type { Database } from '../common/store/schema.ts';
import type { Channel } from './channel/channel.ts';
import type { RelayMetrics } from './metrics.ts';
import type { Route } from './routing/routes.ts';
import { dedupEvents, type FreshEvent } from './stages/dedup.ts';
import { createDelivery, type DeliveryOptions } from './stages/deliver.ts';
import type { RenderOptions } from './stages/render.ts';
import { routeEvents } from './stages/route.ts';
import { createStageTimes } from './stages/stage-times.ts';
import { type StoredEvents, storeAlerts } from './stages/store.ts';
import { takeWatchdogs } from './stages/watchdog.ts';
import { firingChannels } from './store/notifications.ts';
import { enqueueNotifications } from './store/outbox.ts';
import type { WebhookPayload } from './webhook-payload.ts';

export interface PipelineOptions extends Omit<RenderOptions, 'db'>, Pick<DeliveryOptions, 'tryPicture'> {
  readonly db: Database;
  readonly channels: readonly Channel[];
  readonly routes: readonly Route[];
  readonly metrics: RelayMetrics;
  readonly log: Log;
  readonly dedupWindowMs: number;
  /** As `storeAlerts` has it. */
  readonly lateCopyMs: number;
  readonly retryMaxAgeMs: number;
  readonly random: () => number;
}

export interface Pipeline {
  /** All that the webhook means is durable when this resolves; the channels hear of it afterwards. */
  accept(payload: WebhookPayload): Promise<void>;
  /** The same for what the reconciler found: `change` runs in the transaction that queues the messages. */
  record(change: (transaction: Database) => Promise<StoredEvents>): Promise<void>;
  /** Tells the beginnings of those episodes that are still open to the channels that no beginning of theirs was for. */
  tellNewChannels(episodeIds: readonly number[]): Promise<void>;
  start(): void;
  stop(): Promise<void>;
}

export function createPipeline(options: PipelineOptions): Pipeline {
  const { db, log, clock, routes, dedupWindowMs: windowMs } = options;
  const channels = options.channels.map(({ name }) => name);
  const times = createStageTimes(options);
  const deliveries = options.channels.map((channel) =>
    createDelivery({
      ...options,
      channel,
      maxAgeMs: options.retryMaxAgeMs,
    }),
  );

  async function accept(payload: WebhookPayload): Promise<void> {
    await record(async (transaction) => {
      const nowMs = clock();
      const alerts = await takeWatchdogs(transaction, payload.alerts, nowMs);
      return storeAlerts(transaction, { ...payload, alerts }, { nowMs, lateCopyMs: options.lateCopyMs });
    });
    for (const { status } of payload.alerts) options.metrics.alerts.inc({ status });
  }

  async function record(change: (transaction: Database) => Promise<StoredEvents>): Promise<void> {
    await queue(async (transaction, nowMs) => {
      const stored = await times.measure('store', () => change(transaction));
      return times.measure('dedup', () => dedupEvents(transaction, stored, { nowMs, windowMs }));
    });
  }

  async function tellNewChannels(episodeIds: readonly number[]): Promise<void> {
    await queue(async (transaction) => {
      const events: FreshEvent[] = [];
      for (const episode of await episodesById(transaction, episodeIds)) {
        const told = new Set(await firingChannels(transaction, episode.id));
        if (episode.closed_at === null) events.push({ episode, status: 'firing', told });
      }
      return events;
    });
  }

  /** What `find` finds and the messages that come of it are one transaction. */
  async function queue(find: (transaction: Database, nowMs: number) => Promise<readonly FreshEvent[]>): Promise<void> {
    await times.measure('accept', () =>
      exclusively(db, 'alerts', async (transaction) => {
        const nowMs = clock();
        const fresh = await find(transaction, nowMs);
        await times.measure('route', async () => {
          const routed = await routeEvents(transaction, fresh, { channels, routes, log });
          await enqueueNotifications(
            transaction,
            routed.map(({ episode, status, channel }) => ({ episodeId: episode.id, status, channel, nowMs })),
          );
        });
      }),
    );
    for (const delivery of deliveries) delivery.wake();
  }

  return {
    accept,
    record,
    tellNewChannels,
    start() {
      for (const delivery of deliveries) delivery.start();
    },
    async stop() {
      await Promise.all(deliveries.map((delivery) => delivery.stop()));
    },
  };
}
