/** The list of push protocols. The modules of a protocol are loaded when it is chosen. */
import type { Protocol } from './sender.ts';

export const protocols: readonly Protocol[] = [
  {
    name: 'remote_write',
    maxSamples: 50_000,
    // The specification requires the samples of a series in order of time.
    mayOvertake: false,
    create: async (options) => (await import('./remote-write.ts')).createRemoteWriteSender(options),
  },
  {
    name: 'http',
    // A fifth of the gateway's limit: JSON takes memory, and new samples are sent during a drain.
    maxSamples: 10_000,
    // The gateway accepts the samples of the last 26 h in any order.
    mayOvertake: true,
    create: async (options) => (await import('./json.ts')).createJsonSender(options),
  },
  {
    name: 'grpc',
    // Each point repeats its attributes. A request with this number of points is smaller than 4 MiB, the default limit of an OpenTelemetry Collector.
    maxSamples: 20_000,
    // The backends behind a Collector may require order.
    mayOvertake: false,
    create: async (options) => (await import('./otlp.ts')).createOtlpSender(options),
  },
];
