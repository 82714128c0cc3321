/**
 * The last value of every metric of every host, read at once for all who ask: 45 queries for one caller cost as much as
 * for a thousand. Guarantees: what is handed out is never older than `maxAgeMs`; one reading runs at a time; while nobody
 * asks, reading takes at most a twenty-fifth of the time, and ends after a day; without Prometheus callers hear so instead of
 * getting old values.
 */
import type { Log } from '../../common/program/log.ts';
import type { HostValues } from './current-values.ts';

export interface ValueTable {
  /** Of the queries; milliseconds since the epoch. */
  readonly timeMs: number;
  readonly hosts: ReadonlyMap<string, HostValues>;
  /** The whole table as an answer of the API, rendered once. */
  render(): Buffer;
}

export interface LastValues {
  /** Reads from now on beside the calls, so that the first of them finds a table. */
  start(): void;
  /** The table, read now if the last one is too old. Throws what the reading throws. */
  read(): Promise<ValueTable>;
  /** The table where one is fresh. Who asks again within half a minute finds one; one call alone reads nothing. */
  tryRead(): ValueTable | undefined;
  /** Ends the reading beside the calls. */
  stop(): void;
}

export interface LastValuesOptions {
  /** Every host with every metric, as of that time. */
  readonly load: (timeMs: number) => Promise<readonly HostValues[]>;
  readonly log: Log;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export const maxAgeMs = 5_000;
/** A second less, in which the reading itself takes place. */
const periodMs = 4_000;
/** Two refreshes of a page that comes every 10 s. */
const idleMs = 25_000;
/** While nobody asks, a reading is followed by a rest that makes it this small a part of the time. */
const idleShare = 25;
/** After the start and after each call; then nobody is expected any more. */
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
    timer = setTimeout(refreshBeside, Math.max(0, startedMs + wantedMs - nowMs)).unref();
  }

  async function loadTable(startedMs: number): Promise<Loaded> {
    const timeMs = now();
    const hosts = new Map((await load(timeMs)).map((each) => [each.host, each]));
    let rendered: Buffer | undefined;
    latest = { startedMs, timeMs, hosts, render: () => (rendered ??= renderTable(timeMs, hosts)) };
    return latest;
  }

  function refreshBeside(): void {
    refresh().catch((error: unknown) => log.debug('current values could not be read; tried again soon', { error }));
  }

  function tryFresh(): Loaded | undefined {
    askedMs = performance.now();
    return latest !== undefined && askedMs - latest.startedMs <= maxAgeMs ? latest : undefined;
  }

  return {
    start() {
      warmSinceMs = performance.now();
      refreshBeside();
    },
    async read() {
      return tryFresh() ?? refresh();
    },
    tryRead() {
      const isAskedAgain = performance.now() - askedMs < idleMs;
      const fresh = tryFresh();
      if (fresh === undefined && isAskedAgain) refreshBeside();
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
