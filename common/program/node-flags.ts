/** Node flags of long-running programs. Pass them on the command line: some have no effect when set at run time. */

/** Prefers low memory over speed. docs/decisions/exporter-hot-path.md has the effect of each flag. */
export const leanNodeFlags = [
  '--no-opt',
  '--no-maglev',
  '--single-threaded',
  '--max-semi-space-size=1',
  '--expose-gc',
] as const;

/** Fewer collections of the old generation, and one compiler less. docs/decisions/gateway-ingest.md has the effect of each flag. */
export const gatewayNodeFlags = ['--max-semi-space-size=16', '--heap-growing-percent=300', '--no-maglev'] as const;
