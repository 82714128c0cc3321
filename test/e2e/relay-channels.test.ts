/**
 * The relay process with a Slack bot, a real SMTP server and a signed webhook: single alerts and a group of alerts across
 * kills, and a rule over a metric of this host, from real Prometheus and Alertmanager to every channel.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { signWebhook } from '../../alert-relay/channels/webhook.ts';
import { eventually } from '../support/eventually.ts';
import { createHostChain, type HostChain } from '../support/host-chain.ts';
import { type MailSink, startMailSink } from '../support/mail-sink.ts';
import { decodePng } from '../support/png.ts';
import { freePort } from '../support/process.ts';
import { createTestRelay, type TestRelay } from '../support/relay.ts';
import { type SlackSink, startSlackSink } from '../support/slack-sink.ts';
import { type TestAlert, webhookPayloadOf } from '../support/webhook-payload.ts';
import { startWebhookSink, type WebhookSink } from '../support/webhook-sink.ts';

const folder = mkdtempSync(join(tmpdir(), 'hostpulse-relay-channels-'));
let slack: SlackSink;
let mail: MailSink;
let hook: WebhookSink;
let relay: TestRelay;
let chain: HostChain;

beforeAll(async () => {
  slack = await startSlackSink();
  mail = await startMailSink();
  hook = await startWebhookSink();
  chain = await createHostChain(join(folder, 'chain'), await freePort());
  const paced = { messages_per_minute: 1_200 };
  const config = {
    public_url: 'https://monitor.example.com',
    prometheus: { url: chain.prometheus.url },
    alertmanager: { url: chain.alertmanager.url },
    channels: {
      hook: { type: 'webhook', url: hook.url, secret: hookSecret },
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
  relay = createTestRelay({ port: chain.relayPort, folder, config });
  await relay.start();
});
afterAll(async () => {
  await relay.stop('SIGKILL');
  await Promise.all([chain.stop(), slack.stop(), mail.stop(), hook.stop()]);
  rmSync(folder, { recursive: true, force: true });
});

const hookSecret = 's3cret-key';
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

/** Sends a webhook until it is accepted, as Alertmanager does, and kills the relay before all channels got it. */
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

test('alerts fire and resolve across two kills', async () => {
  await postAndKill([cpu, ...rack]);
  await settled();
  await postAndKill([...ended([cpu]), ...ended(rack)]);
  await settled();

  // A kill can repeat one message on each channel. The final state must be correct.
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

/** The messages about an alert on each channel. */
const slackRoots = (title: string) =>
  slack.messages().filter(({ text, threadTs }) => text.includes(title) && threadTs === undefined);
const mailsOf = (title: string) => mail.received.filter(({ headers }) => headers.get('subject')?.includes(title));
const hooksOf = (alert: string) => hook.received.filter(({ body }) => body['alert'] === alert);

test('a rule over a metric of this host fires and resolves: value, threshold, links and picture, threaded', async () => {
  const title = 'ManyConnections on web-1';
  const threshold = await chain.startWithRule();
  await chain.connections.hold(chain.held);
  await eventually({ what: 'the firing on all channels, with pictures', limitMs: 90_000 }, () =>
    slack.files().length === 1 && mailsOf(title).length === 1 && hooksOf('ManyConnections').length === 1
      ? true
      : undefined,
  );
  await chain.connections.hold(0);
  await eventually({ what: 'the resolution on all channels, with pictures', limitMs: 90_000 }, () =>
    slack.files().length === 2 && mailsOf(title).length === 2 && hooksOf('ManyConnections').length === 2
      ? true
      : undefined,
  );

  const [first, last] = hooksOf('ManyConnections');
  if (first === undefined || last === undefined) throw new Error('no webhooks');
  for (const { text, headers } of [first, last]) {
    const timestampSeconds = Number(headers['x-hostpulse-timestamp']);
    expect(headers['x-hostpulse-signature']).toBe(signWebhook({ secret: hookSecret, timestampSeconds, body: text }));
  }
  const facts = { host: 'web-1', severity: 'warning', metric: 'network.connections.tcp', unit: 'count', threshold };
  expect(first.body).toMatchObject({ ...facts, status: 'firing', reminder: false, ended_at: null });
  expect(last.body).toMatchObject({ ...facts, status: 'resolved', announced: true, episode: first.body['episode'] });
  const [value, valueAtEnd] = [Number(first.body['value']), Number(last.body['value'])];
  expect(value).toBeGreaterThan(threshold);
  expect(valueAtEnd).toBeGreaterThan(0);
  expect(valueAtEnd).toBeLessThanOrEqual(threshold);
  const links = first.body['links'] as Readonly<Record<string, string>>;
  expect(links['graph']).toMatch(/^https:\/\/monitor\.example\.com\/.*graph\?expr=.*node_sockstat_TCP_inuse.*&start=/);
  expect(links['alert']).toMatch(/^https:\/\/monitor\.example\.com\/.*alerts\/\d+$/);
  const filter = decodeURIComponent(links['silence']?.replace(/^https:.*silences\/new\?filter=/, '') ?? '');
  expect(filter).toBe(
    '{alertname="ManyConnections",instance="web-1",job="node",metric="network.connections.tcp",severity="warning"}',
  );

  const [root, ...others] = slackRoots(title);
  expect([others, root?.edits]).toEqual([[], 1]);
  expect(root?.text).toMatch(/^✅ Resolved: ManyConnections on web-1\. Resolved after .+: [\d,.]+ at its end\.$/);
  expect(JSON.stringify(root?.blocks)).toContain(links['alert']);
  const replies = slack.messages().filter(({ threadTs }) => threadTs === root?.ts);
  expect(replies.map(({ text }) => text)).toEqual([expect.stringMatching(/^Resolved after .+ at its end\.$/)]);
  expect(slack.files().map(({ threadTs, title: above, name }) => [threadTs, above, name])).toEqual([
    [root?.ts, title, 'ManyConnections-on-web-1.png'],
    [root?.ts, title, 'ManyConnections-on-web-1.png'],
  ]);

  const mails = mailsOf(title);
  expect(mails.map(({ headers }) => headers.get('subject'))).toEqual([`[warning] ${title}`, `Re: [warning] ${title}`]);
  expect(mails[1]?.headers.get('references')).toBe(mails[0]?.headers.get('message-id'));
  const [begun = '', ended = ''] = mails.map(({ source }) => source.replaceAll('=\r\n', ''));
  expect(begun).toContain(`Value now:  ${new Intl.NumberFormat('en-US').format(value)}\r\n`);
  expect(ended).toContain(`Value at resolve: ${new Intl.NumberFormat('en-US').format(valueAtEnd)}\r\n`);
  for (const source of [begun, ended]) expect(source).toMatch(/Threshold: +[\d,]+\r\n[\s\S]*Graph: |graph: https:/);

  const pictures = [...slack.files().map(({ content }) => content), ...[begun, ended].map(pngOf)];
  expect(pictures).toHaveLength(4);
  for (const [index, png] of pictures.entries()) {
    const pixels = decodePng(png);
    expect([pixels.width, pixels.height]).toEqual([1_200, 600]);
    const drawn = new Set<string>();
    for (let y = 170; y < 520; y += 1)
      for (let x = 150; x < 1_160; x += 1) drawn.add(pixels.at(x, y).slice(0, 3).join());
    expect(drawn).toContain('180,83,9'); // the threshold, and the value while it fires
    expect(drawn.has('46,125,50')).toBe(index % 2 === 1); // the value at the end
  }
}, 240_000);

/** Returns the picture of a mail. */
function pngOf(source: string): Buffer {
  const [, encoded = ''] = /Content-ID: <picture@hostpulse>[\s\S]*?\r\n\r\n([A-Za-z0-9+/=\r\n]+)/.exec(source) ?? [];
  return Buffer.from(encoded, 'base64');
}
