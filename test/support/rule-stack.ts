/** Runs a gateway with a real Prometheus, which scrapes test conditions and sends alerts to a real Alertmanager. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAlertmanager, type TestAlertmanager } from './alertmanager.ts';
import { binaryPath } from './binaries.ts';
import { type ConditionTarget, startConditionTarget } from './condition.ts';
import { type RunningGateway, startGateway } from './gateway.ts';
import { freePort } from './process.ts';
import { createPrometheus, type TestPrometheus } from './prometheus.ts';

export interface RuleAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Headers;
}

interface Asked {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface RuleStack {
  readonly gateway: RunningGateway;
  readonly prometheus: TestPrometheus;
  readonly alertmanager: TestAlertmanager;
  readonly condition: ConditionTarget;
  readonly customRules: string;
  readonly databasePath: string;
  /** Starts another gateway with the same database and folder. */
  startSecond(): Promise<RunningGateway>;
  /** Calls a path below /api/v1 with an admin key. Throws if the response is not as documented. */
  ask(path: string, asked?: Asked): Promise<RuleAnswer>;
  /** Returns names and texts of the files in the folder, by name. */
  files(): readonly (readonly [string, string])[];
  /** Returns the rules in Prometheus with their expressions, by name. */
  loaded(): Promise<readonly (readonly [string, string])[]>;
  stop(): Promise<void>;
}

/** A rule of another file, such as the default rules. */
const defaultRules = JSON.stringify({
  groups: [{ name: 'default', rules: [{ alert: 'ByDefault', expr: 'test_condition > 100' }] }],
});

export async function startRuleStack(overrides: Parameters<typeof startGateway>[0] = {}): Promise<RuleStack> {
  const folder = mkdtempSync(join(tmpdir(), 'hostpulse-rules-'));
  const customRules = join(folder, 'prometheus', 'custom-rules');
  mkdirSync(customRules, { recursive: true });
  const condition = await startConditionTarget();
  condition.set('a', 0);
  const alertmanager = createAlertmanager({
    port: await freePort(),
    folder: join(folder, 'alertmanager'),
    config: { route: { receiver: 'none', group_wait: '100ms' }, receivers: [{ name: 'none' }] },
  });
  const prometheus = createPrometheus({
    port: await freePort(),
    folder: join(folder, 'prometheus'),
    config: {
      global: { scrape_interval: '500ms', evaluation_interval: '500ms' },
      scrape_configs: [
        {
          job_name: 'node',
          static_configs: [{ targets: [condition.address], labels: { instance: 'web-1' } }],
        },
      ],
    },
    rules: { 'default.yml': defaultRules },
    ruleFiles: ['custom-rules/*.rules.yml'],
    alertmanagers: [alertmanager.address],
    // After a reload Prometheus 2.x has no Alertmanager for a moment. Alerts of that moment are sent again after this delay.
    flags: ['--web.enable-lifecycle', '--rules.alert.resend-delay=1s'],
  });
  await Promise.all([prometheus.start(), alertmanager.start()]);
  const databasePath = join(folder, 'hostpulse.db');
  const config = {
    prometheusUrl: prometheus.url,
    alertmanagerUrl: alertmanager.url,
    customRulesDirectory: customRules,
    ruleInterval: 500,
    promtoolPath: binaryPath('promtool'),
    databasePath,
    ...overrides,
  };
  const gateway = await startGateway(config);
  const key = await gateway.createKey({ scopes: ['admin'] });

  async function ask(path: string, { method = 'GET', body, headers = {} }: Asked = {}): Promise<RuleAnswer> {
    const response = await gateway.fetch(`/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const read = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
    return { status: response.status, body: read, headers: response.headers };
  }

  async function loaded(): Promise<readonly (readonly [string, string])[]> {
    const { groups } = (await prometheus.ask('rules')) as {
      groups: { rules: { name: string; query: string }[] }[];
    };
    return groups
      .flatMap(({ rules }) => rules.map(({ name, query }) => [name, query] as const))
      .sort(([a], [b]) => (a < b ? -1 : 1));
  }

  return {
    gateway,
    prometheus,
    alertmanager,
    condition,
    customRules,
    databasePath,
    startSecond: () => startGateway({ ...config, queuePath: `${databasePath}-second-queue` }),
    ask,
    loaded,
    files: () =>
      readdirSync(customRules)
        .sort()
        .map((name) => [name, readFileSync(join(customRules, name), 'utf8')] as const),
    async stop() {
      await gateway.stop();
      await Promise.all([prometheus.stop('SIGKILL'), alertmanager.stop('SIGKILL'), condition.stop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Writes a user's rule file into the folder. Returns a function that removes it. */
export function writeUsersFile({ customRules }: RuleStack, name: string, text: string): () => void {
  const path = join(customRules, name);
  writeFileSync(path, text);
  return () => rmSync(path);
}
