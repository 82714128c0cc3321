/** The log file of a component, written by the supervisor and rotated while the component runs. */
import {
  appendFileSync,
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  renameSync,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';

export interface LogFile {
  /** Appends output. Never throws: output that cannot be written is dropped and reported. */
  write(chunk: Buffer): void;
  /** Idempotent. */
  close(): void;
}

export interface LogFileOptions {
  readonly path: string;
  /** A file that would grow beyond this size becomes `<path>.1`, which replaces the previous one. */
  readonly maxBytes: number;
  /** Called with the first fault of a series: not again before writing, or opening, has succeeded. */
  readonly onFault: (fault: unknown) => void;
  /** Monotonic, in milliseconds. */
  readonly now?: () => number;
}

/** How often the path is compared with the open file, which another program may have renamed or deleted. */
const checkIntervalMs = 5_000;

/**
 * Opens the file for appending and creates its folder. Throws when the folder cannot be created. The parent of the folder
 * is not created: a data directory that was moved away must not come back as an empty one.
 *
 * A file that was renamed, deleted or moved with its folder is opened again under its path within 5 s. While the folder is
 * missing, output goes to the open file, which is emptied when it is full.
 */
export function openLogFile({ path, maxBytes, onFault, now = () => performance.now() }: LogFileOptions): LogFile {
  let fd = open(path);
  let { size } = fstatSync(fd);
  let checkedMs = now();
  let isClosed = false;
  const writing = reportOnce(onFault);
  const opening = reportOnce(onFault);

  function append(chunk: Buffer): void {
    writing(() => appendFileSync(fd, chunk));
    size += chunk.length;
  }

  function reopen(): void {
    const opened = open(path);
    closeSync(fd);
    fd = opened;
    ({ size } = fstatSync(fd));
  }

  function rotate(): void {
    opening(() => {
      try {
        if (isCurrent()) renameSync(path, `${path}.1`);
        reopen();
      } catch (fault) {
        ftruncateSync(fd);
        size = 0;
        throw fault;
      }
    });
  }

  function isCurrent(): boolean {
    return statSync(path, { throwIfNoEntry: false })?.ino === fstatSync(fd).ino;
  }

  return {
    write(chunk) {
      if (isClosed) return;
      if (now() - checkedMs >= checkIntervalMs) {
        checkedMs = now();
        if (!isCurrent()) opening(reopen);
      }
      if (size + chunk.length <= maxBytes) return append(chunk);
      // The line that is being written ends in the old file.
      const cut = chunk.indexOf('\n') + 1;
      append(chunk.subarray(0, cut));
      rotate();
      append(chunk.subarray(cut));
    },
    close() {
      if (!isClosed) closeSync(fd);
      isClosed = true;
    },
  };
}

function open(path: string): number {
  const folder = dirname(path);
  if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
  return openSync(path, 'a', 0o600);
}

/** Returns a function that runs an action and reports its fault, but not the faults that follow without a success between. */
function reportOnce(onFault: (fault: unknown) => void): (act: () => void) => void {
  let isFaulty = false;
  return (act) => {
    try {
      act();
      isFaulty = false;
    } catch (fault) {
      if (!isFaulty) onFault(fault);
      isFaulty = true;
    }
  };
}
