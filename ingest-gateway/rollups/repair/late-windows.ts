/**
 * Records repair windows for samples that arrived too late for the recording rules. In a SQLite file a worker thread writes them:
 * each commit waits for the disk, and the event loop must not. This module runs on both sides; the thread starts with the first
 * window, and most gateways never need it.
 */
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { recordingOffsetSeconds } from '../../../common/catalogue/tiers.ts';
import { messageOf } from '../../../common/program/log.ts';
import { openStore } from '../../../common/store/open.ts';
import { startWorkerThread, type WorkerThread } from '../../queue/worker-thread.ts';
import type { RollupTier } from '../tier/rollup-tier.ts';
import { addRepairWindows, type LateSamples } from '../tier/tier-store.ts';

export interface StoredSamples {
  readonly host: string;
  /** Times of the oldest and the newest sample. */
  readonly oldestMs: number;
  readonly newestMs: number;
}

export interface LateWindows {
  /**
   * Call it when Prometheus has stored the samples, before the batch is removed from the queue. Once it resolves, the window
   * of the late samples survives a restart. Samples in time cost nothing; a host that drains a backlog, one write a minute.
   */
  note(stored: StoredSamples): Promise<void>;
}

/** A rule evaluated at T reads samples up to T - 15 s, so a sample that is stored sooner after its timestamp is in time. */
const lateAfterMs = recordingOffsetSeconds * 1_000;
/** Windows are rounded out to multiples of this, so that the batches of one drain need few windows. */
const roundMs = 600_000;
const rememberMs = 60_000;

interface Noted {
  readonly fromMs: number;
  readonly toMs: number;
  readonly notedMs: number;
}

export interface LateWindowsOptions {
  /** Resolves once the windows are on disk. */
  readonly add: (windows: readonly LateSamples[]) => Promise<void>;
  readonly tiers: readonly RollupTier[];
  readonly now: () => number;
}

export function createLateWindows({ add, tiers, now }: LateWindowsOptions): LateWindows {
  /** The last window by host. A window written within the last minute is not due yet and need not be written again. */
  const noted = new Map<string, Noted>();

  return {
    async note({ host, oldestMs, newestMs }) {
      const nowMs = now();
      // Rules record series of hosts: those without an instance have no windows.
      if (host === '' || nowMs - oldestMs < lateAfterMs) return;
      const fromMs = Math.floor(oldestMs / roundMs) * roundMs;
      const toMs = Math.ceil(Math.min(newestMs, nowMs) / roundMs) * roundMs;
      const last = noted.get(host);
      const isRecent = last !== undefined && nowMs - last.notedMs < rememberMs;
      if (isRecent && last.fromMs <= fromMs && last.toMs >= toMs) return;
      const storedMs = nowMs + rememberMs;
      await add(
        tiers.map(({ name: tier, stepMs }) => ({ host, tier, fromMs, toMs, storedMs, dueMs: storedMs + 2 * stepMs })),
      );
      if (noted.size > 10_000) noted.clear();
      noted.set(host, { fromMs, toMs, notedMs: nowMs });
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

/** A thread that died is replaced at the next window. */
export function createWindowThread(data: WindowThreadData) {
  let thread: WorkerThread<WindowRequest, WindowAnswer> | undefined;
  return {
    /** Resolves once the windows are on disk; rejects when one of them may not be. */
    async add(windows: WindowRequest): Promise<void> {
      if (thread === undefined || thread.hasEnded())
        thread = startWorkerThread({ url: new URL(import.meta.url), data, name: 'the thread for repair windows' });
      const { fault } = await thread.ask(windows);
      if (fault !== undefined) throw new Error(fault);
    },
    /** Waits for the windows that were added before. Idempotent. */
    stop: async () => thread?.stop(),
  };
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
