/**
 * Collects all garbage now and then. V8 does that when the heap has grown by megabytes, which on a host that is scraped
 * every 5 s takes an hour of buffers and promoted objects: 6 MiB more resident memory for nothing.
 */

/** Called after each answered page. */
export type CollectNowAndThen = () => void;

/** A full collection takes 5 to 15 ms, between scrapes: at this pace 3 % of their cost. */
const pagesBetween = 100;

/** Without `collect`, V8 alone decides. */
export function createCollectNowAndThen(collect: (() => void) | undefined): CollectNowAndThen {
  let pages = 0;
  return () => {
    pages += 1;
    if (collect === undefined || pages % pagesBetween !== 0) return;
    // Once the answer is on its way, so that nobody waits for it.
    setImmediate(collect);
  };
}

/** Node's full collection: global under `--expose-gc`; where the flag came too late for that, a new context has it. */
export function tryFullCollection(): (() => void) | undefined {
  const { gc } = globalThis;
  if (gc !== undefined) return () => gc();
  const found: unknown = process.getBuiltinModule('node:vm').runInNewContext('globalThis.gc');
  return typeof found === 'function' ? () => void found() : undefined;
}
