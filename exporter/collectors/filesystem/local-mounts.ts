/**
 * Reads the usage of local mounts, two at a time in Node's thread pool. Every file system can hang: a disk behind a dead path,
 * a suspended pool. When a call takes longer than a slot, child processes read its mount from then on (mount-prober.ts). After two
 * such calls, child processes read all mounts: the pool has four threads for all files and DNS.
 */
import type { UsageReading } from './filesystem-usage.ts';

export interface LocalMounts {
  /** Returns whether a mount may be read in the thread pool. */
  mayRead(path: string): boolean;
  /** Returns the readings by path. Settles within a slot per hung mount. A hung mount has the fault of a timeout. */
  readAll(paths: readonly string[]): Promise<ReadonlyMap<string, UsageReading>>;
}

export interface LocalMountsOptions {
  readonly read: (path: string) => Promise<UsageReading>;
  readonly slotMs?: number;
}

/** Calls that run or hang at the same time. */
const maxHung = 2;

/** node_exporter's text. */
export const stuckReading: UsageReading = { fault: 'mountpoint timeout' };

export function createLocalMounts({ read, slotMs = 200 }: LocalMountsOptions): LocalMounts {
  const hung = new Set<string>();
  const mayRead = (path: string): boolean => hung.size < maxHung && !hung.has(path);

  function setHung(path: string): void {
    if (hung.size === 0) process.once('exit', leave);
    hung.add(path);
  }

  function setAnswered(path: string): void {
    if (hung.delete(path) && hung.size === 0) process.off('exit', leave);
  }

  function readAll(paths: readonly string[]): Promise<ReadonlyMap<string, UsageReading>> {
    const readings = new Map<string, UsageReading>();
    if (paths.length === 0) return Promise.resolve(readings);
    return new Promise((resolve) => {
      const running = new Set<string>();
      let next = 0;
      // One timer for all calls: each answer starts it again.
      const timer = setTimeout(onTimeout, slotMs);

      function onTimeout(): void {
        for (const path of running) {
          setHung(path);
          readings.set(path, stuckReading);
        }
        running.clear();
        startNext();
      }

      function startNext(): void {
        while (next < paths.length && running.size + hung.size < maxHung) start(paths[next++] as string);
        if (running.size > 0) {
          timer.refresh();
          return;
        }
        clearTimeout(timer);
        for (; next < paths.length; next++) readings.set(paths[next] as string, stuckReading);
        resolve(readings);
      }

      function start(path: string): void {
        running.add(path);
        void read(path).then((reading) => {
          setAnswered(path);
          // A late answer: the reading has its fault already.
          if (!running.delete(path)) return;
          readings.set(path, reading);
          startNext();
        });
      }

      startNext();
    });
  }

  return { mayRead, readAll };
}

/** Node's exit waits for the threads of the pool, and a hung thread never ends. */
function leave(): void {
  process.kill(process.pid, 'SIGKILL');
}
