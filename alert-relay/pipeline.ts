/** The relay's pipeline: every stage that an alert passes on its way from the webhook to the channels, in order. */
import type { Log } from '../common/program/log.ts';
import { episodesById } from '../common/store/alert-history.ts';
import { exclusively } from '../common/store/leases.ts';
import type { Database } from '../common/store/schema.ts';
import type { Channel } from './channel/channel.ts';
import type { Route } from './routing/routes.ts';
import { createDelivery, type DeliveryOptions } from './stages/deliver.ts';
import { createStageTimes, initialiseChannels, type RelayMetrics } from './stages/metrics.ts';
import type { RenderOptions } from './stages/render.ts';
import { dedupEvents, type FreshEvent, routeEvents } from './stages/route.ts';
import { type StoredEvents, storeAlerts, takeWatchdogs } from './stages/store.ts';
import type { WebhookPayload } from './stages/webhook-payload.ts';
import { enqueueNotifications, firingChannels } from './store/notifications.ts';

export interface PipelineOptions
  extends Omit<RenderOptions, 'db'>,
    Pick<DeliveryOptions, 'tryPicture' | 'leaseMs' | 'random'> {
  readonly db: Database;
  readonly channels: readonly Channel[];
  readonly routes: readonly Route[];
  readonly metrics: RelayMetrics;
  readonly log: Log;
  readonly dedupWindowMs: number;
  /** See `storeAlerts`. */
  readonly lateCopyMs: number;
  readonly retryMaxAgeMs: number;
}

export interface Pipeline {
  /** Names of the configured channels. */
  readonly channels: readonly string[];
  /** Resolves once the payload's alerts and the notifications they cause are committed. Delivery follows. */
  accept(payload: WebhookPayload): Promise<void>;
  /** Passes the reconciler's findings on. `change` runs in the transaction that queues the notifications. */
  record(change: (transaction: Database) => Promise<StoredEvents>): Promise<void>;
  /** Queues firing notifications of the episodes that are still open, for channels that never got one. */
  notifyNewChannels(episodeIds: readonly number[]): Promise<void>;
  start(): void;
  stop(): Promise<void>;
}

export function createPipeline(options: PipelineOptions): Pipeline {
  const { db, log, now, routes, dedupWindowMs: windowMs } = options;
  const channels = options.channels.map(({ name }) => name);
  initialiseChannels(options.metrics, channels);
  const times = createStageTimes(options);
  const deliveries = options.channels.map((channel) =>
    createDelivery({ ...options, channel, maxAgeMs: options.retryMaxAgeMs }),
  );

  async function accept(payload: WebhookPayload): Promise<void> {
    await record(async (transaction) => {
      const nowMs = now();
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

  async function notifyNewChannels(episodeIds: readonly number[]): Promise<void> {
    await queue(async (transaction) => {
      const events: FreshEvent[] = [];
      for (const episode of await episodesById(transaction, episodeIds)) {
        const notified = new Set(await firingChannels(transaction, episode.id));
        if (episode.closed_at === null) events.push({ episode, status: 'firing', notified });
      }
      return events;
    });
  }

  /** Queues the notifications of the events that `find` returns, in the transaction that `find` runs in. */
  async function queue(find: (transaction: Database, nowMs: number) => Promise<readonly FreshEvent[]>): Promise<void> {
    await times.measure('accept', () =>
      exclusively(db, 'alerts', async (transaction) => {
        const nowMs = now();
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
    channels,
    accept,
    record,
    notifyNewChannels,
    start() {
      for (const delivery of deliveries) delivery.start();
    },
    async stop() {
      await Promise.all(deliveries.map((delivery) => delivery.stop()));
    },
  };
}

export interface ReloadablePipeline extends Pipeline {
  /**
   * Replaces the pipeline. New alerts go to `next` at once. `next` starts when the attempts of the old one have ended,
   * and delivers what the old one left in the queues.
   */
  replace(next: Pipeline): Promise<void>;
}

export function createReloadablePipeline(first: Pipeline): ReloadablePipeline {
  let pipeline = first;
  let isStopped = false;
  let replacing: Promise<void> = Promise.resolve();

  async function swap(next: Pipeline): Promise<void> {
    if (isStopped) return;
    const old = pipeline;
    pipeline = next;
    await old.stop(); // two workers on one queue would send twice
    if (!isStopped) next.start();
  }

  return {
    get channels() {
      return pipeline.channels;
    },
    accept: (payload) => pipeline.accept(payload),
    record: (change) => pipeline.record(change),
    notifyNewChannels: (episodeIds) => pipeline.notifyNewChannels(episodeIds),
    start: () => pipeline.start(),
    async stop() {
      isStopped = true;
      await Promise.allSettled([replacing]);
      await pipeline.stop();
    },
    replace(next) {
      const replaced = replacing.then(() => swap(next));
      replacing = replaced.catch(() => undefined); // the caller of replace gets the error
      return replaced;
    },
  };
}
