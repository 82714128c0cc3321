/**
 * Takes batches from the queue to Prometheus: each host's in order, one at a time; many hosts at once. A host whose
 * batch fails waits alone; when nobody answers at all, one host asks and the others wait for it.
 */
import type { Log } from '../../common/program/log.ts';
import { backoffMs } from '../../common/program/retry.ts';
import { batchFlags } from '../queue/batch-flags.ts';
import type { BatchInfo, BatchQueue } from '../queue/batch-queue.ts';
import type { BatchOutcome, BatchSender } from './batch-sender.ts';
import type { ForwardMetrics } from './forward-metrics.ts';
import { type Company, maxJoined } from './write-coalescer.ts';

export interface Forwarder {
  start(): void;
  /** Sends what is kept of before that instant once more. */
  replayBefore(instantMs: number): void;
  /** Batches that are yet to be sent once more. */
  replaying(): number;
  /** Lets requests in flight end. Idempotent. */
  stop(): Promise<void>;
}

export interface ForwarderOptions {
  readonly queue: BatchQueue;
  readonly sender: BatchSender;
  readonly metrics: ForwardMetrics;
  readonly log: Log;
  readonly random: () => number;
  /** At once, of up to `maxJoined` hosts each. */
  readonly maxRequests: number;
}

const firstRetryMs = 250;
const maxRetryMs = 30_000;
/** While nobody answers. */
const maxAwayMs = 5_000;
const minWaitMs = 50;
/** Of batches under way, once there are more of them than requests. */
const maxBytesInFlight = 32 * 2 ** 20;

export function createForwarder(options: ForwarderOptions): Forwarder {
  const { queue, sender, metrics, log, random, maxRequests } = options;
  /** Hosts with something to send, in turn. */
  const ready = new Set<string>();
  const inFlight = new Map<string, Promise<void>>();
  /** Failures in a row. */
  const attempts = new Map<string, number>();
  /** Hosts that wait for their next attempt. */
  const waiting = new Set<string>();
  const timers = new Set<NodeJS.Timeout>();
  const replays = new Map<string, BatchInfo[]>();
  let [awayAttempts, isPaused, isStopped] = [0, false, false];
  let [failingInFlight, comparedInFlight, bytesInFlight] = [0, 0, 0];

  function after(ms: number, work: () => void): void {
    const timer = setTimeout(() => {
      timers.delete(timer);
      work();
    }, ms);
    timers.add(timer);
  }

  /** Hosts that fail may hold half of the requests: one that ends by its time limit must not stand before the others. */
  function mayStart(host: string): boolean {
    return !attempts.has(host) || failingInFlight < Math.max(1, maxRequests >> 1);
  }

  function pump(): void {
    if (isStopped || isPaused) return;
    for (const host of ready) {
      if (isFull()) return;
      if (!mayStart(host)) continue;
      const batch = queue.first(host);
      const isCompared = batch === undefined || (batch.flags & batchFlags.late) !== 0;
      if (isCompared && comparedInFlight >= maxRequests) continue; // each asks Prometheus questions of its own
      ready.delete(host);
      const isFailing = attempts.has(host);
      const bytes = batch?.bytes ?? 0;
      if (isFailing) failingInFlight += 1;
      if (isCompared) comparedInFlight += 1;
      bytesInFlight += bytes;
      const run = forwardNext(host, batch, isFailing ? 'alone' : 'joined').finally(() => {
        if (isFailing) failingInFlight -= 1;
        if (isCompared) comparedInFlight -= 1;
        bytesInFlight -= bytes;
        inFlight.delete(host);
        if (queue.first(host) !== undefined || replays.has(host)) offer(host);
        pump();
      });
      inFlight.set(host, run);
    }
  }

  function isFull(): boolean {
    if (awayAttempts > 1) return inFlight.size >= 1;
    if (inFlight.size < maxRequests) return false;
    return inFlight.size >= maxRequests * maxJoined || bytesInFlight >= maxBytesInFlight;
  }

  async function forwardNext(host: string, batch: BatchInfo | undefined, company: Company): Promise<void> {
    if (batch !== undefined) return settle(host, batch, await sender.send(batch, company));
    const [replay] = replays.get(host) ?? [];
    if (replay === undefined) return;
    const outcome = await sender.resend(replay, company);
    if (outcome.kind === 'ok') {
      succeed(host);
      metrics.replayed(replay.samples);
      // The list may be another one by now; then it begins anew.
      const rest = replays.get(host)?.filter(({ id }) => id !== replay.id) ?? [];
      if (rest.length > 0) replays.set(host, rest);
      else replays.delete(host);
    } else fail(host, outcome);
  }

  function settle(host: string, { samples }: BatchInfo, outcome: BatchOutcome): void {
    if (outcome.kind !== 'ok') return fail(host, outcome);
    succeed(host);
    queue.settle(host);
    let lost = 0;
    for (const { reason, samples: count } of outcome.drops) {
      metrics.dropped(reason, count);
      lost += count;
    }
    metrics.forwarded(Math.max(0, samples - lost));
  }

  function succeed(host: string): void {
    metrics.attempt('ok');
    attempts.delete(host);
    if (awayAttempts > 1) log.info('Prometheus takes samples again');
    awayAttempts = 0;
  }

  function fail(host: string, outcome: Exclude<BatchOutcome, { kind: 'ok' }>): void {
    metrics.attempt(outcome.kind);
    const count = (attempts.get(host) ?? 0) + 1;
    attempts.set(host, count);
    if (outcome.kind === 'away') pause(outcome.message);
    else if (count === 1 || count % 10 === 0)
      log.warn('a batch was not stored; it is sent again', { host, attempts: count, reason: outcome.message });
    const maxMs = outcome.kind === 'away' ? maxAwayMs : maxRetryMs;
    const waitMs = Math.min(
      outcome.afterMs ?? backoffMs({ attempts: count, firstMs: firstRetryMs, maxMs, random }),
      maxMs,
    );
    waiting.add(host);
    after(Math.max(minWaitMs, waitMs), () => {
      waiting.delete(host);
      offer(host);
      pump();
    });
  }

  /** One host that finds nobody is its own affair; two in a row say that nobody is there. */
  function pause(reason: string): void {
    if (isPaused) return;
    awayAttempts += 1;
    if (awayAttempts === 2) log.warn('Prometheus takes no samples; they wait in the queue', { reason });
    if (awayAttempts < 2) return;
    isPaused = true;
    const waitMs = backoffMs({ attempts: awayAttempts - 1, firstMs: firstRetryMs, maxMs: maxAwayMs, random });
    after(Math.max(minWaitMs, waitMs), () => {
      isPaused = false;
      pump();
    });
  }

  function offer(host: string): void {
    if (!inFlight.has(host) && !waiting.has(host)) ready.add(host);
  }

  return {
    start() {
      queue.onWaiting((host) => {
        offer(host);
        pump();
      });
      for (const host of queue.hosts()) offer(host);
      pump();
    },
    replayBefore(instantMs) {
      const batches = queue.settled().filter(({ acceptedMs }) => acceptedMs < instantMs);
      if (batches.length === 0) return;
      log.info('Prometheus started anew; what it acknowledged of late is sent once more', { batches: batches.length });
      replays.clear();
      for (const batch of batches) {
        const ofHost = replays.get(batch.host);
        if (ofHost === undefined) replays.set(batch.host, [batch]);
        else ofHost.push(batch);
        offer(batch.host);
      }
      pump();
    },
    replaying: () => [...replays.values()].reduce((sum, { length }) => sum + length, 0),
    async stop() {
      isStopped = true;
      for (const timer of timers) clearTimeout(timer);
      await Promise.all(inFlight.values());
    },
  };
}
