/** Defines a rendered message, for tests of channels. */
import type { Message } from '../../alert-relay/text/message.ts';

export const firingMessage: Message = {
  id: 42,
  status: 'firing',
  isReminder: false,
  isAnnounced: true,
  isHostDown: false,
  episodeId: 7,
  fingerprint: 'abcdef0123456789',
  alertname: 'CpuUsageHigh',
  severity: 'warning',
  host: 'web-1',
  metric: 'cpu.usage.total',
  unit: 'percent',
  value: 91.5,
  threshold: 80,
  summary: 'web-1: CPU usage is 91.5 %',
  description: 'Above 80 % for 5m.',
  startsAtMs: Date.parse('2026-03-01T12:00:00.123Z'),
  endsAtMs: undefined,
  renderedAtMs: Date.parse('2026-03-01T12:00:40Z'),
  timeZone: 'UTC',
  labels: { alertname: 'CpuUsageHigh', instance: 'web-1', severity: 'warning' },
  annotations: { value: '91.5' },
  links: {
    graph: 'https://monitor.example/graph?expr=x',
    alert: 'https://monitor.example/alerts/7',
    silence: undefined,
    runbook: undefined,
  },
};
