/** Runs the relay's pipeline with a real database, real webhook sinks and a clock that the test sets. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import type { Channel } from '../../alert-relay/channel/channel.ts';
import { createChannel } from '../../alert-relay/channels/index.ts';
import { createPipeline, type Pipeline } from '../../alert-relay/pipeline.ts';
import type { Escalations } from '../../alert-relay/settings/escalations-type.ts';
import type { Rotas } from '../../alert-relay/settings/rota.ts';
import type { Route } from '../../alert-relay/settings/routes-type.ts';
import { webhookPayload } from '../../alert-relay/stages/accept.ts';
import { createRelayMetrics, outboxDepths, type RelayMetrics } from '../../alert-relay/stages/metrics.ts';
import type { ValueAtResolve } from '../../alert-relay/stages/resolve-value.ts';
import { createLog, type Log } from '../../common/program/log.ts';
import { Secret } from '../../common/program/settings/secret.ts';
import { openStore, type Store, type StoreLocation } from '../../common/store/open.ts';
import { eventually } from './eventually.ts';
import { notificationsOf } from './notifications.ts';
import { type TestAlert, webhookPayloadOf } from './webhook-payload.ts';
import { startWebhookSink, type WebhookSink } from './webhook-sink.ts';

export interface PipelineHarness {
  readonly store: Store;
  readonly pipeline: Pipeline;
  readonly metrics: RelayMetrics;
  readonly registry: Registry;
  readonly log: Log;
  /** By channel. */
  readonly sinks: Readonly<Record<string, WebhookSink>>;
  readonly now: () => number;
  /** Sets the clock, in seconds since the start of the test. */
  setTime(seconds: number): void;
  /** Returns the epoch milliseconds of that second. */
  at(seconds: number): number;
  /** Sends a webhook with these alerts to all relays at once. */
  post(alerts: readonly TestAlert[]): Promise<void>;
  /** Waits until no notification is pending, for one channel or for all. */
  settled(channel?: string): Promise<void>;
  /** Waits until an attempt for the episode on the channel has failed. */
  attempted(episodeId: number, channel: string): Promise<void>;
  /** Returns a channel's messages since the previous call: `firing CpuHigh`, `firing CpuHigh (reminder)`. */
  told(channel?: string): readonly string[];
  stop(): Promise<void>;
}

export interface HarnessOptions {
  /** Default: a new SQLite file. */
  readonly location?: StoreLocation;
  /** Number of relays on the database. Default: 1. */
  readonly relays?: number;
  /** Names of webhook channels, each with a sink. */
  readonly channels?: readonly string[];
  /** Channels in addition to the webhook channels. */
  readonly extraChannels?: readonly Channel[];
  readonly routes?: readonly Route[];
  readonly escalations?: Escalations;
  readonly oncall?: Rotas;
  readonly lateCopyMs?: number;
  readonly retryMaxAgeMs?: number;
  readonly timeoutMs?: number;
  /** Lifetime of channel leases. */
  readonly leaseMs?: number;
  /** Rate of each webhook channel. Default: no limit. */
  readonly messagesPerMinute?: number;
  readonly publicUrl?: string;
  readonly tryValueAtResolve?: () => Promise<ValueAtResolve>;
}

const beginMs = Date.parse('2026-03-01T12:00:00Z');
const windowMs = 300_000;

export async function startPipeline(options: HarnessOptions = {}): Promise<PipelineHarness> {
  const { channels: names = ['ops'], lateCopyMs = windowMs, retryMaxAgeMs = 86_400_000, timeoutMs = 2_000 } = options;
  const folder = mkdtempSync(join(tmpdir(), 'hostpulse-pipeline-'));
  const location = options.location ?? { path: join(folder, 'hostpulse.db') };
  const store = await openStore(location);
  const others: Store[] = [];
  for (let relay = 1; relay < (options.relays ?? 1); relay += 1) others.push(await openStore(location));
  const registry = new Registry();
  const log = createLog({ level: 'error', format: 'logfmt', program: 'test' });
  const read: Record<string, number> = {};
  const sinks: Record<string, WebhookSink> = {};
  for (const name of names) sinks[name] = await startWebhookSink();
  let nowMs = beginMs;
  const now = (): number => nowMs;
  const ownChannels = Object.entries(sinks).map(([name, { url }]) =>
    createChannel({
      name,
      settings: {
        type: 'webhook',
        url: new Secret(url),
        secret: new Secret('key'),
        timeoutMs,
        messagesPerMinute: options.messagesPerMinute,
      },
      now,
    }),
  );
  const channels = [...ownChannels, ...(options.extraChannels ?? [])];
  const allNames = channels.map(({ name }) => name);
  const metrics = createRelayMetrics({ registry, db: store.db, channels: () => allNames, now, log });
  const pipelineOn = ({ db }: Store): Pipeline =>
    createPipeline({
      db,
      channels,
      routes: options.routes ?? [],
      escalations: options.escalations ?? {},
      oncall: options.oncall ?? {},
      metrics,
      log,
      now,
      random: () => 0.5,
      leaseMs: options.leaseMs,
      dedupWindowMs: windowMs,
      lateCopyMs,
      retryMaxAgeMs,
      publicUrl: options.publicUrl,
      timeZone: 'UTC',
      tryPicture: () => Promise.resolve(undefined),
      tryValueAtResolve: options.tryValueAtResolve ?? (() => Promise.resolve(undefined)),
    });
  const pipeline = pipelineOn(store);
  const pipelines = [pipeline, ...others.map(pipelineOn)];
  for (const each of pipelines) each.start();

  return {
    store,
    pipeline,
    metrics,
    registry,
    log,
    sinks,
    now,
    setTime(seconds) {
      nowMs = beginMs + seconds * 1_000;
    },
    at: (seconds) => beginMs + seconds * 1_000,
    async post(alerts) {
      const payload = webhookPayload.parse(webhookPayloadOf(alerts));
      await Promise.all(pipelines.map((each) => each.accept(payload)));
    },
    async settled(channel) {
      await eventually({ what: 'the outbox is empty', limitMs: 10_000, pollMs: 5 }, async () => {
        const waiting = (await outboxDepths(store.db)).filter(
          (each) => channel === undefined || each.channel === channel,
        );
        return waiting.length === 0 ? true : undefined;
      });
    },
    async attempted(episodeId, channel) {
      await eventually({ what: 'a failed attempt', limitMs: 10_000, pollMs: 5 }, async () =>
        (await notificationsOf(store.db, episodeId)).find((row) => row.channel === channel && row.attempts > 0),
      );
    },
    told(channel = 'ops') {
      const all = sinks[channel]?.received ?? [];
      const fresh = all.slice(read[channel] ?? 0);
      read[channel] = all.length;
      return fresh.map(({ body }) => [body['status'], body['alert'], ...reminderOf(body)].join(' '));
    },
    async stop() {
      await Promise.all(Object.values(sinks).map((sink) => sink.stop())); // first, so that hanging attempts end
      await Promise.all(pipelines.map((each) => each.stop()));
      for (const each of [store, ...others]) await each.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function reminderOf(body: Readonly<Record<string, unknown>>): readonly string[] {
  return body['reminder'] === true ? ['(reminder)'] : [];
}
