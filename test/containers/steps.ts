/** Output and waiting of the container test. */
import { setTimeout as sleep } from 'node:timers/promises';

export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Prints the promise when it is kept. Throws when it is not. */
export function expectTrue(promise: string, isKept: boolean): void {
  if (!isKept) throw new Error(`expected: ${promise}`);
  say(`ok    ${promise}`);
}

/** Calls `attempt` until it returns a value. Throws with the last error after the limit. */
export async function until<T>(what: string, limitMs: number, attempt: () => Promise<T | undefined>): Promise<T> {
  const beganMs = performance.now();
  let last: unknown;
  for (;;) {
    try {
      const value = await attempt();
      if (value !== undefined) return value;
    } catch (error) {
      last = error;
    }
    if (performance.now() - beganMs > limitMs)
      throw new Error(`${what}: not within ${limitMs / 1_000} s`, { cause: last });
    await sleep(500);
  }
}
