/** Appends a sample set to the buffer at every instant of the grid and counts the instants without one. */
import { type Log, messageOf } from '../../../common/program/log.ts';
import type { Family } from '../../exposition/family.ts';
import type { Layout, SampleBuffer } from '../buffer/sample-buffer.ts';
import { type Clock, type Grid, missedInstants, nextInstant, stampOf } from './clock.ts';
import { encodeLayout, endedSeries, hasLayout, layoutOf, type SeriesLayout, valuesOf } from './series-layout.ts';

export interface SamplerOptions {
  readonly grid: Grid;
  /** The families of one instant. */
  readonly read: () => Promise<readonly Family[]>;
  readonly buffer: SampleBuffer;
  readonly onAppend: () => void;
  readonly onMissed: (instants: number) => void;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Sampler {
  start(): void;
  /** Waits for a set in progress. Idempotent. */
  stop(): Promise<void>;
  /** After `stop`: appends the end of every series, 1 ms after its last sample. */
  end(): void;
}

interface KnownLayout {
  readonly series: SeriesLayout;
  readonly stored: Layout;
}

/** After the clock was set back by less than this, sampling waits until the clock has caught up. */
const maxCatchUpMs = 60_000;

const noValues = new Uint8Array(0);

export function createSampler({ grid, read, buffer, onAppend, onMissed, clock, log }: SamplerOptions): Sampler {
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let layout: KnownLayout | undefined;
  let lastStampMs: number | undefined;
  /** Shifted when the clock was set back, so that no instant is sampled twice. */
  let phaseMs = grid.phaseMs;
  let hasMovedPhase = false;

  async function run(): Promise<void> {
    let afterMs = clock.now();
    while (!stopping.signal.aborted) {
      const dueMs = nextInstant({ ...grid, phaseMs }, afterMs);
      // The clock may be set during the wait: an instant further away than one interval is computed again.
      while (clock.now() < dueMs && !stopping.signal.aborted) {
        if (dueMs - clock.now() > grid.intervalMs) break;
        await clock.sleep(dueMs - clock.now(), stopping.signal);
      }
      if (stopping.signal.aborted) return;
      const nowMs = clock.now();
      if (nowMs >= dueMs) await takeAt(dueMs, nowMs);
      afterMs = nowMs;
    }
  }

  async function takeAt(dueMs: number, nowMs: number): Promise<void> {
    const stampMs = stampOf(grid, dueMs, nowMs);
    onMissed(missedInstants(grid, dueMs, nowMs));
    if (!isAfterLast(stampMs)) return onMissed(1);
    let families: readonly Family[];
    try {
      families = await read();
    } catch (error) {
      log.error('taking a sample set failed', { error: messageOf(error) });
      return onMissed(1);
    }
    append(families, stampMs);
  }

  /** Returns false for an instant that was sampled before the clock was set back: the receiver would keep the second value. */
  function isAfterLast(stampMs: number): boolean {
    const behindMs = buffer.last().timestampMs - stampMs;
    if (behindMs < 0 || hasMovedPhase) {
      hasMovedPhase = false;
      return true;
    }
    if (behindMs > maxCatchUpMs) {
      hasMovedPhase = true;
      phaseMs = (phaseMs + 7) % grid.intervalMs;
      log.warn('the clock is far behind the last sample; sampling continues at the time of the clock', {
        behind_ms: behindMs,
      });
    }
    return false;
  }

  function append(families: readonly Family[], timestampMs: number): void {
    if (layout === undefined || !hasLayout(layout.series, families)) {
      const series = layoutOf(families);
      const ended = layout === undefined ? undefined : endedSeries(layout.series, series);
      if (ended !== undefined) appendEnd({ series: ended, stored: { bytes: encodeLayout(ended) } }, timestampMs);
      layout = { series, stored: { bytes: encodeLayout(series) } };
    }
    const { series, stored } = layout;
    if (series.sampleCount === 0) return;
    buffer.append({
      timestampMs,
      kind: 'samples',
      layout: stored,
      sampleCount: series.sampleCount,
      values: valuesOf(families, series.sampleCount),
    });
    lastStampMs = timestampMs;
    onAppend();
  }

  function appendEnd({ series, stored }: KnownLayout, timestampMs: number): void {
    buffer.append({ timestampMs, kind: 'stale', layout: stored, sampleCount: series.sampleCount, values: noValues });
  }

  return {
    start() {
      running = run();
    },
    async stop() {
      stopping.abort();
      await running;
    },
    end() {
      if (layout !== undefined && lastStampMs !== undefined && layout.series.sampleCount > 0)
        appendEnd(layout, lastStampMs + 1);
      layout = undefined;
    },
  };
}
