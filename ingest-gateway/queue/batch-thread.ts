/** The queue's worker thread as promises: requests are answered in their order. */
import { StartError } from '../../common/program/program.ts';
import { startWorkerThread } from '../worker-thread.ts';
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

/** Opens the file at `path`. Throws a `StartError` when it cannot be used. */
export async function startBatchThread({ path }: { readonly path: string }): Promise<BatchThread> {
  const suffix = import.meta.filename.endsWith('.ts') ? 'ts' : 'js';
  const thread = startWorkerThread<WorkerRequest, WorkerAnswer>({
    url: new URL(`./batch-worker.${suffix}`, import.meta.url),
    data: { path } satisfies WorkerOptions,
    name: "the queue's thread",
  });

  const opened = await thread.receive();
  if (opened.kind === 'failed') {
    const reason = opened.isLocked ? 'another gateway has it open' : opened.message;
    throw new StartError(`cannot open the queue ${path}: ${reason}`);
  }
  if (opened.kind !== 'opened') throw new Error(`the queue's thread said ${opened.kind} before it opened the file`);

  return {
    contents: opened.contents,
    movedTo: opened.movedTo,
    async apply(changes) {
      const answer = await thread.ask({ kind: 'apply', changes });
      if (answer.kind !== 'applied') throw new Error(answer.kind === 'refused' ? answer.message : answer.kind);
    },
    async read(ids) {
      const answer = await thread.ask({ kind: 'read', ids });
      if (answer.kind !== 'bodies') throw new Error(answer.kind === 'refused' ? answer.message : answer.kind);
      return answer.bodies;
    },
    async close() {
      if (!thread.hasEnded()) await thread.ask({ kind: 'close' });
      await thread.stop();
    },
  };
}
