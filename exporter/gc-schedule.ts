/**
 * Runs a full garbage collection after every 100 pages. V8 waits until the heap has grown by megabytes, which takes an hour
 * at one scrape every 5 s and costs 6 MiB of resident memory.
 */

/** A full collection takes 5 to 15 ms: at this interval 3 % of the CPU time of the scrapes. */
const pagesBetween = 100;

/** Returns a function to call after each page. Without `collect`, V8 alone decides when to collect. */
export function createGcSchedule(collect: (() => void) | undefined): () => void {
  let pages = 0;
  return () => {
    pages += 1;
    if (collect === undefined || pages % pagesBetween !== 0) return;
    // Deferred until the response is written, so that no client waits for the collection.
    setImmediate(collect);
  };
}

/** Returns V8's full collection: the global under `--expose-gc`, or the function of a new context when the flag was set after the start. */
export function findFullGc(): (() => void) | undefined {
  const { gc } = globalThis;
  if (gc !== undefined) return () => gc();
  const found: unknown = process.getBuiltinModule('node:vm').runInNewContext('globalThis.gc');
  return typeof found === 'function' ? () => void found() : undefined;
}
