/**
 * Writes `up` for pushing hosts, as Prometheus does for scraped ones: 1 while samples arrive, 0 at every interval after that.
 *
 * One gateway writes: the holder of the lease. Every gateway records the pushes that it receives in the database, so that the
 * holder knows the hosts of all of them, and reads there which hosts were removed.
 */
import { type Log, messageOf } from '../../common/program/log.ts';
import { tryInTime } from '../../common/program/time-limit.ts';
import type { PrometheusConnection } from '../../common/prometheus/connection.ts';
import type { SeriesLabels } from '../../common/prometheus/query.ts';
import { createWriteRequestWriter, encodeLabels, labelKey } from '../../common/remote-write/encode.ts';
import { compressBlock } from '../../common/remote-write/snappy.ts';
import { createLeaderLease, isShared } from '../../common/store/leases.ts';
import type { Database } from '../../common/store/schema.ts';
import { isBusy } from '../../common/store/sqlite.ts';
import { sendBatch } from '../forward/batch-sender.ts';
import type { WriteCoalescer } from '../forward/remote-write-client.ts';
import { hostJob, type ScrapedHosts } from '../forward/scraped-hosts.ts';
import type { LivenessMetrics } from './liveness-metrics.ts';
import { type PushingHost, type PushTracker, upLifeMs } from './push-tracker.ts';
import { listPushedHosts, markSilent, type PushedHost, recordPushes, removePushedHosts } from './pushed-hosts.ts';
import { type LivenessSample, readStaleMarkers } from './stale-markers.ts';
import { expectedMs, upState } from './up.ts';

export interface Liveness {
  /** Calls `tick` once in every interval. */
  start(): void;
  /** Exchanges pushes with the database when that is due, and writes `up` where this gateway holds the lease. */
  tick(): Promise<void>;
  /** Records the last pushes and releases the lease. Idempotent. */
  stop(): Promise<void>;
}

export interface LivenessOptions {
  readonly db: Database;
  readonly pushes: PushTracker;
  readonly scraped: ScrapedHosts;
  readonly prometheus: PrometheusConnection;
  readonly writes: WriteCoalescer;
  /** Returns how many batches of the host are queued: Prometheus does not have the host's last samples yet. */
  readonly pending: (host: string) => number;
  readonly metrics: LivenessMetrics;
  readonly now: () => number;
  readonly log: Log;
}

/** The scrape interval, so that a pushed host has as many points of `up` as a scraped one. */
export const upIntervalMs = 5_000;
/** Pushes and the lease are exchanged with the database once in this many intervals. */
const intervalsPerExchange = 3;
const leaseMs = 45_000;
/** Time in one interval for ending the series of silent hosts. */
const maxEndingMs = 2_000;
/** Hosts that fell silent in one interval and are logged by name; further ones are logged as a number. */
const maxNamedHosts = 10;
/** Samples that are encoded in one turn of the event loop. */
const samplesAtOnce = 2_000;
/** How long `stop` waits for an interval that is under way, and for the last pushes to be recorded. */
const stopWaitMs = 2_000;

export function createLiveness(options: LivenessOptions): Liveness {
  const { db, pushes, scraped, prometheus, writes, pending, metrics, now, log } = options;
  const lease = createLeaderLease({ db, name: 'liveness', lifetimeMs: leaseMs, now });
  const listeningSinceMs = now();
  // One gateway records a push at its next exchange, the other reads it at its own. A SQLite file belongs to one gateway.
  const delayMs = isShared(db) ? 2 * intervalsPerExchange * upIntervalMs : 0;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let [isStopped, round, hasFault] = [false, 0, false];
  /** The hosts in the database as of the last exchange. */
  let stored: readonly PushedHost[] = [];
  /** Labels of the `up` that this gateway wrote last, by host. */
  const written = new Map<string, SeriesLabels>();

  async function recordNew(): Promise<void> {
    const hosts = [...pushes.hosts()].filter((host) => isKnown(host) && !host.isRecorded);
    await recordPushes(db, hosts);
    pushes.markRecorded(hosts);
  }

  async function exchange(nowMs: number): Promise<void> {
    await recordNew();
    await lease.claim();
    const rows = await listPushedHosts(db);
    const names = new Set(rows.map(({ host }) => host));
    // A recorded host without a row was removed by the holder of the lease.
    for (const own of pushes.hosts())
      if (isKnown(own) && own.isRecorded && !names.has(own.host)) pushes.forget(own.host, nowMs);
    stored = rows;
  }

  /** Returns false while the database is busy. */
  async function tryExchange(nowMs: number): Promise<boolean> {
    try {
      await exchange(nowMs);
      return true;
    } catch (error) {
      if (!isBusy(error)) throw error;
      return false;
    }
  }

  /** Returns the hosts that the gateways watch: those in the database, updated by pushes to this gateway. */
  function hosts(): PushedHost[] {
    const byHost = new Map(stored.map((host) => [host.host, host]));
    for (const own of pushes.hosts()) {
      const before = byHost.get(own.host);
      if (!isKnown(own)) byHost.delete(own.host);
      else if (before === undefined || own.lastPushMs > before.lastPushMs)
        byHost.set(own.host, {
          ...own,
          labels: own.labels ?? before?.labels,
          lastUpMs: own.lastUpMs ?? before?.lastUpMs,
          silentSinceMs: undefined,
          forgottenMs: before?.forgottenMs,
        });
    }
    return [...byHost.values()].filter(({ host }) => !scraped.has(host));
  }

  async function tick(): Promise<void> {
    const nowMs = now();
    pushes.forgetSilent(nowMs - expectedMs);
    const isExchanged = round > 0 || (await tryExchange(nowMs));
    round = isExchanged ? (round + 1) % intervalsPerExchange : 0;
    if (lease.isHeld() && scraped.isKnown()) await writeUp(nowMs);
  }

  async function writeUp(nowMs: number): Promise<void> {
    const timeMs = Math.floor(nowMs / upIntervalMs) * upIntervalMs;
    const samples: LivenessSample[] = [];
    const fallen: PushedHost[] = [];
    const ended = new Set<string>();
    for (const host of hosts()) {
      const state = upState(host, { nowMs, listeningSinceMs, delayMs });
      const labels = upLabels(host);
      const isWritten = state === 'silent' || (state === 'up' && !bringsUp(host, nowMs));
      const before = written.get(host.host);
      // The series ends when the host's labels change; a sender that brings `up` with the same labels continues the series.
      if (before !== undefined && state !== 'unknown' && labelKey(before) !== labelKey(labels))
        samples.push({ labels: before, timeMs, value: null });
      if (isWritten) written.set(host.host, labels);
      else if (state !== 'unknown') written.delete(host.host);
      if (isWritten) samples.push({ labels, timeMs, value: state === 'up' ? 1 : 0 });
      if (state === 'silent' && host.silentSinceMs === undefined && pending(host.host) === 0) fallen.push(host);
      if (state === 'forgotten' || state === 'gone') {
        samples.push({ labels, timeMs, value: null });
        ended.add(host.host);
      }
    }
    if (!(await write(samples))) return;
    metrics.wrote(nowMs);
    await endSilent(fallen, nowMs);
    await removePushedHosts(db, { hosts: [...ended], beforeMs: nowMs });
    for (const host of ended) pushes.forget(host, nowMs);
    stored = stored.filter(({ host }) => !ended.has(host));
  }

  /** Ends the series of hosts that fell silent. A host whose markers are not written is tried again in the next interval. */
  async function endSilent(fallen: readonly PushedHost[], nowMs: number): Promise<void> {
    const done = new Set<string>();
    for (const { host } of fallen) {
      // The remaining hosts follow in the next intervals, so that `up` is written on time and `stop` does not wait.
      if (isStopped || now() - nowMs > maxEndingMs) break;
      if (done.size < maxNamedHosts) log.warn('a pushing host fell silent', { host });
      if (!(await write(await readStaleMarkers(prometheus, { host, nowMs })))) break;
      done.add(host);
    }
    if (done.size === 0) return;
    if (done.size > maxNamedHosts) log.warn('further pushing hosts fell silent', { hosts: done.size - maxNamedHosts });
    // Recorded first: a push that is recorded later would clear the mark.
    await recordNew();
    await markSilent(db, { hosts: [...done], nowMs });
    const silent = fallen.filter(({ host }) => done.has(host)).map((host) => ({ ...host, silentSinceMs: nowMs }));
    stored = [...stored.filter(({ host }) => !done.has(host)), ...silent];
  }

  /** Returns whether Prometheus stored the samples. A sample that Prometheus refuses was written before, by another gateway. */
  async function write(samples: readonly LivenessSample[]): Promise<boolean> {
    for (let at = 0; at < samples.length; at += samplesAtOnce) {
      if (isStopped) return false;
      const body = encodeRequest(samples.slice(at, at + samplesAtOnce));
      const outcome = await sendBatch({ writes, body, coalesce: false, now });
      if (outcome.kind === 'ok') continue;
      log.debug('`up` was not written', { reason: outcome.message });
      return false;
    }
    return true;
  }

  async function run(): Promise<void> {
    try {
      await tick();
      hasFault = false;
    } catch (error) {
      if (!hasFault)
        log.error('`up` of pushing hosts was not written; the next interval tries again', { error: messageOf(error) });
      hasFault = true;
    }
    schedule();
  }

  /** Waits for the middle of the next interval: by then its pushes have arrived. */
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
    await tryInTime(running, stopWaitMs);
    await tryInTime(leave(), stopWaitMs);
  }

  async function leave(): Promise<void> {
    try {
      await recordNew();
      await lease.release();
    } catch (error) {
      log.warn('the last pushes were not recorded, or the lease was not released; the lease expires', { error });
    }
  }

  return { start: schedule, tick, stop: () => (stopping ??= stop()) };
}

/** Returns whether it is known who writes the host's `up`: false after the first pushes of a sender that may push `up` later. */
function isKnown({ isWatched, bringsUp: brings }: Pick<PushingHost, 'isWatched' | 'bringsUp'>): boolean {
  return isWatched || brings;
}

function bringsUp({ lastUpMs }: PushedHost, nowMs: number): boolean {
  return lastUpMs !== undefined && nowMs - lastUpMs < upLifeMs;
}

/** The host's labels are on `up` too, so that alerts about the host carry them. */
function upLabels({ host, labels }: PushedHost): SeriesLabels {
  return { ...labels, __name__: 'up', instance: host, job: hostJob };
}

function encodeRequest(samples: readonly LivenessSample[]): Uint8Array {
  const writer = createWriteRequestWriter();
  for (const { labels, timeMs, value } of samples) {
    const { __name__: name = '', ...others } = labels;
    writer.add(encodeLabels(name, others), [timeMs], [value]);
  }
  return compressBlock(writer.finish());
}
