/**
 * Reads the usage of local mounts, one at a time in Node's thread pool. Every file system can hang: a disk behind a dead path,
 * a suspended pool. A call that takes longer than a slot is left alone, its mount is read by child processes from then on
 * (mount-prober.ts), and after two such calls all mounts are: the pool has four threads for all files and DNS.
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

const maxHung = 2;

/** node_exporter's text. */
export const stuckReading: UsageReading = { fault: 'mountpoint timeout' };

export function createLocalMounts({ read, slotMs = 200 }: LocalMountsOptions): LocalMounts {
  const hung = new Set<string>();

  function readOne(path: string): Promise<UsageReading> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        if (hung.size === 0) process.once('exit', leave);
        hung.add(path);
        resolve(stuckReading);
      }, slotMs);
      void read(path).then((reading) => {
        clearTimeout(timer);
        hung.delete(path);
        if (hung.size === 0) process.off('exit', leave);
        resolve(reading);
      });
    });
  }

  const mayRead = (path: string): boolean => hung.size < maxHung && !hung.has(path);
  return {
    mayRead,
    async readAll(paths) {
      const readings = new Map<string, UsageReading>();
      for (const path of paths) readings.set(path, mayRead(path) ? await readOne(path) : stuckReading);
      return readings;
    },
  };
}

/** Node's exit waits for the threads of the pool, and a hung thread never ends. */
function leave(): void {
  process.kill(process.pid, 'SIGKILL');
}
