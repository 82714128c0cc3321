/** Messages of every kind that a channel renders, for golden files and limits. */
import type { GroupMessage, Message } from '../../alert-relay/text/message.ts';
import { firingMessage } from './message.ts';

const page = 'https://monitor.example.com';
const links = {
  graph: `${page}/graph?expr=${encodeURIComponent('100 * sum without (cpu, mode) (rate(node_cpu_seconds_total[20s]))')}`,
  alert: `${page}/alerts/7`,
  silence: `${page}/silences/new?filter=${encodeURIComponent('{alertname="CpuUsageHigh",instance="web-1"}')}`,
  ack: `${page}/ack?alert=7&until=1772971240&key=KqY0cTn1`,
  runbook: 'https://wiki.example.com/runbooks/cpu',
};

const firing: Message = {
  ...firingMessage,
  description: 'Above 80 % for 5m. Look for the busiest processes on the host.',
  annotations: { value: '91.5', expr: '100 * sum without (cpu, mode) (rate(node_cpu_seconds_total[20s]))' },
  links,
};

const disk: Message = {
  ...firing,
  id: 43,
  episodeId: 8,
  alertname: 'DiskUsageCritical',
  severity: 'critical',
  host: 'db-1',
  metric: 'disk.usage.free',
  unit: 'bytes',
  value: 1_610_612_736,
  threshold: 5_368_709_120,
  summary: 'db-1: /var/lib/postgresql (/dev/nvme0n1p2) has 1.5 GiB left',
  description: 'Delete, move or grow before writes fail.',
  labels: {
    alertname: 'DiskUsageCritical',
    instance: 'db-1',
    device: '/dev/nvme0n1p2',
    mountpoint: '/var/lib/postgresql',
  },
  annotations: { expr: 'node_filesystem_avail_bytes' },
};

/** Labels and annotations of an attacker. */
const hostile: Message = {
  ...firing,
  id: 44,
  alertname: 'A<!channel>\r\nBcc: eve@example.com',
  host: '<script>alert(1)</script>',
  severity: 'warning\r\nX-Evil: 1',
  metric: 'x & <@U1> *bold* "quoted" \'s',
  summary: '<!here> & <https://evil.example|click>\r\n\r\nbody',
  description: `</td></table><img src=x onerror="alert(1)">${'<&>'.repeat(2_000)}`,
  labels: { alertname: 'x', instance: 'y', long: '<'.repeat(5_000) },
  links: {
    ...links,
    graph: `https://monitor.example.com/?a=1&b="><script>|${'x'.repeat(500)}`,
    silence: `https://x.example/${'y'.repeat(4_000)}`,
  },
};

const ana = { by: 'Ana', note: 'a backup runs <until 13:00>', atMs: Date.parse('2026-03-01T12:05:00Z') };

export const messageCases: Readonly<Record<string, Message>> = {
  firing,
  reminder: { ...firing, isReminder: true, value: 93.25, renderedAtMs: Date.parse('2026-03-01T16:00:10Z') },
  resolved: {
    ...firing,
    status: 'resolved',
    value: 12.25,
    endsAtMs: Date.parse('2026-03-01T12:34:15Z'),
    renderedAtMs: Date.parse('2026-03-01T12:35:00Z'),
    timeZone: 'Europe/Berlin',
  },
  'not-announced': {
    ...firing,
    status: 'resolved',
    isAnnounced: false,
    value: undefined,
    endsAtMs: Date.parse('2026-03-03T14:00:00Z'),
    renderedAtMs: Date.parse('2026-03-03T14:10:00Z'),
  },
  'host-down': {
    ...firing,
    status: 'resolved',
    isHostDown: true,
    value: undefined,
    endsAtMs: Date.parse('2026-03-01T12:34:15Z'),
    renderedAtMs: Date.parse('2026-03-01T12:35:00Z'),
  },
  'critical-with-labels': disk,
  bare: {
    ...firing,
    severity: undefined,
    host: undefined,
    metric: undefined,
    unit: undefined,
    value: undefined,
    threshold: undefined,
    summary: undefined,
    description: undefined,
    labels: {},
    annotations: {},
    links: { graph: undefined, alert: undefined, silence: undefined, ack: undefined, runbook: undefined },
  },
  acknowledged: {
    ...firing,
    isReminder: true,
    acknowledgement: ana,
    ackNews: { kind: 'acknowledged', ...ana },
    renderedAtMs: ana.atMs,
  },
  withdrawn: {
    ...firing,
    isReminder: true,
    ackNews: { kind: 'withdrawn', by: 'Ana', note: undefined, atMs: Date.parse('2026-03-01T12:30:00Z') },
    renderedAtMs: Date.parse('2026-03-01T12:30:00Z'),
  },
  'resolved-acknowledged': {
    ...firing,
    status: 'resolved',
    acknowledgement: ana,
    value: 12.25,
    endsAtMs: Date.parse('2026-03-01T12:34:15Z'),
    renderedAtMs: Date.parse('2026-03-01T12:35:00Z'),
  },
  hostile,
};

const host = (at: number): Message => ({
  ...firing,
  alertname: 'HostDown',
  severity: 'critical',
  host: `rack-3-node-${String(at).padStart(2, '0')}`,
  metric: undefined,
  unit: 'state',
  value: 0,
  labels: { alertname: 'HostDown', instance: `rack-3-node-${String(at).padStart(2, '0')}` },
  annotations: { expr: 'up{job="node"}' },
  links: { ...links, alert: `${page}/alerts/${100 + at}` },
});

const rack: GroupMessage = {
  id: 50,
  alertname: 'HostDown',
  severity: 'critical',
  firing: 40,
  resolved: 0,
  acknowledged: 0,
  hosts: 40,
  startsAtMs: firing.startsAtMs,
  endsAtMs: undefined,
  renderedAtMs: firing.renderedAtMs,
  timeZone: 'UTC',
  links: {
    ...links,
    silence: `${page}/silences/new?filter=${encodeURIComponent('{alertname="HostDown",severity="critical"}')}`,
    alert: undefined,
    ack: `${page}/ack?group=101&until=1772971240&key=KqY0cTn1`,
  },
  shown: Array.from({ length: 20 }, (_, at) => host(at + 1)),
  news: { status: 'firing', ackNews: undefined, isReminder: false, count: 40, hosts: [] },
};

export const groupCases: Readonly<Record<string, GroupMessage>> = {
  'group-firing': rack,
  'group-partly': {
    ...rack,
    firing: 2,
    resolved: 38,
    renderedAtMs: firing.startsAtMs + 600_000,
    shown: rack.shown.map((each, at) =>
      at < 2 ? each : { ...each, status: 'resolved' as const, endsAtMs: each.startsAtMs + 60_000 },
    ),
  },
  'group-resolved': {
    ...rack,
    firing: 0,
    resolved: 40,
    endsAtMs: firing.startsAtMs + 1_800_000,
    renderedAtMs: firing.startsAtMs + 1_830_000,
    shown: rack.shown.map((each) => ({ ...each, status: 'resolved' as const, endsAtMs: each.startsAtMs + 1_800_000 })),
    news: { status: 'resolved', ackNews: undefined, isReminder: false, count: 40, hosts: [] },
  },
  'group-acknowledged': {
    ...rack,
    acknowledged: 40,
    shown: rack.shown.map((each) => ({ ...each, acknowledgement: ana })),
    news: {
      status: 'firing',
      ackNews: { kind: 'acknowledged', ...ana },
      isReminder: false,
      count: 40,
      hosts: rack.shown.map((each) => each.host ?? ''),
    },
  },
  'group-hostile': { ...rack, alertname: 'A<!channel>&', shown: Array.from({ length: 20 }, () => hostile) },
};
