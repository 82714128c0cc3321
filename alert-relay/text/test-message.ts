/** The message that `hostpulse relay test` sends. */
import type { Message } from './message.ts';

export interface TestMessageOptions {
  readonly channel: string;
  readonly nowMs: number;
  readonly publicUrl: string | undefined;
  readonly timeZone: string;
}

/** The text and the label `hostpulse_test` mark the message as a test. Its id is 0, which no notification has. */
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
