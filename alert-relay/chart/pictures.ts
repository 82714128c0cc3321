/** Pictures for messages: made within a few seconds, or the message goes without. */
import { type Log, messageOf } from '../../common/program/log.ts';
import type { PrometheusConnection } from '../../common/prometheus/connection.ts';
import { PrometheusError } from '../../common/prometheus/error.ts';
import type { PictureOutcome, RelayMetrics } from '../metrics.ts';
import type { GroupMessage, Message } from '../text/message.ts';
import { renderChart } from './chart.ts';
import { altOf, type ChartData, tryChartData } from './chart-data.ts';
import type { Picture } from './picture.ts';
import { createRaster } from './raster.ts';
import { readLines, stepMs } from './series.ts';

export interface PicturesOptions {
  readonly connection: PrometheusConnection;
  readonly metrics: Pick<RelayMetrics, 'pictures'>;
  readonly log: Log;
  readonly now: () => number;
  /** The longest that a message waits for its picture; a few seconds when absent. */
  readonly limitMs?: number;
}

export interface Pictures {
  /** Undefined where there is nothing to draw, or not in time. Does not throw. */
  tryPicture(message: Message | GroupMessage): Promise<Picture | undefined>;
  /** Idempotent. */
  stop(): void;
}

const standardLimitMs = 5_000;
/** After a failure nothing is tried for so long: messages that come meanwhile do not wait. */
const pauseMs = 15_000;
/** Channels that tell the same share a picture. */
const keptMs = 30_000;
const keptAtMost = 8;

interface Kept {
  readonly atMs: number;
  readonly picture: Promise<Picture | undefined>;
}

export function createPictures(options: PicturesOptions): Pictures {
  const { connection, metrics, log, now, limitMs = standardLimitMs } = options;
  const raster = createRaster();
  const kept = new Map<string, Kept>();
  const stopping = new AbortController();
  let pausedUntilMs = 0;

  async function make(message: Message | GroupMessage, subject: ChartData): Promise<Picture | undefined> {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(new Error(`not within ${limitMs / 1_000} s`)), limitMs);
    const signal = AbortSignal.any([limit.signal, stopping.signal]);
    try {
      const lines = await readLines(subject, { connection, signal });
      if (lines.length === 0) return count('absent');
      const png = await raster.render(renderChart({ ...subject, stepMs, lines }), signal);
      count('made');
      return { png, alt: altOf(message, subject) };
    } catch (error) {
      if (stopping.signal.aborted) return undefined;
      const why = limit.signal.aborted ? messageOf(limit.signal.reason) : messageOf(error);
      if (isOwnFault(error)) {
        log.warn('a message goes without a picture', { alertname: message.alertname, error: why });
      } else {
        pausedUntilMs = now() + pauseMs;
        log.warn('messages go without pictures for a while', { for_ms: pauseMs, error: why });
      }
      return count('failed');
    } finally {
      clearTimeout(timer);
    }
  }

  function count(outcome: PictureOutcome): undefined {
    metrics.pictures.inc({ outcome });
  }

  function keep(key: string, picture: Promise<Picture | undefined>): void {
    kept.set(key, { atMs: now(), picture });
    for (const [old] of kept) if (kept.size > keptAtMost) kept.delete(old);
  }

  return {
    async tryPicture(message) {
      const subject = tryChartData(message);
      if (subject === undefined) return count('absent');
      const key = keyOf(message);
      const known = kept.get(key);
      if (known !== undefined && now() - known.atMs < keptMs) return known.picture;
      if (now() < pausedUntilMs) return count('failed');
      const picture = make(message, subject);
      keep(key, picture);
      return picture;
    },
    stop() {
      stopping.abort(new Error('the relay stops'));
      raster.stop();
    },
  };
}

/** Of the rule: other rules' pictures have nothing to do with it. */
function isOwnFault(error: unknown): boolean {
  return error instanceof PrometheusError && (error.fault === 'rejected' || error.fault === 'too_large');
}

function keyOf(message: Message | GroupMessage): string {
  const members = 'shown' in message ? message.shown : [message];
  return members.map(({ episodeId, status, isReminder }) => `${episodeId} ${status} ${isReminder}`).join(', ');
}
