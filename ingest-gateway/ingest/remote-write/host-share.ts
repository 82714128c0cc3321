/** One host's part of a remote write request: series as they were sent, and mended ones. */
import type { StaticLabels } from '../../liveness/push-tracker.ts';
import { readWriteRequest } from '../../remote-write/read.ts';
import type { ScannedSeries } from '../../remote-write/scanned-series.ts';
import type { HostGate } from '../active-series/series-limits.ts';

export interface ShareTimes {
  readonly samples: number;
  readonly oldestMs: number;
  readonly newestMs: number;
}

export interface HostShare {
  /** Empty for series without an instance. */
  readonly host: string;
  /** The series make the instance a host. */
  readonly isOfHost: boolean;
  readonly gate: HostGate;
  readonly times: ShareTimes;
  readonly hasUp: boolean;
  /** Adds a series of the request that is forwarded as it was sent. */
  add(series: ScannedSeries): void;
  /** Adds an encoded series. */
  addMended(series: Uint8Array, times: ShareTimes): void;
  /** Records the host's series `up`. */
  noteUp(series: Uint8Array): void;
  /** Returns the series as an uncompressed request. */
  join(): Uint8Array;
  /** Returns the labels of `up`, or the labels that a sample of the series shares; undefined when the share has too few metrics. */
  staticLabels(): StaticLabels | undefined;
}

interface ShareOptions {
  readonly plain: Uint8Array;
  readonly host: string;
  readonly isOfHost: boolean;
  readonly gate: HostGate;
}

export function createHostShare({ plain, host, isOfHost, gate }: ShareOptions): HostShare {
  /** Start and end of each run of adjacent series, in turn. */
  const bounds: number[] = [];
  const mended: Uint8Array[] = [];
  /** Series to compare: the first, second, fourth, ... */
  const looked: Uint8Array[] = [];
  const lastSent = { start: 0, end: 0 };
  let [count, samples, oldestMs, newestMs] = [0, 0, Number.POSITIVE_INFINITY, 0];
  let up: Uint8Array | undefined;

  /** Returns whether the next series is one to compare. */
  function isLookedAt(): boolean {
    count += 1;
    return isOfHost && (count & (count - 1)) === 0;
  }

  function addTimes(times: ShareTimes): void {
    samples += times.samples;
    oldestMs = Math.min(oldestMs, times.oldestMs);
    newestMs = Math.max(newestMs, times.newestMs);
  }

  return {
    host,
    isOfHost,
    gate,
    get times() {
      return { samples, oldestMs, newestMs };
    },
    get hasUp() {
      return up !== undefined;
    },
    add(series) {
      if (bounds.at(-1) === series.start) bounds[bounds.length - 1] = series.end;
      else bounds.push(series.start, series.end);
      if (isLookedAt()) looked.push(plain.subarray(series.start, series.end));
      lastSent.start = series.start;
      lastSent.end = series.end;
      addTimes(series);
    },
    addMended(series, times) {
      mended.push(series);
      if (isLookedAt()) looked.push(series);
      addTimes(times);
    },
    noteUp(series) {
      up = series;
    },
    join() {
      const parts: Uint8Array[] = [];
      for (let at = 0; at < bounds.length; at += 2) parts.push(plain.subarray(bounds[at], bounds[at + 1]));
      return new Uint8Array(Buffer.concat([...parts, ...mended]));
    },
    staticLabels() {
      if (up !== undefined) return withoutIdentity(labelsOf(up));
      const last = lastSent.end === 0 ? [] : [plain.subarray(lastSent.start, lastSent.end)];
      return sharedLabels([...looked, ...last].map(labelsOf));
    },
  };
}

function labelsOf(series: Uint8Array): StaticLabels {
  return Object.fromEntries(readWriteRequest(series)[0]?.labels ?? []);
}

function withoutIdentity({ __name__: _name, instance: _instance, job: _job, ...labels }: StaticLabels): StaticLabels {
  return labels;
}

/** Returns undefined for fewer than three metric names: a label that few metrics share may describe a device and not the host. */
function sharedLabels(all: readonly StaticLabels[]): StaticLabels | undefined {
  const [first = {}, ...others] = all;
  if (new Set(all.map((labels) => labels['__name__'])).size < 3) return undefined;
  return withoutIdentity(
    Object.fromEntries(
      Object.entries(first).filter(([label, value]) => others.every((labels) => labels[label] === value)),
    ),
  );
}
