/** Runs a push with a clock, a host and a receiver that the test controls, and with a buffer in a real file. */
import { join } from 'node:path';
import type { Family } from '../../exporter/exposition/family.ts';
import type { SampleSet } from '../../exporter/push/buffer/sample-buffer.ts';
import type { PushOutcome } from '../../exporter/push/protocols/outcome.ts';
import type { Protocol } from '../../exporter/push/protocols/sender.ts';
import { createPush, type Push } from '../../exporter/push/push.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';
import { createRecordingLog, type RecordingLog } from './recording-log.ts';

export interface SentRequest {
  readonly atMs: number;
  readonly sets: readonly SampleSet[];
  readonly outcome: PushOutcome;
}

export interface PushScenario {
  readonly clock: FakeClock;
  readonly log: RecordingLog;
  readonly push: Push;
  /** All requests that the receiver answered, in order. */
  readonly requests: SentRequest[];
  /** Timestamps of all sets that the receiver accepted, in order of arrival. */
  taken(): number[];
  /** Returns the value of a push metric, by labels if it has some; undefined if absent. */
  metric(name: string, label?: string): number | undefined;
}

export interface PushScenarioOptions {
  readonly folder: string;
  /** The answer of the receiver; default: `ok`. */
  readonly answer?: (sets: readonly SampleSet[], nowMs: number) => PushOutcome;
  readonly latencyMs?: number;
  readonly maxSamples?: number;
  readonly mayOvertake?: boolean;
  readonly intervalMs?: number;
  readonly maxAgeMs?: number;
  readonly clock?: FakeClock;
  /** Families of the host at a time; default: one gauge with the time. */
  readonly read?: (nowMs: number) => readonly Family[];
}

export const startMs = 1_800_000_000_000;
export const ok: PushOutcome = { kind: 'ok', rejectedSamples: 0 };

export async function createPushScenario(options: PushScenarioOptions): Promise<PushScenario> {
  const { folder, answer = () => ok, latencyMs = 0, clock = createFakeClock(startMs), read = timeFamily } = options;
  const log = createRecordingLog();
  const requests: SentRequest[] = [];
  const protocol: Protocol = {
    name: 'http',
    maxSamples: options.maxSamples ?? 50_000,
    mayOvertake: options.mayOvertake ?? false,
    create: () =>
      Promise.resolve({
        async send(sets, signal) {
          const atMs = clock.now();
          await clock.sleep(latencyMs, signal);
          if (signal.aborted) return { kind: 'retry', reason: 'network', detail: 'given up' };
          const outcome = answer(sets, atMs);
          requests.push({ atMs, sets, outcome });
          return outcome;
        },
        close: () => undefined,
      }),
  };
  const push = await createPush({
    settings: {
      serverUrl: 'https://gateway.example',
      apiKey: undefined,
      protocol,
      host: 'web-1',
      isHostOfSystem: false,
      labels: {},
      intervalMs: options.intervalMs ?? 5_000,
      tls: {},
      bufferFile: join(folder, 'push.queue'),
      maxBytes: 2 ** 28,
      topServerUrl: undefined,
      maxAgeMs: options.maxAgeMs ?? 86_400_000,
    },
    read: () => Promise.resolve(read(clock.now())),
    environment: {},
    version: 'test',
    log,
    clock,
    random: () => 0.5,
  });
  return {
    clock,
    log,
    push,
    requests,
    taken: () =>
      requests
        .filter(({ outcome }) => outcome.kind === 'ok')
        .flatMap(({ sets }) => sets.map(({ timestampMs }) => timestampMs)),
    metric(name, label) {
      const family = push.families().find((each) => each.name === `hostpulse_push_${name}`);
      return family?.samples.find(({ labels }) => label === undefined || Object.values(labels).includes(label))?.value;
    },
  };
}

function timeFamily(nowMs: number): readonly Family[] {
  return [
    {
      name: 'node_time_seconds',
      help: 'System time in seconds since epoch (1970).',
      type: 'gauge',
      samples: [{ labels: {}, value: nowMs / 1_000 }],
    },
  ];
}
