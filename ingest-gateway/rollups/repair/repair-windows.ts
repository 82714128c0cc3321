/**
 * Repair windows: records hosts and ranges with samples that arrived too late for the recording rules, and repairs the windows that
 * are due, one after the other, oldest first, on one gateway at a time of those that share a database.
 *
 * In a SQLite file a worker thread records windows: each commit waits for the disk, and the event loop must not. This module runs on
 * both sides; the thread starts with the first window, and most gateways never need it.
 */
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { type Log, messageOf } from '../../../common/program/log.ts';
import { LeaseTaken, withLease } from '../../../common/store/leases.ts';
import { openStore } from '../../../common/store/open.ts';
import type { Database } from '../../../common/store/schema.ts';
import { isBusy } from '../../../common/store/sqlite.ts';
import { createRestartingThread } from '../../queue/worker-thread.ts';
import type { RollupTier } from '../tier/rollup-tier.ts';
import {
  addRepairWindows,
  dueRepairWindows,
  type LateSamples,
  type PendingWindow,
  postponeRepairWindows,
  readRawHorizon,
  removeRepairWindows,
  replaceNothing,
} from '../tier/tier-store.ts';
import type { RepairReport } from './recomputed-points.ts';
import type { Repair, RepairOutcome } from './repair.ts';

export interface RepairWorker {
  start(): void;
  /** Repairs the windows that are due; resolves when none is left. Never throws. */
  runDue(): Promise<void>;
  /** Aborts the query in flight; its window stays due. Idempotent. */
  stop(): Promise<void>;
}

export interface RepairWorkerOptions {
  readonly db: Database;
  readonly repair: Repair;
  readonly tiers: readonly RollupTier[];
  /** How long raw samples are kept at least; undefined where the backend cannot delete, so that no point may be replaced. */
  readonly keepRawMs: number | undefined;
  readonly onReport: (tier: RollupTier['name'], report: RepairReport) => void;
  readonly log: Log;
  readonly now: () => number;
}

const pollMs = 15_000;
const leaseMs = 60_000;
const maxWaitMs = 30 * 60_000;
/** By then the out-of-order window has closed: the nightly sweep and the check before a deletion report what is left. */
const maxAttempts = 60;

type Windows = readonly [PendingWindow, ...PendingWindow[]];

export function createRepairWorker(options: RepairWorkerOptions): RepairWorker {
  const { db, repair, tiers, keepRawMs, log, now } = options;
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;

  async function repairDue(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const [first, ...others] = await dueRepairWindows(db, now());
      if (first === undefined) return;
      await repairAlike([first, ...others], signal);
    }
  }

  /** Repairs the rollups of all hosts in `windows` by one repair. The windows have the same tier and time range. */
  async function repairAlike(windows: Windows, signal: AbortSignal): Promise<void> {
    const [{ fromMs, toMs, attempts, tier: name }] = windows;
    const ids = windows.map(({ id }) => id);
    const tier = tiers.find((each) => each.name === name);
    if (tier === undefined) return removeRepairWindows(db, ids);
    const outcome = await tryRepair(windows, tier, signal);
    if (signal.aborted) return;
    if (typeof outcome !== 'string' && outcome.kind === 'done') options.onReport(tier.name, outcome.report);
    const problem = problemOf(outcome);
    const fields = { ...hostsOf(windows), tier: tier.name, from: iso(fromMs), to: iso(toMs) };
    if (problem === undefined || attempts >= maxAttempts) {
      await removeRepairWindows(db, ids);
      if (problem === undefined) log.info('repaired rollups with late samples', fields);
      else log.error('gave up repairing rollups; the nightly sweep tries again', { ...fields, reason: problem });
      return;
    }
    const waitMs = Math.min(maxWaitMs, tier.stepMs * 2 ** Math.min(attempts, 10));
    log.warn('rollups not repaired; the repair is tried again', { ...fields, reason: problem, attempts });
    await postponeRepairWindows(db, { ids, dueMs: now() + waitMs });
  }

  /** Returns the outcome, or the message of the error. */
  async function tryRepair(windows: Windows, tier: RollupTier, signal: AbortSignal): Promise<RepairOutcome | string> {
    const [{ fromMs, toMs, host }, ...others] = windows;
    const window = { fromMs, toMs, hosts: [host, ...others.map((each) => each.host)] } as const;
    const storedMs = Math.max(...windows.map((each) => each.storedMs));
    try {
      const rawHorizonMs =
        keepRawMs === undefined ? replaceNothing : await readRawHorizon(db, { nowMs: now(), keepRawMs });
      return await repair.run({ tier, window, storedMs, rawHorizonMs, mode: 'add', signal });
    } catch (error) {
      return messageOf(error);
    }
  }

  async function work(): Promise<void> {
    const lease = { db, name: 'repair', lifetimeMs: leaseMs, signal: stopping.signal, now: Date.now };
    try {
      if ((await dueRepairWindows(db, now())).length === 0) return;
      await withLease(lease, ({ signal }) => repairDue(signal));
    } catch (error) {
      if (error instanceof LeaseTaken) return;
      if (isBusy(error)) log.debug('the database is busy; repair windows stay due');
      else log.error('repair windows were not worked off; they stay due', { reason: error });
    }
  }

  function runDue(): Promise<void> {
    running ??= work().finally(() => {
      running = undefined;
    });
    return running;
  }

  return {
    runDue,
    start() {
      timer = setInterval(() => void runDue(), pollMs);
    },
    async stop() {
      clearInterval(timer);
      stopping.abort();
      await running;
    },
  };
}

/** Returns the log fields that name the host, or that give the number of hosts. */
function hostsOf(windows: Windows): { readonly host: string } | { readonly hosts: number } {
  return windows.length === 1 ? { host: windows[0].host } : { hosts: windows.length };
}

/** Returns undefined when another attempt cannot improve anything. */
function problemOf(outcome: RepairOutcome | string): string | undefined {
  if (typeof outcome === 'string') return outcome;
  if (outcome.kind === 'later') return outcome.reason;
  const { remaining, refused } = outcome.report;
  const left = remaining - (refused.get('too_old') ?? 0);
  return left <= 0 ? undefined : `${left} points are not stored after they were written`;
}

function iso(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

export interface LateBatch {
  readonly host: string;
  /** Times of the oldest and the newest sample. */
  readonly oldestMs: number;
  readonly newestMs: number;
}

export interface LateWindows {
  /**
   * Call `note` when Prometheus has stored the late samples, before the batch is removed from the queue. When the promise resolves, the
   * window of the samples is on disk. A host that sends a backlog costs one write a minute.
   */
  note(batch: LateBatch): Promise<void>;
  /** Waits for the windows that were noted before. Idempotent. */
  stop(): Promise<void>;
}

/** Windows are rounded out to multiples of this, so that the batches of one drain need few windows. */
const roundMs = 600_000;
const rememberMs = 60_000;

interface Noted {
  readonly fromMs: number;
  readonly toMs: number;
  readonly notedMs: number;
}

export interface LateWindowsOptions {
  readonly db: Database;
  /** The SQLite file of `db`; undefined for a database server, whose commits do not block the event loop. */
  readonly databaseFile: string | undefined;
  readonly tiers: readonly Pick<RollupTier, 'name' | 'stepMs'>[];
  readonly now: () => number;
}

/**
 * Writes one transaction at a time. Windows that are noted during a transaction share the next one: after an outage of Prometheus all
 * hosts are late at once, and one commit for each would take minutes.
 */
export function createLateWindows({ db, databaseFile, tiers, now }: LateWindowsOptions): LateWindows {
  const thread = databaseFile === undefined ? undefined : createWindowThread({ databasePath: databaseFile });
  /** The last window by host. A window written within the last minute is not due yet and need not be written again. */
  const noted = new Map<string, Noted>();
  let waiting: LateSamples[] = [];
  let next: Promise<void> | undefined;
  let last: Promise<unknown> = Promise.resolve();

  /** Resolves once the windows are on disk; rejects when one of them may not be. */
  function add(windows: readonly LateSamples[]): Promise<void> {
    waiting.push(...windows);
    if (next === undefined) {
      next = last.then(writeWaiting);
      last = next.catch(() => undefined);
    }
    return next;
  }

  async function writeWaiting(): Promise<void> {
    const windows = waiting;
    [waiting, next] = [[], undefined];
    if (thread === undefined) return addRepairWindows(db, windows);
    const { fault } = await thread.ask(windows);
    if (fault !== undefined) throw new Error(fault);
  }

  return {
    async note({ host, oldestMs, newestMs }) {
      // Rules record series of hosts: those without an instance have no windows.
      if (host === '') return;
      const nowMs = now();
      const fromMs = Math.floor(oldestMs / roundMs) * roundMs;
      const toMs = Math.ceil(Math.min(newestMs, nowMs) / roundMs) * roundMs;
      const known = noted.get(host);
      const isRecent = known !== undefined && nowMs - known.notedMs < rememberMs;
      if (isRecent && known.fromMs <= fromMs && known.toMs >= toMs) return;
      const storedMs = nowMs + rememberMs;
      await add(
        tiers.map(({ name: tier, stepMs }) => ({ host, tier, fromMs, toMs, storedMs, dueMs: storedMs + 2 * stepMs })),
      );
      if (noted.size > 10_000) noted.clear();
      noted.set(host, { fromMs, toMs, notedMs: nowMs });
    },
    async stop() {
      await last;
      await thread?.stop();
    },
  };
}

type WindowRequest = readonly LateSamples[];
interface WindowAnswer {
  /** Undefined once all windows of the request are on disk. */
  readonly fault: string | undefined;
}

interface WindowThreadData {
  readonly databasePath: string;
}

function createWindowThread(data: WindowThreadData) {
  const url = new URL(import.meta.url);
  return createRestartingThread<WindowRequest, WindowAnswer>({ url, data, name: 'the thread for repair windows' });
}

async function serve(): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error('expected to be a worker thread');
  const { databasePath } = workerData as WindowThreadData;
  // Nothing else waits in this thread: a long wait for another writer is better than a failed write.
  const store = await openStore({ path: databasePath, busyTimeoutMs: 60_000 });
  let turn: Promise<void> = Promise.resolve();
  port.on('message', (windows: WindowRequest) => {
    turn = turn.then(() => write(windows));
  });

  async function write(windows: WindowRequest): Promise<void> {
    let fault: string | undefined;
    try {
      await addRepairWindows(store.db, windows);
    } catch (error) {
      fault = messageOf(error);
    }
    port?.postMessage({ fault } satisfies WindowAnswer);
  }
}

if (!isMainThread) await serve();
