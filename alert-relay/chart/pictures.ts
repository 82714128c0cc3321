/** Draws the pictures of messages. A picture that is not ready within a few seconds is left out. */
import type { Counter } from 'prom-client';
import { type Log, messageOf } from '../../common/program/log.ts';
import type { PrometheusConnection } from '../../common/prometheus/connection.ts';
import { PrometheusError } from '../../common/prometheus/error.ts';
import type { GroupMessage, Message } from '../text/message.ts';
import { renderChart } from './chart.ts';
import { altOf, type ChartData, tryChartData } from './chart-data.ts';
import type { Picture } from './picture.ts';
import { createRaster } from './raster.ts';
import { readLines, stepMs } from './series.ts';

/** `absent`: the rule has no annotation `expr`, or its expression returns no series. */
export const pictureOutcomes = ['made', 'absent', 'failed'] as const;
export type PictureOutcome = (typeof pictureOutcomes)[number];

export interface PicturesOptions {
  readonly connection: PrometheusConnection;
  readonly metrics: { readonly pictures: Counter<'outcome'> };
  readonly log: Log;
  readonly now: () => number;
  /** Longest time that a message waits for its picture. Default: 5 s. */
  readonly limitMs?: number;
}

export interface Pictures {
  /** Returns undefined if there is nothing to draw or the time is up. Does not throw. */
  tryPicture(message: Message | GroupMessage): Promise<Picture | undefined>;
  /** Idempotent. */
  stop(): void;
}

const standardLimitMs = 5_000;
/** Pause after a failure: messages in this time are sent without waiting for a picture. */
const pauseMs = 15_000;
/** Channels that send the same message within this time share its picture. */
const cachedMs = 30_000;
const maxCached = 8;

interface CachedPicture {
  readonly atMs: number;
  readonly picture: Promise<Picture | undefined>;
}

export function createPictures(options: PicturesOptions): Pictures {
  const { connection, metrics, log, now, limitMs = standardLimitMs } = options;
  const raster = createRaster();
  const cache = new Map<string, CachedPicture>();
  const stopping = new AbortController();
  let pausedUntilMs = 0;

  async function draw(message: Message | GroupMessage, data: ChartData): Promise<Picture | undefined> {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(new Error(`not within ${limitMs / 1_000} s`)), limitMs);
    const signal = AbortSignal.any([limit.signal, stopping.signal]);
    try {
      const lines = await readLines(data, { connection, signal });
      if (lines.length === 0) return count('absent');
      const png = await raster.render(renderChart({ ...data, stepMs, lines }), signal);
      count('made');
      return { png, alt: altOf(message, data) };
    } catch (error) {
      if (stopping.signal.aborted) return undefined;
      const reason = limit.signal.aborted ? messageOf(limit.signal.reason) : messageOf(error);
      if (isFaultOfRule(error)) {
        log.warn('a message is sent without its picture', { alertname: message.alertname, error: reason });
      } else {
        pausedUntilMs = now() + pauseMs;
        log.warn('messages are sent without pictures for a while', { for_ms: pauseMs, error: reason });
      }
      return count('failed');
    } finally {
      clearTimeout(timer);
    }
  }

  function count(outcome: PictureOutcome): undefined {
    metrics.pictures.inc({ outcome });
  }

  function remember(key: string, picture: Promise<Picture | undefined>): void {
    cache.set(key, { atMs: now(), picture });
    for (const [oldest] of cache) if (cache.size > maxCached) cache.delete(oldest);
  }

  return {
    async tryPicture(message) {
      const data = tryChartData(message);
      if (data === undefined) return count('absent');
      const key = keyOf(message);
      const cached = cache.get(key);
      if (cached !== undefined && now() - cached.atMs < cachedMs) return cached.picture;
      if (now() < pausedUntilMs) return count('failed');
      const picture = draw(message, data);
      remember(key, picture);
      return picture;
    },
    stop() {
      stopping.abort(new Error('the relay stops'));
      raster.stop();
    },
  };
}

/** Returns true if the rule's query is at fault. Pictures of other rules are not affected, so drawing is not paused. */
function isFaultOfRule(error: unknown): boolean {
  return error instanceof PrometheusError && (error.fault === 'rejected' || error.fault === 'too_large');
}

function keyOf(message: Message | GroupMessage): string {
  const members = 'shown' in message ? message.shown : [message];
  return members.map(({ episodeId, status, isReminder }) => `${episodeId} ${status} ${isReminder}`).join(', ');
}
