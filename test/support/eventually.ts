/** Waits for what other processes do: asks again until the answer is there. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface EventuallyOptions {
  readonly what: string;
  readonly limitMs: number;
  readonly pollMs?: number;
}

/** The first answer that is not undefined. Throws after the limit with what was awaited and why the last attempt failed. */
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
