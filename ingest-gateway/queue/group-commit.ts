/** Group commit: writes items that arrive together to disk together, one commit at a time, in order. */

export interface GroupCommit<T> {
  /** Resolves once the item is on disk. Rejects when its commit fails; the item is then not written. */
  add(item: T, bytes: number): Promise<void>;
  /** Commits within `idleDelayMs`, even an empty group. */
  nudge(): void;
  /** Returns the bytes of items that are not yet on disk. */
  waitingBytes(): number;
  /** Commits the waiting items. Nothing may be added afterwards. */
  drain(): Promise<void>;
}

export interface GroupCommitOptions<T> {
  /** Makes the whole group durable, or throws and makes none of it durable. */
  readonly commit: (group: readonly T[]) => Promise<void>;
  /** How long the first item of a group waits for others. */
  readonly delayMs: number;
  /** A group of this many items is committed at once. */
  readonly maxItems: number;
  readonly idleDelayMs: number;
}

interface Entry<T> {
  readonly item: T;
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export function createGroupCommit<T>({
  commit,
  delayMs,
  maxItems,
  idleDelayMs,
}: GroupCommitOptions<T>): GroupCommit<T> {
  let waiting: Entry<T>[] = [];
  let bytes = 0;
  let running: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let dueMs = Number.POSITIVE_INFINITY;

  /** Starts a commit no later than `ms` from now, unless one is running: its end schedules the next. */
  function runWithin(ms: number): void {
    const wantedMs = performance.now() + ms;
    if (running !== undefined || wantedMs >= dueMs) return;
    clearTimeout(timer);
    dueMs = wantedMs;
    timer = setTimeout(() => void run(), ms);
  }

  const runSoon = (): void => runWithin(waiting.length >= maxItems ? 0 : delayMs);

  function run(): Promise<void> {
    clearTimeout(timer);
    dueMs = Number.POSITIVE_INFINITY;
    running ??= commitWaiting().finally(() => {
      running = undefined;
      if (waiting.length > 0) runSoon();
    });
    return running;
  }

  async function commitWaiting(): Promise<void> {
    const group = waiting;
    waiting = [];
    try {
      await commit(group.map(({ item }) => item));
      for (const { resolve } of group) resolve();
    } catch (error) {
      for (const { reject } of group) reject(error);
    } finally {
      for (const entry of group) bytes -= entry.bytes;
    }
  }

  return {
    add(item, itemBytes) {
      return new Promise((resolve, reject) => {
        waiting.push({ item, bytes: itemBytes, resolve, reject });
        bytes += itemBytes;
        runSoon();
      });
    },
    nudge: () => runWithin(idleDelayMs),
    waitingBytes: () => bytes,
    async drain() {
      await running;
      do await run();
      while (waiting.length > 0);
      clearTimeout(timer);
    },
  };
}
