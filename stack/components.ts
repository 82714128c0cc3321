/** The list of the stack's parts, in the order of their start; they stop in reverse. */
import { join } from 'node:path';
import { gatewayNodeFlags, leanNodeFlags } from '../common/program/node-flags.ts';
import { packageRoot } from '../common/program/package.ts';
import { createPromtool } from '../common/prometheus/promtool.ts';
import { setBrokenAside } from './broken-rules.ts';
import type { StackSecrets } from './configure.ts';
import type { DataDirectory } from './data/data-directory.ts';
import { prometheusUser } from './data/prometheus-user.ts';
import { localUrl, type PartName, type Ports } from './ports.ts';
import { findProgram, tryFindProgram } from './process/programs.ts';
import { createPart, type Part, type PartSpec, type Supervision } from './process/supervisor.ts';

export interface PartsOptions {
  readonly directory: DataDirectory;
  readonly ports: Ports;
  readonly secrets: StackSecrets;
}

/** Prometheus' own flags in every deployment; why each: docs/decisions/prometheus-flags.md. */
export const prometheusFlags: readonly string[] = [
  '--storage.tsdb.retention.time=30d',
  '--web.enable-remote-write-receiver',
  '--web.enable-lifecycle',
  '--web.enable-admin-api',
  '--rules.alert.for-grace-period=10s',
];

/** Receivers come before senders, so that the first alert and the first sample meet somebody. */
export function createParts(options: PartsOptions, supervision: Supervision): readonly Part[] {
  return [exporter, relay, alertmanager, prometheus, gateway].map((specOf) => createPart(specOf(options), supervision));
}

function exporter(options: PartsOptions): PartSpec {
  return own('exporter', options, [`--web.listen-address=${address(options.ports.exporter)}`], leanNodeFlags);
}

function relay(options: PartsOptions): PartSpec {
  const { directory, ports } = options;
  return own('relay', options, [
    `--config.file=${directory.relayConfig}`,
    `--web.listen-address=${address(ports.relay)}`,
    `--database.path=${directory.database}`,
    `--webhook.token-file=${directory.alertmanager.relayToken}`,
    `--alertmanager.url=${localUrl(ports.alertmanager)}`,
    ...prometheusAccess(directory, ports),
    `--public-url=${localUrl(ports.gateway)}`,
  ]);
}

function gateway(options: PartsOptions): PartSpec {
  const { directory, ports } = options;
  const promtool = tryFindProgram(['promtool'], directory.tools);
  const args = [
    `--web.listen-address=${address(ports.gateway)}`,
    `--otlp.grpc-listen-address=${address(ports.otlp)}`,
    `--database.path=${directory.database}`,
    `--alertmanager.url=${localUrl(ports.alertmanager)}`,
    ...prometheusAccess(directory, ports),
    `--rules.custom-directory=${directory.prometheus.customRules}`,
    `--retention.prometheus-data-dir=${directory.prometheus.data}`,
    ...(promtool === undefined ? [] : [`--rules.promtool-path=${promtool}`]),
    `--public-url=${localUrl(ports.gateway)}`,
  ];
  return own('gateway', options, args, gatewayNodeFlags);
}

function prometheusAccess(directory: DataDirectory, ports: Ports): readonly string[] {
  return [
    `--prometheus.url=${localUrl(ports.prometheus)}`,
    `--prometheus.basic-auth.username=${prometheusUser}`,
    `--prometheus.basic-auth.password-file=${directory.prometheus.password}`,
  ];
}

function prometheus({ directory, ports, secrets }: PartsOptions): PartSpec {
  const { folder, config, webConfig, data, customRules } = directory.prometheus;
  const promtool = tryFindProgram(['promtool'], directory.tools);
  const credentials = Buffer.from(`${prometheusUser}:${secrets.prometheusPassword}`).toString('base64');
  return {
    name: 'prometheus',
    command: findProgram(['prometheus'], directory.tools),
    args: [
      `--config.file=${config}`,
      `--storage.tsdb.path=${data}`,
      `--web.config.file=${webConfig}`,
      `--web.listen-address=${address(ports.prometheus)}`,
      `--web.external-url=${localUrl(ports.prometheus)}`,
      ...prometheusFlags,
    ],
    env: {},
    cwd: folder,
    logFile: join(directory.logs, 'prometheus.log'),
    readyUrl: `${localUrl(ports.prometheus)}/-/ready`,
    readyHeaders: { authorization: `Basic ${credentials}` },
    prepare: async (log) =>
      promtool === undefined ? undefined : setBrokenAside(customRules, createPromtool(promtool), log),
  };
}

function alertmanager({ directory, ports }: PartsOptions): PartSpec {
  const { folder, config, data } = directory.alertmanager;
  return {
    name: 'alertmanager',
    command: findProgram(['alertmanager', 'prometheus-alertmanager'], directory.tools),
    args: [
      `--config.file=${config}`,
      `--storage.path=${data}`,
      `--web.listen-address=${address(ports.alertmanager)}`,
      `--web.external-url=${localUrl(ports.alertmanager)}`,
      '--cluster.listen-address=',
    ],
    env: {},
    cwd: folder,
    logFile: join(directory.logs, 'alertmanager.log'),
    readyUrl: `${localUrl(ports.alertmanager)}/-/ready`,
    readyHeaders: {},
  };
}

/** One of our own programs, run by the Node that runs `up`. */
function own(
  name: PartName,
  { directory, ports }: PartsOptions,
  args: readonly string[],
  runtime: readonly string[] = [],
): PartSpec {
  return {
    name,
    command: process.execPath,
    args: [...runtime, process.argv[1] as string, name, ...args],
    env: {},
    cwd: packageRoot(),
    logFile: join(directory.logs, `${name}.log`),
    readyUrl: `${localUrl(ports[name])}/-/ready`,
    readyHeaders: {},
  };
}

function address(port: number): string {
  return `127.0.0.1:${port}`;
}
