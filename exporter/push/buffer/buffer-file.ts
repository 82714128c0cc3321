/** The buffer's file through bad times: a damaged one is moved aside and replaced, one that cannot be opened is tried again. */
import { type Log, messageOf } from '../../../common/program/log.ts';
import { StartError } from '../../../common/program/program.ts';
import { moveAside } from '../../../common/queue/quarantine.ts';
import { isDamage, isLocked, isUnwritable } from '../../../common/queue/queue-file.ts';
import { openSampleSets, type SampleSets } from './sample-segments.ts';

export interface BufferFileOptions {
  readonly path: string;
  readonly now: () => number;
  readonly log: Log;
  readonly busyTimeoutMs?: number;
  /** The file was opened, at first or anew. */
  readonly onOpen: (file: SampleSets) => void;
  /** What was in the file is lost to sending. */
  readonly onLoss: () => void;
}

export interface BufferFile {
  /** The answer of `work`; undefined when the disk or the file is at fault, or there is no file for now. */
  attempt<T>(work: (file: SampleSets) => T): T | undefined;
  /** To be called after an append that succeeded. */
  noteWritten(): void;
  isWritable(): boolean;
  /** Idempotent. */
  close(): void;
}

/** How long a file that could not be opened is left alone. */
const reopenMs = 60_000;

/** Opens the file. Throws a `StartError` when another process holds it; anything else that a disk can do is lived with. */
export function openBufferFile({ path, now, log, busyTimeoutMs, onOpen, onLoss }: BufferFileOptions): BufferFile {
  let file: SampleSets | undefined;
  let lastTryMs = 0;
  let hasFault = false;
  let isClosed = false;

  function open(): SampleSets {
    lastTryMs = now();
    const openNow = () => openSampleSets(path, busyTimeoutMs === undefined ? {} : { busyTimeoutMs });
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
    const movedTo = moveAside(path, now());
    log.error('the push buffer is damaged; it is moved aside and pushing goes on with an empty one', {
      path,
      moved_to: movedTo,
      error,
    });
  }

  function attempt<T>(work: (opened: SampleSets) => T): T | undefined {
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

  /** Throws what is neither the disk's fault nor another process's: a fault of this program. */
  function noteFault(error: unknown): void {
    if (!isUnwritable(error) && !isLocked(error)) throw error;
    if (hasFault) return;
    hasFault = true;
    log.error('the push buffer cannot be written; the last minute is kept in memory until it can', {
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
