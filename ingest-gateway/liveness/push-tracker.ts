/** Who pushed when, in memory: what liveness, the clock check and the metrics of each host are made of. */

export interface Push {
  readonly host: string;
  /** Its newest sample's time. */
  readonly newestMs: number;
  /** It brought `up` along, or no series of a host. */
  readonly hasUp: boolean;
  /** Another push of the same sender may. */
  readonly mayBringUp: boolean;
}

export interface PushingHost {
  readonly host: string;
  readonly lastPushMs: number;
  readonly lastSampleMs: number;
  /** The longest of the last few gaps between pushes. */
  readonly intervalMs: number;
  /** Newest sample against the gateway's clock, at best over the last few pushes: positive when the host is ahead. */
  readonly skewMs: number;
  /** Whether it is up is the gateway's to say: nobody sends `up` along with its samples. */
  readonly isWatched: boolean;
}

export interface PushLog {
  note(push: Push): void;
  hosts(): Iterable<PushingHost>;
  find(host: string): PushingHost | undefined;
  forget(host: string): void;
}

/** Pushes that the interval and the skew are taken from. */
const window = 4;
const skewWindow = 12;
/** Until a second push comes, and at least. */
const assumedIntervalMs = 5_000;
/** Three of these are the lookback of Prometheus: a host that pushes less often cannot be watched. */
const maxIntervalMs = 100_000;
/** Whoever sends `up` does so in every round; a sender in several streams may be heard without it at first. */
const upLifeMs = 600_000;
const upWaitMs = 30_000;

interface Entry extends Push {
  lastPushMs: number;
  lastSampleMs: number;
  sinceMs: number;
  lastUpMs: number | undefined;
  readonly gapsMs: number[];
  readonly skewsMs: number[];
}

export function createPushLog(now: () => number): PushLog {
  const entries = new Map<string, Entry>();

  function note({ host, newestMs, hasUp, mayBringUp }: Push): void {
    const nowMs = now();
    let entry = entries.get(host);
    if (entry === undefined) {
      entry = {
        host,
        newestMs,
        hasUp,
        mayBringUp,
        lastPushMs: nowMs,
        lastSampleMs: newestMs,
        sinceMs: nowMs,
        lastUpMs: undefined,
        gapsMs: [],
        skewsMs: [],
      };
      entries.set(host, entry);
    } else {
      remember(entry.gapsMs, Math.min(nowMs - entry.lastPushMs, maxIntervalMs), window);
      entry.lastPushMs = nowMs;
      entry.lastSampleMs = Math.max(entry.lastSampleMs, newestMs);
    }
    remember(entry.skewsMs, newestMs - nowMs, skewWindow);
    if (hasUp) entry.lastUpMs = nowMs;
  }

  function describe({
    host,
    lastPushMs,
    lastSampleMs,
    sinceMs,
    lastUpMs,
    gapsMs,
    skewsMs,
    mayBringUp,
  }: Entry): PushingHost {
    const nowMs = now();
    const bringsUp = lastUpMs !== undefined && nowMs - lastUpMs < upLifeMs;
    return {
      host,
      lastPushMs,
      lastSampleMs,
      isWatched: !bringsUp && (!mayBringUp || nowMs - sinceMs >= upWaitMs),
      intervalMs: Math.max(assumedIntervalMs, ...gapsMs),
      skewMs: Math.max(...skewsMs),
    };
  }

  return {
    note,
    *hosts() {
      for (const entry of entries.values()) yield describe(entry);
    },
    find(host) {
      const entry = entries.get(host);
      return entry === undefined ? undefined : describe(entry);
    },
    forget: (host) => void entries.delete(host),
  };
}

function remember(values: number[], value: number, count: number): void {
  values.push(value);
  if (values.length > count) values.shift();
}
