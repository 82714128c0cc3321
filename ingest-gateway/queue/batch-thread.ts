/** The queue's worker thread as promises: requests are answered in their order. */
import { Worker } from 'node:worker_threads';
import { StartError } from '../../common/program/program.ts';
import type { Changes, Contents } from './batch-rows.ts';
import type { WorkerAnswer, WorkerOptions, WorkerRequest } from './batch-worker.ts';

export interface BatchThread {
  readonly contents: Contents;
  /** Where a damaged file was moved to, if the file was one. */
  readonly movedTo: string | undefined;
  /** Resolves once on disk; rejects when nothing of it is. */
  apply(changes: Changes): Promise<void>;
  /** Undefined for those that are gone or damaged. */
  read(ids: readonly number[]): Promise<readonly (Uint8Array | undefined)[]>;
  close(): Promise<void>;
}

interface Waiting {
  readonly resolve: (answer: WorkerAnswer) => void;
  readonly reject: (error: Error) => void;
}

/** Opens the file at `path`. Throws a `StartError` when it cannot be used. */
export async function startBatchThread({ path }: { readonly path: string }): Promise<BatchThread> {
  const suffix = import.meta.filename.endsWith('.ts') ? 'ts' : 'js';
  const worker = new Worker(new URL(`./batch-worker.${suffix}`, import.meta.url), {
    workerData: { path } satisfies WorkerOptions,
  });
  const waiting: Waiting[] = [];
  let end: Error | undefined;

  function die(error: Error): void {
    end = error;
    for (const { reject } of waiting.splice(0)) reject(error);
  }

  worker.on('message', (answer: WorkerAnswer) => waiting.shift()?.resolve(answer));
  worker.on('error', (cause: Error) => die(new Error("the queue's thread died", { cause })));
  worker.on('exit', () => die(end ?? new Error("the queue's thread has ended")));

  function next(request?: WorkerRequest): Promise<WorkerAnswer> {
    if (end !== undefined) return Promise.reject(end);
    return new Promise((resolve, reject) => {
      waiting.push({ resolve, reject });
      if (request !== undefined) worker.postMessage(request);
    });
  }

  const opened = await next();
  if (opened.kind === 'failed') {
    const reason = opened.isLocked ? 'another gateway has it open' : opened.message;
    throw new StartError(`cannot open the queue ${path}: ${reason}`);
  }
  if (opened.kind !== 'opened') throw new Error(`the queue's thread said ${opened.kind} before it opened the file`);

  return {
    contents: opened.contents,
    movedTo: opened.movedTo,
    async apply(changes) {
      const answer = await next({ kind: 'apply', changes });
      if (answer.kind !== 'applied') throw new Error(answer.kind === 'refused' ? answer.message : answer.kind);
    },
    async read(ids) {
      const answer = await next({ kind: 'read', ids });
      if (answer.kind !== 'bodies') throw new Error(answer.kind === 'refused' ? answer.message : answer.kind);
      return answer.bodies;
    },
    async close() {
      if (end === undefined) await next({ kind: 'close' });
      await worker.terminate();
    },
  };
}
