/**
 * Decides which hosts' batches are sent next, and when to look again. No timers, promises or I/O: the forwarder feeds events
 * and performs the actions.
 *
 * Guarantees:
 * - A host has at most one batch in flight.
 * - At most `maxRequests` requests run in parallel: beyond that number, batches share requests, `maxCoalesced` in each.
 * - A host whose batch failed backs off without delaying the others. Failing hosts take at most half of the requests.
 * - Two unreachable outcomes in a row are an outage: sending pauses, then one host probes with backoff until a send succeeds.
 * - Memory is bounded: hosts beyond the limits are not tracked. Their batches stay in the queue and `hasUntracked` tells the
 *   forwarder to offer the hosts again. When more than `maxFailingHosts` fail at once, a further failure counts as unreachable.
 */
import { backoffMs } from '../../common/program/retry.ts';
import { maxCoalesced } from './remote-write-client.ts';

export interface ScheduleLimits {
  readonly maxRequests: number;
  /** Hosts that are tracked while they wait for a request; twice, for batches that are compared and those that are not. */
  readonly maxReadyHosts: number;
  readonly maxFailingHosts: number;
}

export const defaultLimits = { maxReadyHosts: 1_024, maxFailingHosts: 4_096 } as const;

/** The batch that a host sends next. */
export interface NextBatch {
  /** The batch is compared with Prometheus' samples first, which costs queries. */
  readonly isCompared: boolean;
  readonly bytes: number;
}

export interface SendResult {
  /** `nothing`: the host's batch was gone before it was sent. */
  readonly kind: 'ok' | 'retry' | 'unreachable' | 'nothing';
  /** Wait that the receiver asks for. */
  readonly afterMs?: number | undefined;
}

export type ScheduleEvent =
  | { readonly kind: 'offered'; readonly host: string; readonly next: NextBatch }
  | {
      readonly kind: 'finished';
      readonly host: string;
      readonly result: SendResult;
      /** The host's next batch after a success; undefined when the queue holds none. */
      readonly next: NextBatch | undefined;
    }
  /** A walk over all hosts of the queue, each offered once, begins or has come to its end. */
  | { readonly kind: 'walkBegan' | 'walkEnded' }
  | { readonly kind: 'woken' };

export interface Send {
  readonly host: string;
  /** False: the batch gets its own request, so that its failure is about this host alone. */
  readonly coalesce: boolean;
}

export interface Actions {
  readonly send: readonly Send[];
  /** When a `woken` event is due; undefined when only other events change anything. */
  readonly wakeAtMs: number | undefined;
}

interface Host extends NextBatch {
  readonly name: string;
  readonly isInFlight: boolean;
  /** Failures in a row. */
  readonly failures: number;
}

/** Hosts that can be sent, first in, first out. */
type Lanes = Readonly<Record<LaneName, string[]>>;
type LaneName = (typeof laneNames)[number];

const laneNames = ['plain', 'compared', 'failing', 'failingCompared'] as const;

export interface Schedule {
  readonly limits: ScheduleLimits;
  /** Every tracked host. */
  readonly hosts: Map<string, Host>;
  readonly lanes: Lanes;
  /** Hosts that back off, by the slot of `slotMs` in which they are due. */
  readonly backoff: Map<number, string[]>;
  readonly inFlight: { hosts: number; failing: number; compared: number; bytes: number };
  failingHosts: number;
  /** Unreachable outcomes since the last success. */
  unreachable: number;
  pausedUntilMs: number;
  /** The queue may hold batches of hosts that are not tracked: a walk over its hosts offers them. */
  hasUntracked: boolean;
  /** A host was left untracked since the current walk began, so that another walk follows. */
  hasReleased: boolean;
  /** Lane that sends next. */
  turn: number;
}

const firstRetryMs = 250;
const maxRetryMs = 30_000;
const maxUnreachableMs = 5_000;
/** Shortest wait, and the resolution of waits. */
const slotMs = 50;
/** Bytes of batches in flight, once there are more batches than requests. */
const maxBytesInFlight = 32 * 2 ** 20;

export function createSchedule(limits: ScheduleLimits): Schedule {
  return {
    limits,
    hosts: new Map(),
    lanes: { plain: [], compared: [], failing: [], failingCompared: [] },
    backoff: new Map(),
    inFlight: { hosts: 0, failing: 0, compared: 0, bytes: 0 },
    failingHosts: 0,
    unreachable: 0,
    pausedUntilMs: 0,
    hasUntracked: true,
    hasReleased: false,
    turn: 0,
  };
}

interface Context {
  /** Time of a clock that is never set back. */
  readonly nowMs: number;
  /** In [0, 1), as `Math.random`. */
  readonly random: () => number;
}

/**
 * Applies an event and returns what to do. Deterministic: equal schedules, events and contexts give equal results. The
 * schedule is updated in place, since a copy for each event would cost as much as the tracked hosts.
 */
export function nextActions(schedule: Schedule, event: ScheduleEvent, context: Context): Actions {
  if (event.kind === 'offered') offer(schedule, event.host, event.next);
  else if (event.kind === 'finished') finish(schedule, event, context);
  else if (event.kind === 'walkBegan') schedule.hasReleased = false;
  else if (event.kind === 'walkEnded') schedule.hasUntracked = schedule.hasReleased;
  endBackoff(schedule, context.nowMs);
  return { send: takeSends(schedule, context.nowMs), wakeAtMs: wakeTime(schedule, context.nowMs) };
}

export function isOutage({ unreachable }: Schedule): boolean {
  return unreachable > 1;
}

/**
 * Returns whether the queue's hosts should be offered. Comparisons are slow: when only their lane is full, a walk skips those
 * hosts. When the plain lane is full the walk rests, so that hosts take turns.
 */
export function hasRoom({ lanes, limits }: Schedule): boolean {
  return lanes.plain.length < limits.maxReadyHosts;
}

function offer(schedule: Schedule, name: string, next: NextBatch): void {
  if (!schedule.hosts.has(name)) admit(schedule, { ...next, name, isInFlight: false, failures: 0 });
}

function admit(schedule: Schedule, host: Host): void {
  const { hosts, lanes, limits } = schedule;
  const lane = lanes[laneOf(host)];
  if (host.failures === 0 && lane.length >= limits.maxReadyHosts) return release(schedule, host.name);
  hosts.set(host.name, host);
  lane.push(host.name);
}

function release(schedule: Schedule, name: string): void {
  schedule.hosts.delete(name);
  schedule.hasUntracked = true;
  schedule.hasReleased = true;
}

function laneOf({ isCompared, failures }: Host): LaneName {
  if (failures > 0) return isCompared ? 'failingCompared' : 'failing';
  return isCompared ? 'compared' : 'plain';
}

function finish(
  schedule: Schedule,
  { host: name, result, next }: Extract<ScheduleEvent, { kind: 'finished' }>,
  context: Context,
): void {
  const sent = schedule.hosts.get(name);
  if (sent?.isInFlight !== true) throw new Error(`expected ${name} in flight`);
  countInFlight(schedule, sent, -1);
  const host: Host = { ...sent, ...next, isInFlight: false };
  if (result.kind === 'retry' || result.kind === 'unreachable') return fail(schedule, host, result, context);
  if (host.failures > 0) schedule.failingHosts -= 1;
  if (result.kind === 'ok') {
    schedule.unreachable = 0;
    schedule.pausedUntilMs = 0;
  }
  if (next === undefined) schedule.hosts.delete(name);
  else admit(schedule, { ...host, failures: 0 });
}

function fail(schedule: Schedule, host: Host, { kind, afterMs }: SendResult, { nowMs, random }: Context): void {
  const { hosts, backoff, limits } = schedule;
  const isOverLimit = host.failures === 0 && schedule.failingHosts >= limits.maxFailingHosts;
  if (kind === 'unreachable' || isOverLimit) countUnreachable(schedule, { nowMs, random });
  if (isOverLimit) return release(schedule, host.name);
  if (host.failures === 0) schedule.failingHosts += 1;
  const failures = host.failures + 1;
  hosts.set(host.name, { ...host, failures });
  const maxMs = kind === 'unreachable' ? maxUnreachableMs : maxRetryMs;
  const waitMs = afterMs ?? backoffMs({ attempts: failures, firstMs: firstRetryMs, maxMs, random });
  const slot = Math.ceil((nowMs + Math.max(slotMs, Math.min(waitMs, maxMs))) / slotMs);
  const due = backoff.get(slot);
  if (due === undefined) backoff.set(slot, [host.name]);
  else due.push(host.name);
}

/** Outcomes of requests that were in flight when the pause began say nothing new. */
function countUnreachable(schedule: Schedule, { nowMs, random }: Context): void {
  if (nowMs < schedule.pausedUntilMs) return;
  schedule.unreachable += 1;
  if (!isOutage(schedule)) return;
  const attempts = schedule.unreachable - 1;
  const waitMs = backoffMs({ attempts, firstMs: firstRetryMs, maxMs: maxUnreachableMs, random });
  schedule.pausedUntilMs = nowMs + Math.max(slotMs, waitMs);
}

function endBackoff(schedule: Schedule, nowMs: number): void {
  for (const [slot, names] of schedule.backoff) {
    if (slot * slotMs > nowMs) continue;
    schedule.backoff.delete(slot);
    for (const name of names) admit(schedule, tracked(schedule, name));
  }
}

function tracked({ hosts }: Schedule, name: string): Host {
  const host = hosts.get(name);
  if (host === undefined) throw new Error(`expected ${name} among the tracked hosts`);
  return host;
}

function takeSends(schedule: Schedule, nowMs: number): Send[] {
  const send: Send[] = [];
  if (nowMs < schedule.pausedUntilMs) return send;
  while (!isFull(schedule)) {
    const name = takeNext(schedule);
    if (name === undefined) break;
    const host = tracked(schedule, name);
    schedule.hosts.set(name, { ...host, isInFlight: true });
    countInFlight(schedule, host, 1);
    send.push({ host: name, coalesce: host.failures === 0 });
  }
  return send;
}

function isFull(schedule: Schedule): boolean {
  const { inFlight, limits } = schedule;
  if (isOutage(schedule)) return inFlight.hosts >= 1;
  if (inFlight.hosts < limits.maxRequests) return false;
  return inFlight.hosts >= limits.maxRequests * maxCoalesced || inFlight.bytes >= maxBytesInFlight;
}

/** Takes the first host of the next lane that may send; undefined when there is none. */
function takeNext(schedule: Schedule): string | undefined {
  for (let step = 0; step < laneNames.length; step++) {
    const lane = laneNames[(schedule.turn + step) % laneNames.length] as LaneName;
    if (schedule.lanes[lane].length === 0 || !maySend(schedule, lane)) continue;
    schedule.turn = (schedule.turn + step + 1) % laneNames.length;
    return schedule.lanes[lane].shift();
  }
  return undefined;
}

/** A failing host can hold its request until the time limit, and a compared batch asks Prometheus queries. */
function maySend({ inFlight, limits: { maxRequests } }: Schedule, lane: LaneName): boolean {
  const isFailing = lane === 'failing' || lane === 'failingCompared';
  const isCompared = lane === 'compared' || lane === 'failingCompared';
  if (isFailing && inFlight.failing >= Math.max(1, maxRequests >> 1)) return false;
  return !isCompared || inFlight.compared < maxRequests;
}

function countInFlight({ inFlight }: Schedule, { failures, isCompared, bytes }: Host, sign: 1 | -1): void {
  inFlight.hosts += sign;
  inFlight.bytes += sign * bytes;
  if (failures > 0) inFlight.failing += sign;
  if (isCompared) inFlight.compared += sign;
}

function wakeTime(schedule: Schedule, nowMs: number): number | undefined {
  const { pausedUntilMs, backoff, hasUntracked } = schedule;
  const times: number[] = [];
  if (nowMs < pausedUntilMs) times.push(pausedUntilMs);
  if (backoff.size > 0) times.push(Math.min(...backoff.keys()) * slotMs);
  if (hasUntracked && hasRoom(schedule)) times.push(nowMs + slotMs);
  return times.length === 0 ? undefined : Math.min(...times);
}
