/** The message that an operator sends to see whether a channel works. */
import type { Message } from './message.ts';

export interface TestMessageOptions {
  readonly channel: string;
  readonly nowMs: number;
  readonly publicUrl: string | undefined;
  readonly timeZone: string;
}

/** Says of itself that it is a test; its label `hostpulse_test` says so to programs. No id of a notification: 0. */
export function createTestMessage({ channel, nowMs, publicUrl, timeZone }: TestMessageOptions): Message {
  return {
    id: 0,
    status: 'firing',
    isReminder: false,
    isAnnounced: true,
    episodeId: 0,
    fingerprint: 'test',
    alertname: 'TestMessage',
    severity: 'info',
    host: undefined,
    metric: undefined,
    unit: undefined,
    value: undefined,
    threshold: undefined,
    summary: `This is a test of the channel "${channel}". Nothing is wrong.`,
    description: 'Sent by "hostpulse relay test". If you can read this, alerts arrive here.',
    startsAtMs: nowMs,
    endsAtMs: undefined,
    renderedAtMs: nowMs,
    timeZone,
    labels: { alertname: 'TestMessage', severity: 'info', hostpulse_test: 'true' },
    annotations: {},
    links: { graph: publicUrl, alert: undefined, silence: undefined, runbook: undefined },
  };
}
