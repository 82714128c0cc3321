/** The thread that writes windows for repair, as promises. Most gateways never need it: it starts with the first window. */
import { Worker } from 'node:worker_threads';
import type { LateSamples } from './repair-windows.ts';
import type { WindowAnswer, WindowRequest, WindowWorkerData } from './window-worker.ts';

export interface WindowThread {
  /** Resolves once they are on disk; rejects when one of them may not be. */
  add(windows: readonly LateSamples[]): Promise<void>;
  /** Lets what was asked for end. Idempotent. */
  stop(): Promise<void>;
}

interface Running {
  readonly worker: Worker;
  readonly waiting: { readonly resolve: () => void; readonly reject: (error: Error) => void }[];
}

export function createWindowThread({ databasePath }: WindowWorkerData): WindowThread {
  let running: Running | undefined;
  let last: Promise<unknown> = Promise.resolve();

  /** One that died is started anew for the next window. */
  function start(): Running {
    const suffix = import.meta.filename.endsWith('.ts') ? 'ts' : 'js';
    const worker = new Worker(new URL(`./window-worker.${suffix}`, import.meta.url), {
      workerData: { databasePath } satisfies WindowWorkerData,
    });
    const started: Running = { worker, waiting: [] };
    const die = (cause?: Error): void => {
      if (running === started) running = undefined;
      const error = new Error('the thread that notes windows for repair ended', { cause });
      for (const { reject } of started.waiting.splice(0)) reject(error);
    };
    worker.on('message', ({ fault }: WindowAnswer) => {
      const asked = started.waiting.shift();
      if (fault === undefined) asked?.resolve();
      else asked?.reject(new Error(fault));
    });
    worker.on('error', die);
    worker.on('exit', () => die());
    return started;
  }

  function add(windows: WindowRequest): Promise<void> {
    const { worker, waiting } = (running ??= start());
    const added = new Promise<void>((resolve, reject) => {
      waiting.push({ resolve, reject });
      worker.postMessage(windows);
    });
    last = added.catch(() => undefined);
    return added;
  }

  return {
    add,
    async stop() {
      await last;
      await running?.worker.terminate();
    },
  };
}
