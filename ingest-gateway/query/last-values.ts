/**
 * A table of the latest value of every metric of every host, shared by all callers: the 45 queries cost the same for one
 * caller as for a thousand. Guarantees: returned values are at most `maxAgeMs` old. One load runs at a time. Without callers,
 * loading takes at most 1/25 of the time and stops after a day. When Prometheus is unreachable, callers get its error, not
 * old values.
 */
import type { Log } from '../../common/program/log.ts';
import type { HostValues } from './current-values.ts';

export interface ValueTable {
  /** Time of the queries; milliseconds since the epoch. */
  readonly timeMs: number;
  readonly hosts: ReadonlyMap<string, HostValues>;
  /** Returns the table as a response body, rendered once. */
  render(): Buffer;
}

export interface LastValues {
  /** Starts loading in the background, so that the first caller finds a table. */
  start(): void;
  /** Returns the table, loading it if the last one is too old. Throws the error of the load. */
  read(): Promise<ValueTable>;
  /** Returns the table if it is fresh. A second call within 25 s starts a load; a single call does not. */
  tryRead(): ValueTable | undefined;
  /** Stops background loading. */
  stop(): void;
}

export interface LastValuesOptions {
  /** Loads all metrics of all hosts at the given time. */
  readonly load: (timeMs: number) => Promise<readonly HostValues[]>;
  readonly log: Log;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export const maxAgeMs = 5_000;
/** One second less than `maxAgeMs`, for the load itself. */
const periodMs = 4_000;
/** Longer than two refreshes of a page that refreshes every 10 s. */
const idleMs = 25_000;
/** Without callers, a load is followed by a pause of this multiple of its duration. */
const idleShare = 25;
/** Background loading stops this long after the start or the last call. */
const warmMs = 24 * 3_600_000;

interface Loaded extends ValueTable {
  readonly startedMs: number;
}

export function createLastValues({ load, log, now }: LastValuesOptions): LastValues {
  let latest: Loaded | undefined;
  let reading: Promise<Loaded> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let [askedMs, warmSinceMs] = [-Infinity, -Infinity];
  let isStopped = false;

  function refresh(): Promise<Loaded> {
    if (reading !== undefined) return reading;
    clearTimeout(timer);
    const startedMs = performance.now();
    reading = loadTable(startedMs).finally(() => {
      reading = undefined;
      scheduleNext(startedMs);
    });
    return reading;
  }

  function scheduleNext(startedMs: number): void {
    const nowMs = performance.now();
    if (isStopped || nowMs - Math.max(askedMs, warmSinceMs) >= warmMs) return;
    const isIdle = nowMs - askedMs >= idleMs;
    const wantedMs = isIdle ? Math.max(periodMs, idleShare * (nowMs - startedMs)) : periodMs;
    timer = setTimeout(refreshInBackground, Math.max(0, startedMs + wantedMs - nowMs)).unref();
  }

  async function loadTable(startedMs: number): Promise<Loaded> {
    const timeMs = now();
    const hosts = new Map((await load(timeMs)).map((each) => [each.host, each]));
    let rendered: Buffer | undefined;
    latest = { startedMs, timeMs, hosts, render: () => (rendered ??= renderTable(timeMs, hosts)) };
    return latest;
  }

  function refreshInBackground(): void {
    refresh().catch((error: unknown) =>
      log.debug('current values were not loaded; the next load tries again', { error }),
    );
  }

  function tryFresh(): Loaded | undefined {
    askedMs = performance.now();
    return latest !== undefined && askedMs - latest.startedMs <= maxAgeMs ? latest : undefined;
  }

  return {
    start() {
      warmSinceMs = performance.now();
      refreshInBackground();
    },
    async read() {
      return tryFresh() ?? refresh();
    },
    tryRead() {
      const isAskedAgain = performance.now() - askedMs < idleMs;
      const fresh = tryFresh();
      if (fresh === undefined && isAskedAgain) refreshInBackground();
      return fresh;
    },
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

function renderTable(timeMs: number, hosts: ReadonlyMap<string, HostValues>): Buffer {
  return Buffer.from(JSON.stringify({ time: new Date(timeMs).toISOString(), hosts: [...hosts.values()] }));
}
