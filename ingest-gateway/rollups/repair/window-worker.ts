/** Writes windows for repair to the database on a thread of its own: each waits for the disk, and the event loop must not. */
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../../common/program/log.ts';
import { openStore } from '../../../common/store/open.ts';
import { addRepairWindows, type LateSamples } from './repair-windows.ts';

export interface WindowWorkerData {
  readonly databasePath: string;
}

/** An answer a request, in their order: undefined once all of the windows are on disk, or why they are not. */
export type WindowRequest = readonly LateSamples[];
export type WindowAnswer = { readonly fault: string | undefined };

async function serve(): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error('expected to be a worker thread');
  const { databasePath } = workerData as WindowWorkerData;
  // Nobody waits with it: better late than tried again.
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
