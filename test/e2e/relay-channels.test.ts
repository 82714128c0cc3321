/** The relay as a process with Slack's bot and a real SMTP server: a host and a rack, killed in between, told to the end. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { type MailSink, startMailSink } from '../support/mail-sink.ts';
import { freePort } from '../support/process.ts';
import { createTestRelay, type TestRelay } from '../support/relay.ts';
import { type SlackSink, startSlackSink } from '../support/slack-sink.ts';
import { type TestAlert, webhookPayloadOf } from '../support/webhook-payload.ts';

const folder = mkdtempSync(join(tmpdir(), 'hostpulse-relay-channels-'));
let slack: SlackSink;
let mail: MailSink;
let relay: TestRelay;

beforeAll(async () => {
  slack = await startSlackSink();
  mail = await startMailSink();
  const paced = { messages_per_minute: 1_200 };
  const config = {
    public_url: 'https://monitor.example.com',
    channels: {
      chat: { type: 'slack', token: slack.token, channel: '#alerts', api_url: slack.apiUrl, ...paced },
      team: {
        type: 'email',
        from: 'pulse@example.com',
        to: ['ops@example.com'],
        host: '127.0.0.1',
        port: mail.port,
        tls: 'none',
        ...paced,
      },
    },
  };
  relay = createTestRelay({ port: await freePort(), folder, config });
  await relay.start();
});
afterAll(async () => {
  await relay.stop('SIGKILL');
  await Promise.all([slack.stop(), mail.stop()]);
  rmSync(folder, { recursive: true, force: true });
});

const startsAtMs = Date.now() - 60_000;
const cpu: TestAlert = {
  name: 'cpu',
  startsAtMs,
  labels: { alertname: 'CpuUsageHigh', metric: 'cpu.usage.total' },
  annotations: { value: '91.5', threshold: '80', unit: 'percent', summary: 'web-1: CPU usage is 91.5 %' },
};
const rack: readonly TestAlert[] = Array.from({ length: 30 }, (_, at) => ({
  name: `node-${at}`,
  startsAtMs,
  labels: { alertname: 'HostDown', instance: `node-${at}`, severity: 'critical' },
}));
const ended = (alerts: readonly TestAlert[]): TestAlert[] =>
  alerts.map((alert) => ({ ...alert, status: 'resolved', endsAtMs: startsAtMs + 90_000 }));

/** As Alertmanager does: until it is taken. Killed right after, before the channels can have heard of it all. */
async function postAndKill(alerts: readonly TestAlert[]): Promise<void> {
  await eventually({ what: 'the webhook is taken', limitMs: 30_000 }, async () => {
    const body = JSON.stringify(webhookPayloadOf(alerts));
    const headers = { 'Content-Type': 'application/json' };
    return (await fetch(`${relay.url}/webhook`, { method: 'POST', headers, body })).ok ? true : undefined;
  });
  await relay.stop('SIGKILL');
  await relay.start();
}

async function settled(): Promise<void> {
  await eventually({ what: 'nothing waits', limitMs: 60_000 }, () => {
    const database = new DatabaseSync(relay.databasePath, { readOnly: true, timeout: 5_000 });
    const row = database.prepare("select count(*) as n from notifications where state <> 'delivered'").get();
    database.close();
    return row?.['n'] === 0 ? true : undefined;
  });
}

test('fires and resolves, over two kills', async () => {
  await postAndKill([cpu, ...rack]);
  await settled();
  await postAndKill([...ended([cpu]), ...ended(rack)]);
  await settled();

  // A kill can repeat what was under way, one message a channel: what stands in the end must be right all the same.
  const roots = slack.messages().filter(({ threadTs }) => threadTs === undefined);
  expect(roots.length).toBeGreaterThanOrEqual(2);
  expect(roots.length).toBeLessThanOrEqual(3);
  const texts = roots.map(({ text }) => text);
  expect(texts).toContain('✅ Resolved: HostDown on 30 hosts. All 30 alerts are resolved after 1 min 30 s.');
  expect(texts).toContain('✅ Resolved: CpuUsageHigh on web-1. Resolved after 1 min 30 s.');
  const replies = slack.messages().filter(({ threadTs }) => threadTs !== undefined);
  expect(new Set(replies.map(({ text }) => text))).toEqual(
    new Set(['Resolved after 1 min 30 s.', 'All 30 alerts are resolved after 1 min 30 s.']),
  );

  const subjects = mail.received.map(({ headers }) => String(headers.get('subject')));
  expect([...new Set(subjects)].sort()).toEqual([
    'Re: [critical] HostDown on 30 hosts',
    'Re: [warning] CpuUsageHigh on web-1',
    '[critical] HostDown on 30 hosts',
    '[warning] CpuUsageHigh on web-1',
  ]);
  expect(subjects.length).toBeLessThanOrEqual(6);
  const ids = new Set(mail.received.map(({ headers }) => headers.get('message-id')));
  for (const { headers } of mail.received.filter((each) => each.headers.get('subject')?.startsWith('Re: ')))
    expect(ids).toContain(headers.get('references'));
  expect(mail.received.find(({ source }) => source.includes('CpuUsageHigh'))?.source).toMatch(/91\.5 %/);
}, 180_000);
