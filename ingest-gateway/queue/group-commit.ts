/** Group commit: what many ask to be made durable goes to disk together, one commit at a time, in order. */

export interface GroupCommit<T> {
  /** Resolves once the item is on disk; rejects when it is not and will not be. */
  add(item: T, bytes: number): Promise<void>;
  /** Commits soon, though nobody adds anything. */
  nudge(): void;
  /** Of items not yet on disk. */
  waitingBytes(): number;
  /** Commits what waits, then resolves. Nothing may be added afterwards. */
  drain(): Promise<void>;
}

export interface GroupCommitOptions<T> {
  /** Makes all of the group durable, or throws and none of it is. */
  readonly commit: (group: readonly T[]) => Promise<void>;
  /** How long the first of a group waits for others. */
  readonly delayMs: number;
  /** A group of so many waits no longer. */
  readonly enough: number;
  readonly idleDelayMs: number;
}

interface Entry<T> {
  readonly item: T;
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export function createGroupCommit<T>({ commit, delayMs, enough, idleDelayMs }: GroupCommitOptions<T>): GroupCommit<T> {
  let waiting: Entry<T>[] = [];
  let bytes = 0;
  let running: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let dueMs = Number.POSITIVE_INFINITY;

  function runWithin(ms: number): void {
    const wantedMs = performance.now() + ms;
    if (running !== undefined || wantedMs >= dueMs) return;
    clearTimeout(timer);
    dueMs = wantedMs;
    timer = setTimeout(() => void run(), ms);
  }

  function run(): Promise<void> {
    clearTimeout(timer);
    dueMs = Number.POSITIVE_INFINITY;
    running ??= commitAll().finally(() => {
      running = undefined;
      if (waiting.length > 0) runWithin(waiting.length >= enough ? 0 : delayMs);
    });
    return running;
  }

  async function commitAll(): Promise<void> {
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
        runWithin(waiting.length >= enough ? 0 : delayMs);
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
