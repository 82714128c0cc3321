/** Prometheus, Alertmanager and the relay of the alert benchmark, with one rule per alert. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram, freePort, type RunningProgram, startProgram } from '../measure/program.ts';
import { startPrometheus } from '../measure/servers.ts';
import type { Sinks } from './alert-sinks.ts';

export interface AlertTimes {
  readonly scrape: string;
  readonly evaluation: string;
  readonly for: string;
  readonly groupWait: string;
}

export interface AlertProgramsOptions extends AlertTimes {
  readonly folder: string;
  readonly alerts: readonly string[];
  /** `host:port` of the target that exposes `bench_value{alert}`. */
  readonly target: string;
  readonly sinks: Sinks;
  /** Path of the built command line. */
  readonly program: string;
  readonly onRelayLine: (line: string) => void;
}

/** Programs in the order of their start; stopped in reverse order. */
export async function startAlertPrograms(options: AlertProgramsOptions): Promise<readonly RunningProgram[]> {
  const { folder } = options;
  const [prometheusPort, alertmanagerPort, relayPort] = [await freePort(), await freePort(), await freePort()];
  const urlOf = (port: number): string => `http://127.0.0.1:${port}`;
  writeHistory(options);
  writeJson(join(folder, 'rules.yml'), {
    groups: [{ name: 'bench', rules: options.alerts.map((name) => ruleOf(name, options)) }],
  });
  writeJson(join(folder, 'alertmanager.yml'), alertmanagerConfig(options, urlOf(relayPort)));
  writeJson(join(folder, 'relay.yml'), relayConfig(options.sinks, urlOf(prometheusPort), urlOf(alertmanagerPort)));
  const relay = await startProgram({
    name: 'relay',
    command: process.execPath,
    args: [
      options.program,
      'relay',
      `--config.file=${join(folder, 'relay.yml')}`,
      `--database.path=${join(folder, 'hostpulse.db')}`,
      '--web.drain-delay=0s',
      '--log.level=debug',
      '--log.format=json',
    ],
    port: relayPort,
    onLine: options.onRelayLine,
  });
  const alertmanager = await startProgram({
    name: 'Alertmanager',
    command: findProgram('alertmanager', 'prometheus-alertmanager'),
    args: [
      `--config.file=${join(folder, 'alertmanager.yml')}`,
      `--storage.path=${join(folder, 'alertmanager')}`,
      '--cluster.listen-address=',
    ],
    port: alertmanagerPort,
  });
  const prometheus = await startPrometheus({
    folder,
    config: {
      global: { scrape_interval: options.scrape, evaluation_interval: options.evaluation },
      rule_files: ['rules.yml'],
      alerting: { alertmanagers: [{ static_configs: [{ targets: [`127.0.0.1:${alertmanagerPort}`] }] }] },
      scrape_configs: [
        { job_name: 'node', static_configs: [{ targets: [options.target], labels: { instance: 'web-1' } }] },
      ],
    },
    flags: ['--rules.alert.for-grace-period=0s'],
    port: prometheusPort,
  });
  return [relay, alertmanager, prometheus];
}

function ruleOf(name: string, { for: holds }: AlertTimes) {
  const bare = `bench_value{alert="${name}"}`;
  return {
    alert: name,
    expr: `${bare} > 80`,
    ...(holds === '0s' ? {} : { for: holds }),
    labels: { severity: 'warning' },
    annotations: {
      summary: `{{ $labels.instance }}: ${name} is {{ $value }} %`,
      value: '{{ $value }}',
      threshold: '80',
      unit: 'percent',
      expr: bare,
    },
  };
}

/** Alertmanager notifies the relay and the peers in the same flush. */
function alertmanagerConfig({ groupWait, sinks }: AlertProgramsOptions, relayUrl: string) {
  return {
    route: {
      receiver: 'all',
      group_by: ['alertname'],
      group_wait: groupWait,
      group_interval: '1h',
      repeat_interval: '4h',
    },
    receivers: [
      {
        name: 'all',
        webhook_configs: [{ url: `${relayUrl}/webhook` }, { url: `${sinks.url}/peer webhook`.replace(' ', '%20') }],
        slack_configs: [{ api_url: `${sinks.url}/peer%20slack`, channel: '#alerts' }],
      },
    ],
  };
}

function relayConfig({ url, smtpPort }: Sinks, prometheusUrl: string, alertmanagerUrl: string) {
  const pace = { messages_per_minute: 6_000 };
  const mail = { type: 'email', from: 'relay@example.com', host: '127.0.0.1', port: smtpPort, tls: 'none', ...pace };
  return {
    public_url: 'https://monitor.example.com',
    prometheus: { url: prometheusUrl },
    alertmanager: { url: alertmanagerUrl },
    channels: {
      webhook: { type: 'webhook', url: `${url}/webhook` },
      slack: { type: 'slack', webhook_url: `${url}/slack`, ...pace },
      bot: { type: 'slack', token: 'xoxb-bench', channel: '#alerts', api_url: `${url}/api`, ...pace },
      mail: { ...mail, to: ['plain@example.com'], picture: false },
      pictured: { ...mail, to: ['pictured@example.com'] },
    },
  };
}

/** Writes the hour before the alerts, so that charts are complete. */
function writeHistory({ folder, alerts }: AlertProgramsOptions): void {
  const endSeconds = Math.floor(Date.now() / 1_000) - 60;
  const lines: string[] = [];
  for (const name of alerts)
    for (let at = endSeconds - 3_600; at < endSeconds; at += 15)
      lines.push(`bench_value{alert="${name}",instance="web-1",job="node"} ${30 + 20 * Math.sin(at / 200)} ${at}`);
  const file = join(folder, 'history.txt');
  writeFileSync(file, `# TYPE bench_value gauge\n${lines.join('\n')}\n# EOF\n`);
  const args = ['tsdb', 'create-blocks-from', 'openmetrics', file, join(folder, 'data')];
  const { status, stderr } = spawnSync(findProgram('promtool'), args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`promtool could not write the history: ${stderr}`);
}

/** Renders YAML as JSON, which is a subset. */
function writeJson(file: string, value: unknown): void {
  writeFileSync(file, JSON.stringify(value), { mode: 0o600 });
}
