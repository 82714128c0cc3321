/** Runs an exporter of this host, Prometheus, Alertmanager and a gateway, with a rule on a metric that the test changes. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { metricByName } from '../../common/catalogue/metrics.ts';
import { currentExpression } from '../../common/catalogue/promql.ts';
import { createAlertmanager, type TestAlertmanager } from './alertmanager.ts';
import { binaryPath, builtProgram } from './binaries.ts';
import { eventually } from './eventually.ts';
import { type RunningGateway, startGateway } from './gateway.ts';
import { type HeldConnections, startHeldConnections } from './held-connections.ts';
import { createProgram, freePort } from './process.ts';
import { createPrometheus, type TestPrometheus } from './prometheus.ts';

export interface HostChain {
  readonly prometheus: TestPrometheus;
  readonly alertmanager: TestAlertmanager;
  readonly relayPort: number;
  readonly connections: HeldConnections;
  /** A number of connections far above the threshold of the rule. */
  readonly held: number;
  /** Starts all programs with the rule `ManyConnections`, a warning about `web-1`. Returns the threshold. */
  startWithRule(): Promise<number>;
  stop(): Promise<void>;
}

const held = 400;

/** Before `startWithRule`, addresses are known and no program runs. */
export async function createHostChain(folder: string, relayPort: number): Promise<HostChain> {
  const [exporterPort, prometheusPort, alertmanagerPort] = [await freePort(), await freePort(), await freePort()];
  const connections = await startHeldConnections();
  const alertmanager = createAlertmanager({
    port: alertmanagerPort,
    folder: join(folder, 'alertmanager'),
    config: {
      route: { receiver: 'relay', group_by: ['alertname', 'severity'], group_wait: '0s', group_interval: '1s' },
      receivers: [{ name: 'relay', webhook_configs: [{ url: `http://127.0.0.1:${relayPort}/webhook` }] }],
    },
  });
  const exporterAddress = `127.0.0.1:${exporterPort}`;
  const exporter = createProgram({
    command: process.execPath,
    args: [builtProgram, 'exporter', `--web.listen-address=${exporterAddress}`],
    readyUrl: `http://${exporterAddress}/metrics`,
  });
  const prometheus = createPrometheus({
    port: prometheusPort,
    folder: join(folder, 'prometheus'),
    config: {
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      scrape_configs: [
        { job_name: 'node', static_configs: [{ targets: [exporterAddress], labels: { instance: 'web-1' } }] },
      ],
    },
    ruleFiles: ['custom-rules/*.rules.yml'],
    alertmanagers: [alertmanager.address],
    // After a reload, Prometheus has no Alertmanager for up to 5 s and sends alerts of that time again only after the resend delay.
    flags: ['--web.enable-lifecycle', '--rules.alert.resend-delay=3s'],
  });

  const customRulesDirectory = join(folder, 'prometheus', 'custom-rules');
  mkdirSync(customRulesDirectory, { recursive: true });
  let gateway: RunningGateway | undefined;

  async function startWithRule(): Promise<number> {
    await Promise.all([exporter.start(), alertmanager.start(), prometheus.start()]);
    gateway = await startGateway({
      prometheusUrl: prometheus.url,
      alertmanagerUrl: alertmanager.url,
      customRulesDirectory,
      ruleInterval: 1_000,
      promtoolPath: binaryPath('promtool'),
    });
    const threshold = (await current()) + held;
    const response = await gateway.fetch('/api/v1/alerts/rules', {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await gateway.createKey({ scopes: ['admin'] })}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ ...rule, threshold }),
    });
    if (response.status !== 201) throw new Error(`the rule was refused: ${response.status} ${await response.text()}`);
    return threshold;
  }

  /** The value of the metric without the connections of the test. */
  function current(): Promise<number> {
    return eventually({ what: 'the metric is scraped', limitMs: 60_000 }, async () => {
      const data = await prometheus.ask(`query?query=${encodeURIComponent(expression())}`);
      const [sample] = (data as { result: readonly { value: readonly [number, string] }[] }).result;
      return sample === undefined ? undefined : Number(sample.value[1]);
    });
  }

  return {
    prometheus,
    alertmanager,
    relayPort,
    connections,
    held,
    startWithRule,
    async stop() {
      await connections.stop();
      await gateway?.stop();
      await Promise.all([exporter, prometheus, alertmanager].map((program) => program.stop('SIGKILL')));
    },
  };
}

function expression(): string {
  const metric = metricByName('network.connections.tcp');
  if (metric === undefined) throw new Error('the catalogue has no network.connections.tcp');
  return currentExpression(metric);
}

const rule = {
  name: 'ManyConnections',
  severity: 'warning',
  metric: 'network.connections.tcp',
  operator: '>',
  for: '2s',
  annotations: {
    summary: '{{ $labels.instance }} has {{ $value }} TCP connections',
    description: 'Look for who opens them.',
  },
};
