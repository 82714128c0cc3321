/** Keeps the buffer's file open: replaces a damaged file, and retries a file that cannot be opened. */
import { type Log, messageOf } from '../../../common/program/log.ts';
import { StartError } from '../../../common/program/program.ts';
import { quarantine } from '../../../common/queue/quarantine.ts';
import { isDamage, isLocked, isUnwritable } from '../../../common/queue/queue-file.ts';
import { openSampleSegments, type SampleSegments } from './sample-segments.ts';

export interface BufferFileOptions {
  readonly path: string;
  readonly now: () => number;
  readonly log: Log;
  readonly busyTimeoutMs?: number;
  /** Called after each opening of the file. */
  readonly onOpen: (file: SampleSegments) => void;
  /** Called when a damaged file is replaced: its samples will not be sent. */
  readonly onLoss: () => void;
}

export interface BufferFile {
  /** Returns the result of `work`; undefined when disk or file is at fault, or while no file is open. */
  attempt<T>(work: (file: SampleSegments) => T): T | undefined;
  /** Must be called after a successful append. */
  noteWritten(): void;
  isWritable(): boolean;
  /** Idempotent. */
  close(): void;
}

/** The time between attempts to open the file. */
const reopenMs = 60_000;

/** Opens the file. Throws a `StartError` when another process holds it. Faults of the disk are logged and retried. */
export function openBufferFile({ path, now, log, busyTimeoutMs, onOpen, onLoss }: BufferFileOptions): BufferFile {
  let file: SampleSegments | undefined;
  let lastTryMs = 0;
  let hasFault = false;
  let isClosed = false;

  function open(): SampleSegments {
    lastTryMs = now();
    const openNow = () => openSampleSegments(path, busyTimeoutMs === undefined ? {} : { busyTimeoutMs });
    try {
      file = openNow();
    } catch (error) {
      if (!isDamage(error)) throw error;
      replace(error);
      file = openNow();
    }
    onOpen(file);
    return file;
  }

  function replace(error: Error): void {
    file?.close();
    file = undefined;
    onLoss();
    const movedTo = quarantine(path, now());
    log.error('the push buffer is damaged; it is moved aside, and pushing continues with an empty buffer', {
      path,
      moved_to: movedTo,
      error,
    });
  }

  function attempt<T>(work: (opened: SampleSegments) => T): T | undefined {
    if (isClosed || (file === undefined && now() - lastTryMs < reopenMs)) return undefined;
    try {
      return work(file ?? open());
    } catch (error) {
      if (isDamage(error)) recover(error);
      else noteFault(error);
      return undefined;
    }
  }

  function recover(damage: Error): void {
    try {
      replace(damage);
      open();
    } catch (error) {
      noteFault(error);
    }
  }

  /** Logs a fault of the disk or a lock once. Throws all other errors, which are faults of this program. */
  function noteFault(error: unknown): void {
    if (!isUnwritable(error) && !isLocked(error)) throw error;
    if (hasFault) return;
    hasFault = true;
    log.error('the push buffer cannot be written; the last minute of samples is held in memory until it can', {
      path,
      error: messageOf(error),
    });
  }

  try {
    open();
  } catch (error) {
    if (isLocked(error))
      throw new StartError(`the push buffer ${path} is in use by another exporter`, { cause: error });
    noteFault(error);
  }

  return {
    attempt,
    noteWritten() {
      if (hasFault) log.info('the push buffer can be written again', { path });
      hasFault = false;
    },
    isWritable: () => !hasFault && file !== undefined,
    close() {
      if (isClosed) return;
      isClosed = true;
      file?.close();
    },
  };
}
