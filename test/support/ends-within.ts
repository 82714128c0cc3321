/** Limits of time that hold on a loaded machine. */

/**
 * Returns whether the work settles before a timer of `limitMs` that starts now. The work and the timer wait for the same event
 * loop, so that a busy machine delays both.
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
