/** Measures how long turns of the event loop hold it up, by the CPU time of the thread: other processes do not count. */
import { setImmediate as nextTurn } from 'node:timers/promises';

export interface TurnCost<Result> {
  readonly result: Result;
  /** CPU time of the longest turn while the work ran. */
  readonly longestMs: number;
}

export async function longestTurn<Result>(work: () => Promise<Result>): Promise<TurnCost<Result>> {
  let [isDone, longestMs] = [false, 0];
  async function watch(): Promise<void> {
    let lastMs = threadCpuMs();
    while (!isDone) {
      await nextTurn();
      const nowMs = threadCpuMs();
      longestMs = Math.max(longestMs, nowMs - lastMs);
      lastMs = nowMs;
    }
  }
  const watching = watch();
  try {
    const result = await work();
    return { result, longestMs };
  } finally {
    isDone = true;
    await watching;
  }
}

/** Returns the CPU time of this thread. */
export function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
