/**
 * Says of hosts that push whether they are up, as Prometheus does of those that it scrapes: 1 while samples come, 0 at every
 * interval once they stop. One gateway at a time says so; the lease and what all of them heard are in the database.
 */
import { randomUUID } from 'node:crypto';
import { type Log, messageOf } from '../../common/program/log.ts';
import type { PrometheusConnection } from '../../common/prometheus/connection.ts';
import { claimLease, releaseLease } from '../../common/store/leases.ts';
import type { Database } from '../../common/store/schema.ts';
import { isBusy } from '../../common/store/sqlite-errors.ts';
import { sendBatch } from '../forward/batch-sender.ts';
import { hostJob, type ScrapedHosts } from '../forward/scraped-hosts.ts';
import { writeRequest } from '../forward/split-request.ts';
import type { WriteCoalescer } from '../forward/write-coalescer.ts';
import type { ReadSeries } from '../remote-write/read.ts';
import type { LivenessMetrics } from './liveness-metrics.ts';
import type { PushLog } from './push-tracker.ts';
import { listPushedHosts, markSilent, type PushedHost, recordPushes, removePushedHosts } from './pushed-hosts.ts';
import { readStaleMarkers } from './stale-markers.ts';
import { expectedMs, upState } from './up.ts';

export interface Liveness {
  start(): void;
  /** Gives the lease up. Idempotent. */
  stop(): Promise<void>;
}

export interface LivenessOptions {
  readonly db: Database;
  readonly pushes: PushLog;
  readonly scraped: ScrapedHosts;
  readonly prometheus: PrometheusConnection;
  readonly writes: WriteCoalescer;
  /** Batches of the host that wait: what it sent last is not in Prometheus yet. */
  readonly pending: (host: string) => number;
  readonly metrics: LivenessMetrics;
  readonly now: () => number;
  readonly log: Log;
}

/** The interval of scrapes, so that a pushed host's `up` is as dense as a scraped one's. */
export const upIntervalMs = 5_000;
/** Every so many intervals the database hears of pushes and of the lease. */
const intervalsPerFlush = 3;
const leaseName = 'liveness';
const leaseMs = 45_000;

export function createLiveness(options: LivenessOptions): Liveness {
  const { db, pushes, scraped, prometheus, writes, pending, metrics, now, log } = options;
  const holder = randomUUID();
  const listeningSinceMs = now();
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let [isStopped, isHolder, round, flushedMs, heldUntilMs, hasFault] = [false, false, 0, 0, 0, false];
  let known: readonly PushedHost[] = [];

  /** Tells the database who pushed since the last time, and hears from it of everybody. */
  async function flush(nowMs: number): Promise<void> {
    const changed = [...pushes.hosts()].filter(({ lastPushMs, isWatched }) => isWatched && lastPushMs >= flushedMs);
    await recordPushes(db, changed);
    flushedMs = nowMs;
    isHolder = await claimLease(db, { name: leaseName, holder, lifetimeMs: leaseMs, nowMs });
    heldUntilMs = isHolder ? nowMs + leaseMs : 0;
    known = isHolder ? await listPushedHosts(db, nowMs - expectedMs - leaseMs) : [];
  }

  /** False while somebody else is writing to the database: the lease lasts until the next interval, and the one after it. */
  async function tryFlush(nowMs: number): Promise<boolean> {
    try {
      await flush(nowMs);
      return true;
    } catch (error) {
      if (!isBusy(error)) throw error;
      isHolder &&= nowMs < heldUntilMs;
      return false;
    }
  }

  /** What the database said, and what was heard since. */
  function hosts(): PushedHost[] {
    const byHost = new Map(known.map((host) => [host.host, host]));
    for (const own of pushes.hosts()) {
      const before = byHost.get(own.host);
      if (!own.isWatched) byHost.delete(own.host);
      else if (before === undefined || own.lastPushMs > before.lastPushMs)
        byHost.set(own.host, { ...own, silentSinceMs: undefined, isForgotten: false });
    }
    return [...byHost.values()].filter(({ host }) => !scraped.has(host));
  }

  async function tick(): Promise<void> {
    const nowMs = now();
    const isFlushed = round > 0 || (await tryFlush(nowMs));
    round = isFlushed ? (round + 1) % intervalsPerFlush : 0;
    if (!isHolder || !scraped.isKnown()) return;
    const timeMs = Math.floor(nowMs / upIntervalMs) * upIntervalMs;
    const series: ReadSeries[] = [];
    const [fallen, ended]: [PushedHost[], string[]] = [[], []];
    for (const host of hosts()) {
      const state = upState(host, { nowMs, listeningSinceMs });
      if (state === 'up' || state === 'silent') series.push(upSeries(host.host, timeMs, state === 'up' ? 1 : 0));
      if (state === 'silent' && host.silentSinceMs === undefined && pending(host.host) === 0) fallen.push(host);
      if (state === 'forgotten' || state === 'gone') {
        series.push(upSeries(host.host, timeMs, null));
        ended.push(host.host);
      }
    }
    if (series.length > 0 && !(await write(series))) return;
    metrics.wrote(nowMs);
    await endSilent(fallen, nowMs);
    await removePushedHosts(db, { hosts: ended, beforeMs: nowMs });
    for (const host of ended) pushes.forget(host);
    known = known.filter(({ host }) => !ended.includes(host));
  }

  async function endSilent(fallen: readonly PushedHost[], nowMs: number): Promise<void> {
    const done: string[] = [];
    for (const { host } of fallen) {
      log.warn('a host that pushes fell silent', { host });
      const markers = await readStaleMarkers(prometheus, { host, nowMs });
      if (markers.length > 0 && !(await write(markers))) break;
      done.push(host);
    }
    await recordPushes(
      db,
      [...pushes.hosts()].filter(({ host }) => done.includes(host)),
    );
    await markSilent(db, { hosts: done, nowMs });
    known = [
      ...known.filter(({ host }) => !done.includes(host)),
      ...fallen.filter(({ host }) => done.includes(host)).map((host) => ({ ...host, silentSinceMs: nowMs })),
    ];
  }

  /** True when Prometheus has it; what it refuses one by one was written by somebody else before. */
  async function write(series: readonly ReadSeries[]): Promise<boolean> {
    const body = writeRequest(series);
    const outcome = await sendBatch({ writes, body, coalesce: false, now });
    if (outcome.kind === 'ok') return true;
    log.debug('up could not be written', { reason: outcome.message });
    return false;
  }

  async function run(): Promise<void> {
    try {
      await tick();
      hasFault = false;
    } catch (error) {
      if (!hasFault)
        log.error('liveness of pushed hosts was not written; it is tried again', { error: messageOf(error) });
      hasFault = true;
    }
    schedule();
  }

  /** On the grid, in its middle: pushes of the interval have come by then. */
  function schedule(): void {
    if (isStopped) return;
    const waitMs = upIntervalMs - ((now() + upIntervalMs / 2) % upIntervalMs);
    timer = setTimeout(() => {
      running = run();
    }, waitMs);
  }

  let stopping: Promise<void> | undefined;

  async function stop(): Promise<void> {
    isStopped = true;
    clearTimeout(timer);
    await running;
    try {
      await recordPushes(
        db,
        [...pushes.hosts()].filter(({ isWatched }) => isWatched),
      );
      await releaseLease(db, { name: leaseName, holder });
    } catch (error) {
      log.warn('the last pushes and the lease could not be handed over; the lease runs out by itself', { error });
    }
  }

  return { start: schedule, stop: () => (stopping ??= stop()) };
}

function upSeries(host: string, timestampMs: number, value: number | null): ReadSeries {
  return {
    labels: [
      ['__name__', 'up'],
      ['instance', host],
      ['job', hostJob],
    ],
    samples: [{ timestampMs, value: value ?? Number.NaN, isStale: value === null }],
  };
}
