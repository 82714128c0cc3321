/** A worker thread as requests and answers: work that waits for a disk runs there, not on the event loop that serves HTTP. */
import { Worker } from 'node:worker_threads';

export interface WorkerThread<Request, Answer> {
  /** Resolves with the next answer. Answers come in the order of the requests. Rejects once the thread has ended. */
  ask(request: Request): Promise<Answer>;
  /** Resolves with a message that the thread sends without a request, such as the first one. */
  receive(): Promise<Answer>;
  hasEnded(): boolean;
  /** Ends the thread at once, and rejects the requests that wait for an answer. */
  kill(): void;
  /** Waits for the answers to earlier requests, then ends the thread. Idempotent. */
  stop(): Promise<void>;
}

export interface WorkerThreadOptions {
  /** The thread's module. */
  readonly url: URL;
  /** The thread's `workerData`. */
  readonly data: unknown;
  /** Names the thread in errors: `the queue's thread`. */
  readonly name: string;
  /** Limit of the thread's heap: beyond it the thread dies, and not the process. */
  readonly maxHeapMiB?: number;
}

export function startWorkerThread<Request, Answer>({
  url,
  data,
  name,
  maxHeapMiB,
}: WorkerThreadOptions): WorkerThread<Request, Answer> {
  const worker = new Worker(url, {
    workerData: data,
    ...(maxHeapMiB === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: maxHeapMiB } }),
  });
  const waiting: PromiseWithResolvers<Answer>[] = [];
  let last: Promise<unknown> = Promise.resolve();
  let end: Error | undefined;

  function die(error: Error): void {
    end ??= error;
    for (const { reject } of waiting.splice(0)) reject(end);
  }

  worker.on('message', (answer: Answer) => waiting.shift()?.resolve(answer));
  worker.on('error', (cause: Error) => die(new Error(`${name} died`, { cause })));
  worker.on('exit', () => die(new Error(`${name} has ended`)));

  function receive(): Promise<Answer> {
    if (end !== undefined) return Promise.reject(end);
    const next = Promise.withResolvers<Answer>();
    waiting.push(next);
    last = next.promise.catch(() => undefined);
    return next.promise;
  }

  return {
    receive,
    ask(request) {
      const answer = receive();
      if (end === undefined) worker.postMessage(request);
      return answer;
    },
    hasEnded: () => end !== undefined,
    kill: () => void worker.terminate(),
    async stop() {
      await last;
      await worker.terminate();
    },
  };
}

/** A worker thread that starts with its first request. After the thread has died, the next request starts another thread. */
export function createRestartingThread<Request, Answer>(
  options: WorkerThreadOptions,
): Pick<WorkerThread<Request, Answer>, 'ask' | 'stop'> {
  let thread: WorkerThread<Request, Answer> | undefined;
  return {
    ask(request) {
      if (thread === undefined || thread.hasEnded()) thread = startWorkerThread(options);
      return thread.ask(request);
    },
    stop: async () => thread?.stop(),
  };
}
