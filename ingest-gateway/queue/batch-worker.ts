/** The gateway's queue file on a thread of its own: a slow disk delays answers, never the event loop that serves HTTP. */
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../common/program/log.ts';
import { quarantine } from '../../common/queue/quarantine.ts';
import { isDamage, isLocked } from '../../common/queue/queue-file.ts';
import { type BatchRows, type Changes, type Contents, openBatchRows } from './batch-rows.ts';

export interface WorkerOptions {
  readonly path: string;
}

export type WorkerRequest =
  | { readonly kind: 'apply'; readonly changes: Changes }
  | { readonly kind: 'read'; readonly ids: readonly number[] }
  | { readonly kind: 'close' };

export type WorkerAnswer =
  | { readonly kind: 'opened'; readonly contents: Contents; readonly movedTo?: string }
  | { readonly kind: 'failed'; readonly message: string; readonly isLocked: boolean }
  /** In the order of the requests. */
  | { readonly kind: 'applied' }
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'bodies'; readonly bodies: readonly (Uint8Array | undefined)[] }
  | { readonly kind: 'closed' };

function serve(): void {
  const port = parentPort;
  if (port === null) throw new Error('expected to be a worker thread');
  const tell = (answer: WorkerAnswer): void => port.postMessage(answer);
  let rows: BatchRows;
  try {
    const { path } = workerData as WorkerOptions;
    const opened = open(path);
    rows = opened.rows;
    tell({
      kind: 'opened',
      contents: rows.contents(),
      ...(opened.movedTo === undefined ? {} : { movedTo: opened.movedTo }),
    });
  } catch (error) {
    tell({ kind: 'failed', message: messageOf(error), isLocked: isLocked(error) });
    port.close();
    return;
  }
  port.on('message', (request: WorkerRequest) => {
    try {
      if (request.kind === 'apply') {
        rows.apply(request.changes);
        tell({ kind: 'applied' });
      } else if (request.kind === 'read') {
        tell({ kind: 'bodies', bodies: request.ids.map((id) => rows.read(id)) });
      } else {
        rows.close();
        tell({ kind: 'closed' });
        port.close();
      }
    } catch (error) {
      tell({ kind: 'refused', message: messageOf(error) });
    }
  });
}

/** A damaged file is moved aside, for whoever wants to look at it. */
function open(path: string): { readonly rows: BatchRows; readonly movedTo?: string } {
  try {
    return { rows: openBatchRows(path) };
  } catch (error) {
    if (!isDamage(error)) throw error;
    const movedTo = quarantine(path, Date.now());
    return { rows: openBatchRows(path), movedTo };
  }
}

if (!isMainThread) serve();
