/** Runs a condition, Prometheus, Alertmanager, relay and sink as real processes, with all intervals shortened by the same factor. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { renderDuration } from '../../common/program/settings/units.ts';
import { createAlertmanager, type TestAlertmanager } from './alertmanager.ts';
import { type ConditionTarget, startConditionTarget } from './condition.ts';
import { freePort } from './process.ts';
import { createPrometheus, type TestPrometheus } from './prometheus.ts';
import { createTestRelay, type TestRelay } from './relay.ts';
import { startWebhookSink, type WebhookSink } from './webhook-sink.ts';

/** Intervals in milliseconds. `realTimes` has the intervals of prometheus.yml, alertmanager.yml and the relay's defaults, with a 5-minute alert. */
export interface ChainTimes {
  readonly scrape: number;
  readonly evaluation: number;
  readonly for: number;
  /** Below `for`, or Prometheus does not restore the alert's state. */
  readonly forGracePeriod: number;
  /** Prometheus tells Alertmanager again this often; Alertmanager takes an alert for ended after 4 times that. */
  readonly resendDelay: number;
  readonly groupWait: number;
  readonly groupInterval: number;
  readonly reconcileInterval: number;
  readonly absentFor: number;
}

export const realTimes: ChainTimes = {
  scrape: 5_000,
  evaluation: 15_000,
  for: 300_000,
  forGracePeriod: 10_000,
  resendDelay: 60_000,
  groupWait: 10_000,
  groupInterval: 30_000,
  reconcileInterval: 60_000,
  absentFor: 600_000,
};

export interface EpisodeRow {
  readonly id: number;
  readonly condition: string;
  readonly closed_at: number | null;
  readonly resolution: string | null;
  readonly value_at_resolve: number | null;
}

export interface AlertChain {
  readonly condition: ConditionTarget;
  readonly prometheus: TestPrometheus;
  readonly alertmanager: TestAlertmanager;
  readonly relay: TestRelay;
  readonly sink: WebhookSink;
  /** `firing` and `resolved` as the sink got them for one condition, in order. */
  told(condition: string): readonly string[];
  /** The history, oldest first. */
  episodes(): readonly EpisodeRow[];
  /** Ends every process and removes the folder. */
  stop(): Promise<void>;
}

/** Starts everything; the alert `ConditionTrue{condition}` fires for each condition that is above 0.5 for long enough. */
export async function startAlertChain(times: ChainTimes): Promise<AlertChain> {
  const folder = mkdtempSync(join(tmpdir(), 'hostpulse-chain-'));
  const condition = await startConditionTarget();
  const sink = await startWebhookSink();
  const [prometheusPort, alertmanagerPort, relayPort] = [await freePort(), await freePort(), await freePort()];
  const alertmanager = createAlertmanager({
    port: alertmanagerPort,
    folder: join(folder, 'alertmanager'),
    config: alertmanagerConfig(times, relayPort),
  });
  const relay = createTestRelay({
    port: relayPort,
    folder: join(folder, 'relay'),
    config: {
      channels: { sink: { type: 'webhook', url: sink.url } },
      alertmanager: { url: alertmanager.url },
      prometheus: { url: `http://127.0.0.1:${prometheusPort}` },
      reconcile: {
        interval: renderDuration(times.reconcileInterval),
        absent_for: renderDuration(times.absentFor),
      },
    },
  });
  const prometheus = createPrometheus({
    port: prometheusPort,
    folder: join(folder, 'prometheus'),
    config: {
      global: {
        scrape_interval: renderDuration(times.scrape),
        evaluation_interval: renderDuration(times.evaluation),
      },
      scrape_configs: [{ job_name: 'condition', static_configs: [{ targets: [condition.address] }] }],
    },
    rules: { 'condition.yml': ruleFile(times) },
    alertmanagers: [alertmanager.address],
    flags: [
      `--rules.alert.for-grace-period=${renderDuration(times.forGracePeriod)}`,
      `--rules.alert.resend-delay=${renderDuration(times.resendDelay)}`,
    ],
  });

  async function stop(): Promise<void> {
    await Promise.all([prometheus, alertmanager, relay].map((program) => program.stop('SIGKILL')));
    await Promise.all([condition.stop(), sink.stop()]);
    rmSync(folder, { recursive: true, force: true });
  }

  try {
    for (const program of [relay, alertmanager, prometheus]) await program.start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    condition,
    prometheus,
    alertmanager,
    relay,
    sink,
    told: (name) =>
      sink.received
        .filter(({ body }) => (body['labels'] as Record<string, string>)['condition'] === name)
        .map(({ body }) => String(body['status'])),
    episodes: () => readEpisodes(relay.databasePath),
    stop,
  };
}

function alertmanagerConfig(times: ChainTimes, relayPort: number): Readonly<Record<string, unknown>> {
  return {
    route: {
      receiver: 'relay',
      // Separate groups: in a common group, a notification of the firing alert would contain the end of the other alert.
      group_by: ['alertname', 'condition'],
      group_wait: renderDuration(times.groupWait),
      group_interval: renderDuration(times.groupInterval),
      repeat_interval: '4h',
    },
    receivers: [{ name: 'relay', webhook_configs: [{ url: `http://127.0.0.1:${relayPort}/webhook` }] }],
  };
}

function ruleFile(times: ChainTimes): string {
  const rule = {
    alert: 'ConditionTrue',
    expr: 'test_condition > 0.5',
    for: renderDuration(times.for),
    labels: { severity: 'warning' },
    annotations: { value: '{{ $value }}', threshold: '0.5', expr: 'test_condition' },
  };
  return JSON.stringify({ groups: [{ name: 'condition', rules: [rule] }] });
}

function readEpisodes(databasePath: string): readonly EpisodeRow[] {
  const database = new DatabaseSync(databasePath, { readOnly: true });
  try {
    const rows = database
      .prepare(
        `select id, json_extract(labels, '$.condition') as condition, closed_at, resolution, value_at_resolve
           from alert_history order by id`,
      )
      .all();
    return rows.map((row) => ({ ...row })) as unknown as readonly EpisodeRow[];
  } finally {
    database.close();
  }
}
