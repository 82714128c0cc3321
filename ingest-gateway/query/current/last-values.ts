/**
 * A table of the latest value of every metric of every host, shared by all callers: the 45 queries cost the same for one
 * caller as for a thousand. Guarantees: returned values are at most `maxAgeMs` old while Prometheus is fast enough. While it is
 * slow, callers get the latest table, up to `maxSlowAgeMs` old, and do not wait for the next one. One load runs at a time, at
 * most half of the time. Without callers, loading takes at most 1/25 of the time and stops after a day. When Prometheus is
 * unreachable, callers get its error, not old values.
 */
import type { Log } from '../../../common/program/log.ts';
import { inTime } from '../../../common/program/time-limit.ts';
import { PrometheusError } from '../../../common/prometheus/error.ts';
import type { ValueTable } from './value-table.ts';

export interface LastValues {
  /** Starts loading in the background, so that the first caller finds a table. */
  start(): void;
  /** Returns the table; waits for a load if the last one is too old. Throws the error of the load. Later tables have `gzip` if it is asked for. */
  read(asked?: Asked): Promise<ValueTable>;
  /** Returns the table if it is fresh, and an older one while Prometheus is slow. A second call within 25 s starts a load; a single call does not. */
  tryRead(): ValueTable | undefined;
  /** Stops background loading. */
  stop(): void;
}

export interface Asked {
  /** A caller has recently asked for the compressed table. */
  readonly gzip: boolean;
}

export interface LastValuesOptions {
  /** Loads all metrics of all hosts at the given time. */
  readonly load: (timeMs: number, asked: Asked) => Promise<ValueTable>;
  /** How long a caller waits while there is no table. */
  readonly timeoutMs: number;
  readonly log: Log;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export const maxAgeMs = 5_000;
/** Age of a table while the next one is late: loading it takes this long at most (six timeouts of a query), twice over. */
export const maxSlowAgeMs = 120_000;
/** How long a caller waits for a fresh table while there is an older one. */
const patienceMs = 100;
/** Prometheus counts as slow when a load takes longer. */
const slowLoadMs = 1_000;
/** The pause from one load to the next start, in durations of the load. */
const loadShare = 2;
/** One second less than `maxAgeMs`, for the load itself. */
const periodMs = 4_000;
/** Longer than two refreshes of a page that refreshes every 10 s. */
const idleMs = 25_000;
/** Without callers, a load is followed by a pause of this multiple of its duration. */
const idleShare = 25;
/** Background loading stops this long after the start or the last call. */
const warmMs = 24 * 3_600_000;

interface Loaded {
  readonly table: ValueTable;
  readonly startedMs: number;
}

export function createLastValues({ load, timeoutMs, log, now }: LastValuesOptions): LastValues {
  let latest: Loaded | undefined;
  let reading: Promise<Loaded> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let [askedMs, gzipAskedMs, warmSinceMs] = [-Infinity, -Infinity, -Infinity];
  let isStopped = false;
  /** Whether the last load failed for another reason than a timeout. */
  let hasFailed = false;
  let lastLoadMs = 0;
  let loadStartedMs = 0;

  function refresh(): Promise<Loaded> {
    if (reading !== undefined) return reading;
    clearTimeout(timer);
    const startedMs = performance.now();
    loadStartedMs = startedMs;
    reading = loadTable(startedMs).finally(() => {
      reading = undefined;
      lastLoadMs = performance.now() - startedMs;
      scheduleNext(startedMs);
    });
    return reading;
  }

  function scheduleNext(startedMs: number): void {
    const nowMs = performance.now();
    if (isStopped || nowMs - Math.max(askedMs, warmSinceMs) >= warmMs) return;
    const isIdle = nowMs - askedMs >= idleMs;
    const wantedMs = Math.max(periodMs, (isIdle ? idleShare : loadShare) * (nowMs - startedMs));
    timer = setTimeout(refreshInBackground, Math.max(0, startedMs + wantedMs - nowMs)).unref();
  }

  async function loadTable(startedMs: number): Promise<Loaded> {
    try {
      latest = { startedMs, table: await load(now(), { gzip: startedMs - gzipAskedMs < idleMs }) };
      hasFailed = false;
      return latest;
    } catch (error) {
      hasFailed = !(error instanceof PrometheusError && error.fault === 'timeout');
      throw error;
    }
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

  /** Returns the latest table while the next one is late only because Prometheus is slow; otherwise undefined. */
  function tryLatest(): Loaded | undefined {
    if (latest === undefined || hasFailed) return undefined;
    return performance.now() - latest.startedMs <= maxSlowAgeMs ? latest : undefined;
  }

  function isSlow(): boolean {
    return lastLoadMs > slowLoadMs || (reading !== undefined && performance.now() - loadStartedMs > slowLoadMs);
  }

  /** Returns false during the pause after a slow load, which leaves Prometheus time for others. */
  function mayLoad(): boolean {
    return lastLoadMs <= slowLoadMs || performance.now() - loadStartedMs >= loadShare * lastLoadMs;
  }

  /** A caller without an older table waits as long as for one query. The load goes on for later callers. */
  function orTimeout(next: Promise<Loaded>): Promise<Loaded> {
    const message = `Prometheus did not answer within ${timeoutMs / 1_000} s`;
    return inTime(next, timeoutMs, () => new PrometheusError(message, { fault: 'timeout' }));
  }

  async function readPatiently(): Promise<Loaded> {
    const older = tryLatest();
    if (older !== undefined && !mayLoad()) return older;
    const next = refresh();
    if (older === undefined) return orTimeout(next);
    let patience: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      patience = setTimeout(() => resolve(undefined), isSlow() ? 0 : patienceMs);
    });
    try {
      // The caller gets the error only when there is no table to return.
      const first = await Promise.race([
        next.catch((error: unknown) => (tryLatest() === undefined ? Promise.reject(error) : undefined)),
        late,
      ]);
      return first ?? tryLatest() ?? (await next);
    } finally {
      clearTimeout(patience);
    }
  }

  return {
    start() {
      warmSinceMs = performance.now();
      refreshInBackground();
    },
    async read(asked) {
      if (asked?.gzip === true) gzipAskedMs = performance.now();
      return (tryFresh() ?? (await readPatiently())).table;
    },
    tryRead() {
      const isAskedAgain = performance.now() - askedMs < idleMs;
      const fresh = tryFresh();
      if (fresh === undefined && isAskedAgain && mayLoad()) refreshInBackground();
      return (fresh ?? (isSlow() ? tryLatest() : undefined))?.table;
    },
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
