/** Runs the replica topology of docs/scaling.md as real processes on loopback. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Secret } from '../../common/program/settings/secret.ts';
import { createAlertmanager } from '../support/alertmanager.ts';
import { createKeyIn } from '../support/api-keys.ts';
import { builtProgram } from '../support/binaries.ts';
import { createPostgres, type TestPostgres } from '../support/postgres.ts';
import { createProgram, freePort, type TestProgram } from '../support/process.ts';
import { createTestRelay } from '../support/relay.ts';
import { createVictoriaMetrics, createVmalert, type TestVictoriaMetrics } from '../support/victoria-metrics.ts';
import { createNginx, ensureNginx } from './nginx.ts';

export interface Part {
  readonly name: string;
  readonly program: TestProgram;
  /** The signal of the kill. SIGQUIT makes PostgreSQL crash; after a SIGKILL, the child processes of PostgreSQL would continue to run. */
  readonly signal: 'SIGKILL' | 'SIGQUIT';
}

export interface Topology {
  /** The programs in the order of their start. */
  readonly parts: readonly Part[];
  readonly backend: TestVictoriaMetrics;
  readonly gatewayUrls: readonly string[];
  readonly alertmanagerUrl: string;
  /** URL of nginx. */
  readonly url: string;
  /** A push key that is not bound to a host. */
  readonly key: string;
  /** Starts all programs except PostgreSQL, which runs already. */
  start(): Promise<void>;
  /** Stops all programs and removes the data of PostgreSQL. */
  stop(): Promise<void>;
}

export interface TopologyOptions {
  readonly folder: string;
  /** URL of the webhook receiver to which the relays send. */
  readonly sinkUrl: string;
}

/** Long, because a program starts while 200 hosts push. */
const readyLimitMs = 180_000;

const scaleOutRules = {
  groups: [
    {
      name: 'scale-out',
      interval: '2s',
      rules: [
        {
          alert: 'ScaleOut',
          expr: 'max_over_time(scale_condition[5m]) == 1',
          labels: { severity: 'warning' },
          annotations: {
            summary: '{{ $labels.instance }}',
            expr: 'scale_condition',
            value: '{{ $value }}',
            channels: 'default',
          },
        },
      ],
    },
  ],
};

/** Starts PostgreSQL, creates a key in its database, and prepares the other programs. */
export async function createTopology({ folder, sinkUrl }: TopologyOptions): Promise<Topology> {
  mkdirSync(folder, { recursive: true });
  const backend = createVictoriaMetrics({ port: await freePort(), folder: join(folder, 'backend') });
  const [nginxPort, ...ports] = await Promise.all(Array.from({ length: 5 }, freePort));
  const [gatewayPorts, relayPorts] = [ports.slice(0, 2), ports.slice(2)] as [number[], number[]];
  const url = `http://127.0.0.1:${nginxPort}`;
  const nginx = createNginx({
    program: ensureNginx(),
    folder: join(folder, 'nginx'),
    port: nginxPort as number,
    gatewayPorts,
    relayPorts,
  });
  const alertmanager = createAlertmanager({
    port: await freePort(),
    folder: join(folder, 'alertmanager'),
    config: {
      route: { receiver: 'relay', group_by: ['...'], group_wait: '1s', group_interval: '5s', repeat_interval: '4h' },
      receivers: [{ name: 'relay', webhook_configs: [{ url: `${url}/webhook`, send_resolved: true }] }],
    },
  });
  const rulesFile = join(folder, 'scale-out.rules.yml');
  writeFileSync(rulesFile, JSON.stringify(scaleOutRules));
  const vmalert = await createVmalert({
    url: backend.url,
    file: rulesFile,
    flags: [`-remoteRead.url=${backend.url}`, `-notifier.url=${alertmanager.url}`],
  });
  const postgres = await createPostgres({ isDurable: true });
  const { databaseUrl, key } = await startDatabase(postgres);
  const gateways = gatewayPorts.map((port, index) => {
    const config = join(folder, `gateway-${index + 1}`);
    mkdirSync(config, { recursive: true });
    writeFileSync(
      join(config, 'gateway.yml'),
      JSON.stringify({
        web: { listen_address: [`127.0.0.1:${port}`], drain_delay: '0s' },
        otlp: { grpc_listen_address: [] },
        database: { url: databaseUrl },
        queue: { path: join(config, 'queue.db') },
        prometheus: { url: backend.url },
        alertmanager: { url: alertmanager.url },
        retention: { enabled: false },
        limit: { collect_requests: 100_000 },
      }),
      { mode: 0o600 },
    );
    return createProgram({
      command: process.execPath,
      args: [builtProgram, 'gateway', `--config.file=${join(config, 'gateway.yml')}`],
      readyUrl: `http://127.0.0.1:${port}/-/ready`,
      readyLimitMs,
    });
  });
  const relays = relayPorts.map((port, index) =>
    createTestRelay({
      port,
      folder: join(folder, `relay-${index + 1}`),
      readyLimitMs,
      config: {
        database: { url: databaseUrl },
        web: { drain_delay: '0s' },
        alertmanager: { url: alertmanager.url },
        prometheus: { url: backend.url },
        channels: { hook: { type: 'webhook', url: sinkUrl } },
      },
    }),
  );
  const part = (name: string, program: TestProgram): Part => ({ name, program, signal: 'SIGKILL' });
  const others: readonly Part[] = [
    part('VictoriaMetrics', backend),
    part('Alertmanager', alertmanager),
    part('vmalert', vmalert),
    ...gateways.map((program, index) => part(`gateway ${index + 1}`, program)),
    ...relays.map((program, index) => part(`relay ${index + 1}`, program)),
    part('nginx', nginx),
  ];
  return {
    parts: [{ name: 'PostgreSQL', program: postgres, signal: 'SIGQUIT' }, ...others],
    backend,
    url,
    key,
    alertmanagerUrl: alertmanager.url,
    gatewayUrls: gatewayPorts.map((port) => `http://127.0.0.1:${port}`),
    async start() {
      for (const { program } of others) await program.start();
    },
    async stop() {
      for (const { program } of others.toReversed()) await program.stop('SIGTERM');
      await postgres.remove();
    },
  };
}

/** Starts PostgreSQL, and creates the database and a push key. Removes PostgreSQL when a step fails. */
async function startDatabase(postgres: TestPostgres): Promise<{ readonly databaseUrl: string; readonly key: string }> {
  try {
    await postgres.start();
    const databaseUrl = await postgres.createDatabase('hostpulse');
    const key = await createKeyIn({ path: '', url: new Secret(databaseUrl) }, 'fleet', 'push');
    return { databaseUrl, key };
  } catch (error) {
    await postgres.remove();
    throw error;
  }
}
