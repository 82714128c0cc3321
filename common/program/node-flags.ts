/**
 * Node's flags for programs that run all the time. On the command line they do more than set at run time, so whoever starts a
 * program passes them there.
 */

/** Small before fast. What each is worth: docs/decisions/exporter-hot-path.md. */
export const leanNodeFlags = [
  '--no-opt',
  '--no-maglev',
  '--single-threaded',
  '--max-semi-space-size=1',
  '--expose-gc',
] as const;

/** Fewer collections of the old generation, one compiler less. What each is worth: docs/decisions/gateway-ingest.md. */
export const gatewayNodeFlags = ['--max-semi-space-size=16', '--heap-growing-percent=300', '--no-maglev'] as const;
