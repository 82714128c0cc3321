/** Checks time limits on a loaded machine. */

/**
 * Returns whether the work resolves or rejects before a timer of `limitMs`. The timer starts with the call. A busy machine delays the work
 * and the timer, because both wait for the same event loop.
 */
export async function endsWithin(limitMs: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), limitMs);
  });
  const settled = work.then(
    () => true,
    () => true,
  );
  try {
    return await Promise.race([settled, late]);
  } finally {
    clearTimeout(timer);
  }
}
