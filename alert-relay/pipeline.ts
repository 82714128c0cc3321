/** Composes the relay's pipeline: every stage that an alert passes on its way from the webhook to the channels, in order. */
import type { Log } from '../common/program/log.ts';
import { exclusively } from '../common/store/leases.ts';
import { episodesById, isWatchdog } from '../common/store/relay-records.ts';
import type { Database } from '../common/store/schema.ts';
import type { Channel } from './channel/channel.ts';
import type { Route } from './settings/routes-type.ts';
import {
  dedupEvents,
  type FreshEvent,
  routeEvents,
  type StoredEvents,
  storeAlerts,
  takeWatchdogs,
  type WebhookPayload,
} from './stages/accept.ts';
import type { RenderOptions } from './stages/compose.ts';
import { createDelivery, type DeliveryOptions } from './stages/deliver.ts';
import { createStageTimes, initialiseChannels, type RelayMetrics } from './stages/metrics.ts';
import { enqueueNotifications, firingChannels } from './store/outbox.ts';

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

/** The settings that a reload changes. */
export type PipelineSettings = Pick<PipelineOptions, 'channels' | 'routes' | 'publicUrl' | 'timeZone'>;

export interface Pipeline {
  /** Returns the names of the configured channels. */
  channels(): readonly string[];
  /** Resolves once the payload's alerts and the notifications they cause are committed. Delivery follows. */
  accept(payload: WebhookPayload): Promise<void>;
  /** Passes the reconciler's findings on. `change` runs in the transaction that queues the notifications. */
  record(change: (transaction: Database) => Promise<StoredEvents>): Promise<void>;
  /** Queues firing notifications of the episodes that are still open, for channels that never got one. */
  notifyNewChannels(episodeIds: readonly number[]): Promise<void>;
  /**
   * Changes the settings. New alerts are routed by them at once. The new channels start when the attempts of the old channels have
   * ended, and deliver the notifications that are left in the queues.
   */
  reload(settings: PipelineSettings): Promise<void>;
  start(): void;
  stop(): Promise<void>;
}

export function createPipeline(options: PipelineOptions): Pipeline {
  const { db, log, now, dedupWindowMs: windowMs } = options;
  const times = createStageTimes(options);
  let current = configure(options);
  let isStopped = false;
  let reloading: Promise<void> = Promise.resolve();

  function configure(settings: PipelineSettings) {
    const channels = settings.channels.map(({ name }) => name);
    initialiseChannels(options.metrics, channels);
    const deliveries = settings.channels.map((channel) =>
      createDelivery({ ...options, ...settings, channel, maxAgeMs: options.retryMaxAgeMs }),
    );
    return { channels, routes: settings.routes, deliveries };
  }

  function start(): void {
    for (const delivery of current.deliveries) delivery.start();
  }

  async function swap(settings: PipelineSettings): Promise<void> {
    if (isStopped) return;
    const { deliveries } = current;
    current = configure(settings);
    await Promise.all(deliveries.map((delivery) => delivery.stop())); // two workers on one queue would send twice
    if (!isStopped) start();
  }

  async function accept(payload: WebhookPayload): Promise<void> {
    await record(async (transaction) => {
      const nowMs = now();
      const alerts = await takeWatchdogs(transaction, payload.alerts, nowMs);
      return storeAlerts(transaction, { ...payload, alerts }, { nowMs, lateCopyMs: options.lateCopyMs });
    });
    for (const alert of payload.alerts) if (!isWatchdog(alert)) options.metrics.alerts.inc({ status: alert.status });
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
          const { channels, routes } = current;
          const routed = await routeEvents(transaction, fresh, { channels, routes, log });
          await enqueueNotifications(
            transaction,
            routed.map(({ episode, status, channel }) => ({ episodeId: episode.id, status, channel, nowMs })),
          );
        });
      }),
    );
    for (const delivery of current.deliveries) delivery.wake();
  }

  return {
    channels: () => current.channels,
    accept,
    record,
    notifyNewChannels,
    reload(settings) {
      const reloaded = reloading.then(() => swap(settings));
      reloading = reloaded.catch(() => undefined); // the caller of reload gets the error
      return reloaded;
    },
    start,
    async stop() {
      isStopped = true;
      await reloading;
      await Promise.all(current.deliveries.map((delivery) => delivery.stop()));
    },
  };
}
