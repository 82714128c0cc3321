/**
 * Forwards queued batches to Prometheus.
 *
 * Ordering: batches of one host are sent in queue order, one in flight. Hosts are independent: up to `maxRequests` requests
 * run in parallel, and a failing host backs off without delaying the others.
 * Outage: when Prometheus is unreachable, a single host probes it with backoff; the rest resume when a probe succeeds.
 * The decisions are made in forward-schedule.ts.
 */
import type { Log } from '../../common/program/log.ts';
import { type BatchInfo, batchFlags } from '../queue/batch-file.ts';
import type { BatchQueue } from '../queue/batch-queue.ts';
import type { BatchOutcome, BatchSender } from './batch-sender.ts';
import type { ForwardMetrics } from './forward-metrics.ts';
import {
  createSchedule,
  defaultLimits,
  hasRoom,
  isOutage,
  type NextBatch,
  nextActions,
  type ScheduleEvent,
  type Send,
} from './forward-schedule.ts';

export interface Forwarder {
  start(): void;
  /** Sends retained batches that were accepted before that time again. */
  replayBefore(timeMs: number): void;
  /** Returns the number of batches that are still to be sent again. */
  replaying(): number;
  /** Waits for requests in flight. Idempotent. */
  stop(): Promise<void>;
}

export interface ForwarderOptions {
  readonly queue: BatchQueue;
  readonly sender: BatchSender;
  readonly metrics: ForwardMetrics;
  readonly log: Log;
  readonly random: () => number;
  /** Requests in parallel, of up to `maxCoalesced` hosts each. */
  readonly maxRequests: number;
}

/** Hosts that one event offers from the queue, so that an event costs the same with any number of hosts. */
const maxOffers = 256;

export function createForwarder(options: ForwarderOptions): Forwarder {
  const { queue, sender, metrics, log, random, maxRequests } = options;
  const schedule = createSchedule({ ...defaultLimits, maxRequests });
  const inFlight = new Set<Promise<void>>();
  /** Retained batches to be sent again, by host in queue order. */
  const replays = new Map<string, BatchInfo[]>();
  /** The walk under way over all hosts with batches. Map iterators stay valid when entries are added and removed. */
  let walk: Iterator<string> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let timerAtMs = Number.POSITIVE_INFINITY;
  let isStopped = false;

  function advance(event: ScheduleEvent): void {
    apply(event);
    for (let offers = 0; offers < maxOffers && hasRoom(schedule); offers++) if (!offerNext()) break;
  }

  function apply(event: ScheduleEvent): void {
    if (isStopped) return;
    const { send, wakeAtMs } = nextActions(schedule, event, { nowMs: performance.now(), random });
    for (const each of send) {
      const run = forward(each).finally(() => inFlight.delete(run));
      inFlight.add(run);
    }
    wakeAt(wakeAtMs);
  }

  /** Offers one host of the queue that the schedule may not track. Returns false when there is none. */
  function offerNext(): boolean {
    if (walk === undefined) {
      if (!schedule.hasUntracked) return false;
      walk = hostsWithBatches();
      apply({ kind: 'walkBegan' });
    }
    const { done = false, value: host } = walk.next();
    if (!done) offer(host);
    else {
      walk = undefined;
      apply({ kind: 'walkEnded' });
    }
    return !done;
  }

  function* hostsWithBatches(): Generator<string, undefined> {
    yield* queue.hosts();
    yield* replays.keys();
  }

  function offer(host: string): void {
    const next = nextBatch(host);
    if (next !== undefined) apply({ kind: 'offered', host, next });
  }

  /** Batches that wait go first, then those that are sent again. */
  function nextBatch(host: string): NextBatch | undefined {
    const batch = queue.first(host);
    if (batch !== undefined) return { isCompared: (batch.flags & batchFlags.outOfOrder) !== 0, bytes: batch.bytes };
    return replays.has(host) ? { isCompared: true, bytes: 0 } : undefined;
  }

  /** A timer that fires without need only costs a `woken` event. */
  function wakeAt(timeMs = Number.POSITIVE_INFINITY): void {
    if (timeMs >= timerAtMs) return;
    clearTimeout(timer);
    timerAtMs = timeMs;
    timer = setTimeout(
      () => {
        timerAtMs = Number.POSITIVE_INFINITY;
        advance({ kind: 'woken' });
      },
      Math.max(1, timeMs - performance.now()),
    );
  }

  async function forward({ host, coalesce }: Send): Promise<void> {
    const batch = queue.first(host);
    const replay = replays.get(host)?.[0];
    let outcome: BatchOutcome | undefined;
    if (batch !== undefined) {
      outcome = await sender.send(batch, { coalesce });
      if (outcome.kind === 'ok') settle(batch, outcome);
    } else if (replay !== undefined) {
      outcome = await sender.resend(replay, { coalesce });
      if (outcome.kind === 'ok') endReplay(replay);
    }
    if (outcome !== undefined) metrics.attempt(outcome.kind);
    const wasOutage = isOutage(schedule);
    advance({ kind: 'finished', host, result: outcome ?? { kind: 'nothing' }, next: nextBatch(host) });
    if (outcome !== undefined && !isStopped) logOutcome(host, outcome, wasOutage);
  }

  function settle({ host, samples }: BatchInfo, { drops }: Extract<BatchOutcome, { kind: 'ok' }>): void {
    queue.settle(host);
    let dropped = 0;
    for (const { reason, samples: count } of drops) {
      metrics.dropped(reason, count);
      dropped += count;
    }
    metrics.forwarded(Math.max(0, samples - dropped));
  }

  /** `replayBefore` may have replaced the host's list meanwhile. */
  function endReplay({ host, id, samples }: BatchInfo): void {
    metrics.replayed(samples);
    const rest = replays.get(host)?.filter((replay) => replay.id !== id) ?? [];
    if (rest.length > 0) replays.set(host, rest);
    else replays.delete(host);
  }

  function logOutcome(host: string, outcome: BatchOutcome, wasOutage: boolean): void {
    if (outcome.kind === 'ok') {
      if (wasOutage) log.info('Prometheus accepts samples again');
      return;
    }
    const { message: reason } = outcome;
    if (!wasOutage && isOutage(schedule)) log.warn('Prometheus is unreachable; samples stay in the queue', { reason });
    const failures = schedule.hosts.get(host)?.failures ?? 0;
    if (outcome.kind === 'retry' && (failures === 1 || failures % 10 === 0))
      log.warn('a batch was not stored and is sent again', { host, attempts: failures, reason });
  }

  return {
    start() {
      queue.onWaiting(offer);
      advance({ kind: 'woken' });
    },
    replayBefore(timeMs) {
      const batches = queue.settled().filter(({ acceptedMs }) => acceptedMs < timeMs);
      if (batches.length === 0) return;
      log.info('Prometheus restarted; batches that it acknowledged recently are sent again', {
        batches: batches.length,
      });
      replays.clear();
      for (const batch of batches) {
        const list = replays.get(batch.host);
        if (list === undefined) replays.set(batch.host, [batch]);
        else list.push(batch);
      }
      for (const host of replays.keys()) offer(host);
    },
    replaying: () => [...replays.values()].reduce((sum, { length }) => sum + length, 0),
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await Promise.all(inFlight);
    },
  };
}
