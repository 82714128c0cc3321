/**
 * Runs the programs behind the page's alerts, with short intervals: hosts whose memory usage the test sets, Prometheus with a
 * rule, Alertmanager, the relay with a webhook channel, and a gateway on the relay's database.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAlertmanager, type TestAlertmanager } from './alertmanager.ts';
import { binaryPath } from './binaries.ts';
import { type RunningGateway, startGateway } from './gateway.ts';
import { freePort } from './process.ts';
import { createPrometheus, type TestPrometheus } from './prometheus.ts';
import { createTestRelay } from './relay.ts';
import { startWebhookSink, type WebhookSink } from './webhook-sink.ts';

export interface AlertPageStack {
  readonly gateway: RunningGateway;
  readonly prometheus: TestPrometheus;
  readonly alertmanager: TestAlertmanager;
  /** Receives the messages of the channel `sink`. */
  readonly sink: WebhookSink;
  /** Sets the memory usage of the host. */
  setMemory(host: 'web-1' | 'web-2', percent: number): void;
  stop(): Promise<void>;
}

const hosts = ['web-1', 'web-2'] as const;
const bare = '100 * (1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes)';

/** Like the default rules, but without a delay. */
const rule = {
  alert: 'MemoryUsageHigh',
  expr: `${bare} > 80`,
  labels: { severity: 'warning', metric: 'memory.usage.percent' },
  annotations: {
    summary: '{{ $labels.instance }}: memory usage is {{ $value | printf "%.1f" }} %',
    description: 'Above 80 %. Look for <b>the largest</b> processes on the host.',
    value: '{{ $value }}',
    threshold: '80',
    unit: 'percent',
    expr: bare,
    runbook_url: 'https://runbooks.example.com/memory',
    channels: 'default',
  },
};

const watchdog = { alert: 'Watchdog', expr: 'vector(1)', labels: { severity: 'none' } };

export async function startAlertPage(): Promise<AlertPageStack> {
  const folder = mkdtempSync(join(tmpdir(), 'hostpulse-alert-page-'));
  const customRules = join(folder, 'prometheus', 'custom-rules');
  mkdirSync(customRules, { recursive: true });
  const memory = await startMemoryTarget();
  const sink = await startWebhookSink();
  const ports = [await freePort(), await freePort(), await freePort()] as const;
  const alertmanager = createAlertmanager({
    port: ports[0],
    folder: join(folder, 'alertmanager'),
    config: {
      route: { receiver: 'relay', group_by: ['alertname', 'instance'], group_wait: '100ms', group_interval: '1s' },
      receivers: [{ name: 'relay', webhook_configs: [{ url: `http://127.0.0.1:${ports[1]}/webhook` }] }],
    },
  });
  const prometheus = createPrometheus({
    port: ports[2],
    folder: join(folder, 'prometheus'),
    config: {
      global: { scrape_interval: '500ms', evaluation_interval: '500ms' },
      scrape_configs: [
        {
          job_name: 'node',
          static_configs: hosts.map((host) => ({
            targets: [memory.address],
            labels: { instance: host, __metrics_path__: `/${host}` },
          })),
        },
      ],
    },
    rules: { 'memory.yml': JSON.stringify({ groups: [{ name: 'memory', rules: [rule, watchdog] }] }) },
    ruleFiles: ['custom-rules/*.rules.yml'],
    alertmanagers: [alertmanager.address],
    // Alertmanager takes an alert for ended after four times that: a busy machine may be late with one, and a reload drops one.
    flags: ['--web.enable-lifecycle', '--rules.alert.resend-delay=5s'],
  });
  await Promise.all([prometheus.start(), alertmanager.start()]);
  const gateway = await startGateway({
    databasePath: join(folder, 'hostpulse.db'),
    prometheusUrl: prometheus.url,
    alertmanagerUrl: alertmanager.url,
    customRulesDirectory: customRules,
    ruleInterval: 500,
    promtoolPath: binaryPath('promtool'),
  });
  const relay = createTestRelay({
    port: ports[1],
    folder,
    config: {
      public_url: gateway.url,
      channels: { sink: { type: 'webhook', url: sink.url } },
      alertmanager: { url: alertmanager.url },
      prometheus: { url: prometheus.url },
    },
  });
  await relay.start();

  return {
    gateway,
    prometheus,
    alertmanager,
    sink,
    setMemory: memory.set,
    async stop() {
      await gateway.stop();
      await Promise.all([prometheus, alertmanager, relay].map((program) => program.stop('SIGKILL')));
      await Promise.all([memory.stop(), sink.stop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A scrape target whose path is the host. */
async function startMemoryTarget() {
  const used = new Map<string, number>(hosts.map((host) => [host, 50]));
  const total = 8 * 2 ** 30;
  const server = createServer(({ url = '/' }, response) => {
    const available = total * (1 - (used.get(url.slice(1)) ?? 0) / 100);
    response.setHeader('Content-Type', 'text/plain; version=0.0.4');
    response.end(`node_memory_MemTotal_bytes ${total}\nnode_memory_MemAvailable_bytes ${available}\n`);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    set: (host: string, percent: number) => void used.set(host, percent),
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
