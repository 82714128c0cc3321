/** The one list of push protocols; each loads what it needs when it is chosen. */
import type { Protocol } from '../sender.ts';

export const protocols: readonly Protocol[] = [
  {
    name: 'remote_write',
    maxSamples: 50_000,
    // The specification demands that the samples of a series come in the order of time.
    mayOvertake: false,
    create: async (options) => (await import('./remote-write.ts')).createRemoteWriteSender(options),
  },
  {
    name: 'http',
    // A fifth of what the gateway takes: as text they cost memory, and fresh samples need not wait for a drain.
    maxSamples: 10_000,
    // The gateway takes the samples of the last 26 h in any order.
    mayOvertake: true,
    create: async (options) => (await import('./json.ts')).createJsonSender(options),
  },
  {
    name: 'grpc',
    // Points repeat their attributes: this many stay below the 4 MiB that a collector takes by default.
    maxSamples: 20_000,
    // Whoever stands behind a collector may want order.
    mayOvertake: false,
    create: async (options) => (await import('./otlp.ts')).createOtlpSender(options),
  },
];
