/** Tracks in memory when each host last pushed to this gateway, for liveness, the clock check and the metrics of each host. */

/** Labels that every series of a host carries, such as `env`. */
export type StaticLabels = Readonly<Record<string, string>>;

export interface Push {
  readonly host: string;
  /** The timestamp of the push's newest sample. */
  readonly newestMs: number;
  /** Whether the push contains the host's own `up`, or no series of a host. */
  readonly hasUp: boolean;
  /** Whether another push of the same sender may contain `up`. */
  readonly mayBringUp: boolean;
  /** Labels that every series of the host carries; those of earlier pushes stay when undefined. */
  readonly labels?: StaticLabels | undefined;
}

export interface PushingHost {
  readonly host: string;
  readonly lastPushMs: number;
  readonly lastSampleMs: number;
  /** The longest of the last few gaps between new samples. */
  readonly intervalMs: number;
  /** Newest sample minus the gateway's time, the largest of the last few pushes; positive when the host's clock is ahead. */
  readonly skewMs: number;
  /** Labels that every series of the host carries; undefined when no push told. */
  readonly labels: StaticLabels | undefined;
  /** When the sender last sent the host's `up`. */
  readonly lastUpMs: number | undefined;
  /** Whether the sender sent the host's `up` within the last ten minutes. */
  readonly bringsUp: boolean;
  /** Whether the gateway writes the host's `up`: its sender does not. A host that brings its `up` is written when it is silent. */
  readonly isWatched: boolean;
  /** Whether the database has the host's last push. */
  readonly isRecorded: boolean;
}

export interface PushTracker {
  note(push: Push): void;
  hosts(): Iterable<PushingHost>;
  /** Returns when the host last pushed to this gateway; undefined for a host that did not. */
  lastPushMs(host: string): number | undefined;
  /** Marks pushes as stored in the database. A later push of the host is not recorded. */
  markRecorded(hosts: Iterable<Pick<PushingHost, 'host' | 'lastPushMs'>>): void;
  /** Forgets the host unless it pushed at or after `beforeMs`. */
  forget(host: string, beforeMs: number): void;
  /** Forgets every host that did not push at or after `beforeMs`. */
  forgetSilent(beforeMs: number): void;
  /** Returns how many hosts were dropped because more than `maxHosts` pushed. */
  dropped(): number;
}

export interface PushTrackerOptions {
  readonly now: () => number;
  /** Maximum number of tracked hosts. Beyond it, the hundredth of the hosts that pushed longest ago is dropped. Default: 100,000. */
  readonly maxHosts?: number;
}

/** Numbers of pushes from which the interval and the skew are computed. */
const intervalWindow = 4;
const skewWindow = 12;
/** The interval before the second push, and the shortest interval. */
const assumedIntervalMs = 5_000;
/** The interval before the second scrape of an agent: Prometheus' default. */
const assumedScrapeIntervalMs = 60_000;
/** Three of these are Prometheus' lookback: a host that pushes less often cannot be watched. */
const maxIntervalMs = 100_000;
/** A sender with its own `up` sends it in every round. With several streams, the first pushes may arrive without it. */
export const upLifeMs = 600_000;
const upWaitMs = 30_000;

interface Entry {
  readonly host: string;
  readonly sinceMs: number;
  readonly mayBringUp: boolean;
  lastPushMs: number;
  lastSampleMs: number;
  /** When the newest sample arrived. */
  advancedMs: number;
  labels: StaticLabels | undefined;
  lastUpMs: number | undefined;
  recordedMs: number | undefined;
  readonly gapsMs: number[];
  readonly skewsMs: number[];
}

export function createPushTracker({ now, maxHosts = 100_000 }: PushTrackerOptions): PushTracker {
  /** In the order of the last push. */
  const entries = new Map<string, Entry>();
  let dropped = 0;

  function note({ host, newestMs, hasUp, mayBringUp, labels }: Push): void {
    const nowMs = now();
    const entry = entries.get(host) ?? createEntry(host, { nowMs, newestMs, mayBringUp });
    if (entries.delete(host)) {
      advance(entry, newestMs, nowMs);
      entry.lastPushMs = nowMs;
    }
    entry.labels = labels ?? entry.labels;
    entries.set(host, entry);
    append(entry.skewsMs, newestMs - nowMs, skewWindow);
    if (hasUp) entry.lastUpMs = nowMs;
    if (entries.size > maxHosts) dropOldest();
  }

  /** Drops a hundredth of the hosts in one call: to find the first key of a map, V8 walks over all keys deleted before it. */
  function dropOldest(): void {
    let count = Math.ceil(maxHosts / 100);
    for (const host of entries.keys()) {
      if (count === 0) break;
      entries.delete(host);
      count -= 1;
      dropped += 1;
    }
  }

  function describe(entry: Entry): PushingHost {
    const { host, lastPushMs, lastSampleMs, sinceMs, labels, lastUpMs, recordedMs, gapsMs, skewsMs, mayBringUp } =
      entry;
    const nowMs = now();
    const bringsUp = lastUpMs !== undefined && nowMs - lastUpMs < upLifeMs;
    return {
      host,
      lastPushMs,
      lastSampleMs,
      labels,
      lastUpMs,
      bringsUp,
      isWatched: !bringsUp && (!mayBringUp || nowMs - sinceMs >= upWaitMs),
      isRecorded: recordedMs !== undefined && recordedMs >= lastPushMs,
      intervalMs: Math.max(mayBringUp && gapsMs.length === 0 ? assumedScrapeIntervalMs : assumedIntervalMs, ...gapsMs),
      skewMs: Math.max(...skewsMs),
    };
  }

  return {
    note,
    *hosts() {
      for (const entry of entries.values()) yield describe(entry);
    },
    lastPushMs: (host) => entries.get(host)?.lastPushMs,
    markRecorded(hosts) {
      for (const { host, lastPushMs } of hosts) {
        const entry = entries.get(host);
        if (entry !== undefined) entry.recordedMs = lastPushMs;
      }
    },
    forget(host, beforeMs) {
      if ((entries.get(host)?.lastPushMs ?? beforeMs) < beforeMs) entries.delete(host);
    },
    forgetSilent(beforeMs) {
      for (const { host, lastPushMs } of entries.values()) if (lastPushMs < beforeMs) entries.delete(host);
    },
    dropped: () => dropped,
  };
}

function createEntry(
  host: string,
  { nowMs, newestMs, mayBringUp }: { readonly nowMs: number } & Pick<Push, 'newestMs' | 'mayBringUp'>,
): Entry {
  return {
    host,
    mayBringUp,
    sinceMs: nowMs,
    lastPushMs: nowMs,
    lastSampleMs: newestMs,
    advancedMs: nowMs,
    labels: undefined,
    lastUpMs: undefined,
    recordedMs: undefined,
    gapsMs: [],
    skewsMs: [],
  };
}

/**
 * Records the gap before a newer sample. A sender divides the samples of one scrape among several requests: only the first of
 * them is newer.
 */
function advance(entry: Entry, newestMs: number, nowMs: number): void {
  if (newestMs <= entry.lastSampleMs) return;
  const gapMs = Math.max(newestMs - entry.lastSampleMs, nowMs - entry.advancedMs);
  append(entry.gapsMs, Math.min(gapMs, maxIntervalMs), intervalWindow);
  entry.lastSampleMs = newestMs;
  entry.advancedMs = nowMs;
}

function append(values: number[], value: number, maxLength: number): void {
  values.push(value);
  if (values.length > maxLength) values.shift();
}
