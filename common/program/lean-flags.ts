/**
 * Node's flags for the exporter: small before fast. What each is worth is in docs/decisions/exporter-hot-path.md.
 * On the command line they save 3 MiB more than set at run time, so whoever starts the exporter passes them there.
 */
export const leanNodeFlags = [
  '--no-opt',
  '--no-maglev',
  '--single-threaded',
  '--max-semi-space-size=1',
  '--expose-gc',
] as const;
