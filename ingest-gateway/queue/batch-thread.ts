/**
 * Runs the queue's file on a worker thread, so that a slow disk delays responses and never the event loop that serves HTTP.
 * The file holds both ends: the main thread's promises, answered in the order of the requests, and the worker's loop.
 */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../common/program/log.ts';
import { StartError } from '../../common/program/program.ts';
import { quarantine } from '../../common/queue/quarantine.ts';
import { isDamage, isLocked } from '../../common/queue/queue-file.ts';
import { type BatchRows, type Changes, type Contents, openBatchRows } from './batch-rows.ts';
import { startWorkerThread } from './worker-thread.ts';

export interface BatchThread {
  /** Resolves once the changes are on disk; rejects when none of them is. */
  apply(changes: Changes): Promise<void>;
  /** Returns undefined for a body that is missing or damaged. Rejects when the file cannot be read. */
  read(id: number): Promise<Uint8Array | undefined>;
  close(): Promise<void>;
}

export interface OpenedThread {
  readonly thread: BatchThread;
  readonly contents: Contents;
  /** New path of a damaged file that was moved aside. */
  readonly movedTo: string | undefined;
}

interface WorkerOptions {
  readonly batchQueuePath: string;
}

type Request =
  | { readonly kind: 'apply'; readonly changes: Changes }
  | { readonly kind: 'read'; readonly id: number }
  | { readonly kind: 'close' };

type Response =
  | { readonly kind: 'opened'; readonly contents: Contents; readonly movedTo: string | undefined }
  | { readonly kind: 'notOpened'; readonly message: string; readonly isLocked: boolean }
  | { readonly kind: 'done'; readonly body?: Uint8Array | undefined }
  | { readonly kind: 'failed'; readonly message: string };

/** Opens the file at `path`. Throws a `StartError` when the file cannot be used. */
export async function startBatchThread({ path }: { readonly path: string }): Promise<OpenedThread> {
  const worker = startWorkerThread<Request, Response>({
    url: new URL(import.meta.url),
    data: { batchQueuePath: path } satisfies WorkerOptions,
    name: "the queue's thread",
  });

  async function call(request: Request): Promise<Uint8Array | undefined> {
    const response = await worker.ask(request);
    if (response.kind === 'done') return response.body;
    throw new Error(response.kind === 'failed' ? response.message : `unexpected response ${response.kind}`);
  }

  const opened = await worker.receive();
  if (opened.kind === 'notOpened') {
    const reason = opened.isLocked ? 'another gateway has it open' : opened.message;
    throw new StartError(`cannot open the queue ${path}: ${reason}`);
  }
  if (opened.kind !== 'opened') throw new Error(`expected the queue's thread to open ${path}, got ${opened.kind}`);
  const thread: BatchThread = {
    apply: async (changes) => void (await call({ kind: 'apply', changes })),
    read: (id) => call({ kind: 'read', id }),
    async close() {
      if (!worker.hasEnded()) await call({ kind: 'close' });
      await worker.stop();
    },
  };
  return { thread, contents: opened.contents, movedTo: opened.movedTo };
}

function serve(port: MessagePort, path: string): void {
  const respond = (response: Response): void => port.postMessage(response);
  let rows: BatchRows;
  try {
    const opened = openUndamaged(path);
    rows = opened.rows;
    respond({ kind: 'opened', contents: rows.contents(), movedTo: opened.movedTo });
  } catch (error) {
    respond({ kind: 'notOpened', message: messageOf(error), isLocked: isLocked(error) });
    return port.close();
  }
  port.on('message', (request: Request) => {
    try {
      if (request.kind === 'read') return respond({ kind: 'done', body: rows.read(request.id) });
      if (request.kind === 'apply') rows.apply(request.changes);
      else rows.close();
      respond({ kind: 'done' });
      if (request.kind === 'close') port.close();
    } catch (error) {
      respond({ kind: 'failed', message: messageOf(error) });
    }
  });
}

/** Moves a damaged file aside, where it can be examined, and creates an empty one. */
function openUndamaged(path: string): { readonly rows: BatchRows; readonly movedTo: string | undefined } {
  try {
    return { rows: openBatchRows(path), movedTo: undefined };
  } catch (error) {
    if (!isDamage(error)) throw error;
    const movedTo = quarantine(path, Date.now());
    return { rows: openBatchRows(path), movedTo };
  }
}

const options = workerData as Partial<WorkerOptions> | null;
if (parentPort !== null && options?.batchQueuePath !== undefined) serve(parentPort, options.batchQueuePath);
