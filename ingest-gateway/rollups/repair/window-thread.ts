/**
 * Writes repair windows to the SQLite file from a worker thread: each commit waits for the disk, and the event loop must not.
 * This module runs on both sides; the thread starts with the first window, and most gateways never need it.
 */
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../../common/program/log.ts';
import { openStore } from '../../../common/store/open.ts';
import { startWorkerThread, type WorkerThread } from '../../queue/worker-thread.ts';
import { addRepairWindows, type LateSamples } from './repair-windows.ts';

export interface WindowThread {
  /** Resolves once the windows are on disk; rejects when one of them may not be. */
  add(windows: readonly LateSamples[]): Promise<void>;
  /** Waits for the windows that were added before. Idempotent. */
  stop(): Promise<void>;
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
export function createWindowThread(data: WindowThreadData): WindowThread {
  let thread: WorkerThread<WindowRequest, WindowAnswer> | undefined;
  return {
    async add(windows) {
      if (thread === undefined || thread.hasEnded())
        thread = startWorkerThread({ url: new URL(import.meta.url), data, name: 'the thread for repair windows' });
      const { fault } = await thread.ask(windows);
      if (fault !== undefined) throw new Error(fault);
    },
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
