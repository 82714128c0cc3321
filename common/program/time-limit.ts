/** Limits how long a caller waits for work that may hang. */

/**
 * Resolves or rejects as `work` does. Rejects with the error of `late` when `work` has not ended after `limitMs` milliseconds. The
 * work itself goes on, and its later error is ignored.
 */
export async function inTime<T>(work: Promise<T>, limitMs: number, late: () => Error): Promise<T> {
  const limit = Promise.withResolvers<never>();
  const timer = setTimeout(() => limit.reject(late()), limitMs);
  try {
    return await Promise.race([work, limit.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Resolves or rejects as `work` does. Resolves with undefined when `work` has not ended after `limitMs` milliseconds. The work itself
 * goes on, and its later error is ignored.
 */
export async function tryInTime<T>(work: Promise<T>, limitMs: number): Promise<T | undefined> {
  const limit = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => limit.resolve(undefined), limitMs);
  try {
    return await Promise.race([work, limit.promise]);
  } finally {
    clearTimeout(timer);
  }
}
