/**
 * Node flags of programs that run permanently. Pass the flags on Node's command line: flags set at run time save less memory.
 */

/** Trades speed for memory. Effect of each flag: docs/decisions/exporter-hot-path.md. */
export const leanNodeFlags = [
  '--no-opt',
  '--no-maglev',
  '--single-threaded',
  '--max-semi-space-size=1',
  '--expose-gc',
] as const;

/** Fewer collections of the old generation and one compiler less. Effect of each flag: docs/decisions/gateway-intake.md. */
export const gatewayNodeFlags = ['--max-semi-space-size=16', '--heap-growing-percent=300', '--no-maglev'] as const;
