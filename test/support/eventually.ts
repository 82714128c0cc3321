/** Polls until a condition of another process holds. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface EventuallyOptions {
  readonly what: string;
  readonly limitMs: number;
  readonly pollMs?: number;
}

/** Returns the first result that is not undefined. Throws after the limit, with the awaited condition and the last error. */
export async function eventually<T>(
  { what, limitMs, pollMs = 100 }: EventuallyOptions,
  attempt: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  const deadline = Date.now() + limitMs;
  let lastError: unknown;
  while (Date.now() < deadline) {
    try {
      const answer = await attempt();
      if (answer !== undefined) return answer;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    await sleep(pollMs);
  }
  throw new Error(`not within ${limitMs} ms: ${what}`, { cause: lastError });
}
