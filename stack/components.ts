/** The components of the stack in the order of their start. They stop in reverse order. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../common/program/log.ts';
import { gatewayNodeFlags, leanNodeFlags } from '../common/program/node-flags.ts';
import { packageRoot } from '../common/program/package.ts';
import { StartError } from '../common/program/program.ts';
import { renderDuration, renderListenAddress } from '../common/program/settings/units.ts';
import { createPromtool } from '../common/prometheus/promtool.ts';
import { setBrokenAside } from './broken-rules.ts';
import { restoreBlockHints } from './data/block-hints.ts';
import { type DataDirectory, stackAuthorization, stackUser } from './data/data-directory.ts';
import { relayPublicUrl } from './data/stack-file.ts';
import type { GatewayAddress } from './gateway-address.ts';
import type { PartFile } from './parts/part-settings.ts';
import { localUrl, type Ports } from './ports.ts';
import { componentEnvironment } from './process/component-environment.ts';
import { findProgram, tryFindProgram } from './process/programs.ts';
import { type Component, type ComponentSpec, createComponent, type Supervision } from './process/supervisor.ts';
import type { UpConfig } from './settings.ts';
import { tryCaFile } from './tls/prepare-tls.ts';

export interface ComponentsOptions {
  readonly directory: DataDirectory;
  /** `gateway` is the port of plain HTTP on loopback. */
  readonly ports: Ports;
  readonly address: GatewayAddress;
  readonly config: UpConfig;
}

const flagsBesideRetention: readonly string[] = [
  '--web.enable-remote-write-receiver',
  '--web.enable-lifecycle',
  '--web.enable-admin-api',
  '--rules.alert.for-grace-period=10s',
  '--query.max-samples=10000000',
];

/** Prometheus' own flags in every deployment, with the default retention. Reasons: docs/decisions/prometheus-flags.md. */
export const prometheusFlags: readonly string[] = ['--storage.tsdb.retention.time=30d', ...flagsBesideRetention];

/**
 * Creates the components; receivers come before senders, so that the first sample and the first alert are accepted. Throws
 * a `StartError` when Prometheus or Alertmanager is not installed.
 */
export function createComponents(options: ComponentsOptions, supervision: Supervision): readonly Component[] {
  const specs = { exporter, relay, alertmanager, prometheus, gateway };
  return (Object.keys(specs) as (keyof typeof specs)[]).map((name) => {
    const spec = specs[name](options);
    const prepare = async (log: Log): Promise<void> => {
      requireDirectory(options.directory.root);
      await spec.prepare?.(log);
    };
    return createComponent(
      { ...spec, name, environment: componentEnvironment(name, process.env), prepare },
      supervision,
    );
  });
}

/** How a component is launched. */
type Launch = Omit<ComponentSpec, 'name' | 'environment'>;

/** A component that starts without the data directory would create an empty one at its place. */
function requireDirectory(root: string): void {
  if (statSync(root, { throwIfNoEntry: false })?.isDirectory() === true) return;
  throw new StartError(`the data directory ${root} is missing; put it back`);
}

/** The flags of our own programs. A setting behind one of them is refused in the program's own file. */
function programFlags(options: ComponentsOptions): Readonly<Record<ProgramName, readonly string[]>> {
  return { exporter: exporterFlags(options), relay: relayFlags(options), gateway: gatewayFlags(options) };
}

type ProgramName = 'exporter' | 'relay' | 'gateway';

/** Returns the programs' own settings files. The relay's file may name another URL for the links in messages. */
export function partFiles(options: ComponentsOptions): readonly PartFile[] {
  const { exporter, relay, gateway } = options.directory.ownConfig;
  const flags = programFlags(options);
  return [
    { file: exporter, flags: flags.exporter, allowed: [] },
    { file: relay, flags: flags.relay, allowed: ['public_url'] },
    { file: gateway, flags: flags.gateway, allowed: [] },
  ];
}

function exporter(options: ComponentsOptions): Launch {
  return own('exporter', options, leanNodeFlags);
}

function relay(options: ComponentsOptions): Launch {
  return own('relay', options);
}

function gateway(options: ComponentsOptions): Launch {
  return own('gateway', options, gatewayNodeFlags);
}

function exporterFlags({ ports }: ComponentsOptions): readonly string[] {
  return [`--web.listen-address=${loopback(ports.exporter)}`];
}

function relayFlags({ directory, ports, address }: ComponentsOptions): readonly string[] {
  return [
    `--web.listen-address=${loopback(ports.relay)}`,
    `--database.path=${directory.database}`,
    `--webhook.token-file=${directory.alertmanager.relayToken}`,
    ...serverAccess(directory, ports),
    ...Object.entries(relayPublicUrl(directory, address.publicUrl)).map(([name, url]) => `--${name}=${url}`),
  ];
}

function gatewayFlags({ directory, ports, address, config }: ComponentsOptions): readonly string[] {
  const promtool = tryPromtool(directory);
  const { listen, internal, publicUrl } = address;
  const caFile = tryCaFile(config.tls, directory);
  return [
    `--web.listen-address=${renderListenAddress(listen)}`,
    ...(internal === undefined ? [] : [`--web.internal-listen-address=${renderListenAddress(internal)}`]),
    ...(config.tls.kind === 'off' ? [] : [`--web.config.file=${directory.tls.webConfig}`]),
    `--otlp.grpc-listen-address=${loopback(ports.otlp)}`,
    `--database.path=${directory.database}`,
    ...serverAccess(directory, ports),
    `--rules.custom-directory=${directory.prometheus.customRules}`,
    ...(promtool === undefined ? [] : [`--rules.promtool-path=${promtool}`]),
    `--public-url=${publicUrl}`,
    `--hosts.targets-directory=${join(directory.prometheus.targets, 'node')}`,
    ...(caFile === undefined ? [] : [`--hosts.ca-file=${caFile}`]),
    ...retentionFlags(config),
  ];
}

/** A retention that hostpulse.yml does not set may be set in the gateway's own file. */
function retentionFlags({ retentionRawMs, retentionMinuteMs }: UpConfig): readonly string[] {
  const given = { 'retention.raw': retentionRawMs, 'retention.1m': retentionMinuteMs };
  return Object.entries(given).flatMap(([name, ms]) => (ms === undefined ? [] : [`--${name}=${renderDuration(ms)}`]));
}

/** Flags with the addresses and passwords of Prometheus and Alertmanager. */
function serverAccess(
  { prometheus: { password, alertmanagerPassword } }: DataDirectory,
  ports: Ports,
): readonly string[] {
  return [
    `--prometheus.url=${localUrl(ports.prometheus)}`,
    `--prometheus.basic-auth.username=${stackUser}`,
    `--prometheus.basic-auth.password-file=${password}`,
    `--alertmanager.url=${localUrl(ports.alertmanager)}`,
    `--alertmanager.basic-auth.username=${stackUser}`,
    `--alertmanager.basic-auth.password-file=${alertmanagerPassword}`,
  ];
}

function prometheus({
  directory,
  ports,
  config: { retentionFiveMinutesMs, retentionBytes },
}: ComponentsOptions): Launch {
  const { folder, config, webConfig, data, customRules, password } = directory.prometheus;
  const promtool = tryPromtool(directory);
  return {
    command: findProgram({ names: ['prometheus'], folder: directory.tools }),
    args: [
      `--config.file=${config}`,
      `--storage.tsdb.path=${data}`,
      `--web.config.file=${webConfig}`,
      `--web.listen-address=${loopback(ports.prometheus)}`,
      `--web.external-url=${localUrl(ports.prometheus)}`,
      `--storage.tsdb.retention.time=${renderDuration(retentionFiveMinutesMs)}`,
      ...(retentionBytes === undefined ? [] : [`--storage.tsdb.retention.size=${retentionBytes}B`]),
      ...flagsBesideRetention,
    ],
    cwd: folder,
    logFile: join(directory.logs, 'prometheus.log'),
    readyUrl: `${localUrl(ports.prometheus)}/-/ready`,
    readyHeaders: () => authorizationOf(password),
    prepare: async (log) => {
      restoreBlockHints(data, log);
      if (promtool !== undefined) await setBrokenAside(customRules, createPromtool(promtool), log);
    },
  };
}

function tryPromtool({ tools }: DataDirectory): string | undefined {
  return tryFindProgram({ names: ['promtool'], folder: tools });
}

function alertmanager({ directory, ports }: ComponentsOptions): Launch {
  const { folder, config, webConfig, data } = directory.alertmanager;
  return {
    command: findProgram({ names: ['alertmanager', 'prometheus-alertmanager'], folder: directory.tools }),
    args: [
      `--config.file=${config}`,
      `--storage.path=${data}`,
      `--web.config.file=${webConfig}`,
      `--web.listen-address=${loopback(ports.alertmanager)}`,
      `--web.external-url=${localUrl(ports.alertmanager)}`,
      '--cluster.listen-address=',
    ],
    cwd: folder,
    logFile: join(directory.logs, 'alertmanager.log'),
    explain: (output) => explainAlertmanager(output, data),
    readyUrl: `${localUrl(ports.alertmanager)}/-/ready`,
    readyHeaders: () => authorizationOf(directory.prometheus.alertmanagerPassword),
  };
}

/** Alertmanager names neither the file that it cannot read nor, before 0.28, the kind of the file. */
function explainAlertmanager(output: string, folder: string): string | undefined {
  const isDamaged = /error creating (?:notification log|silence)|proto: |unexpected EOF/.test(output);
  if (!isDamaged) return undefined;
  const names = output.includes('notification log')
    ? ['nflog']
    : output.includes('creating silence')
      ? ['silences']
      : ['nflog', 'silences'];
  const files = names.map((name) => join(folder, name)).join(' or ');
  return `${files}: expected the data of Alertmanager; restore the file, or remove it to start with an empty one`;
}

/** Reads the password at each request, as `up` may create it again. */
function authorizationOf(passwordFile: string): Readonly<Record<string, string>> {
  return { authorization: stackAuthorization(readFileSync(passwordFile, 'utf8').trim()) };
}

/** A program of hostpulse, run by the Node that runs `up`. */
function own(name: ProgramName, options: ComponentsOptions, nodeFlags: readonly string[] = []): Launch {
  const { directory, ports } = options;
  const file = directory.ownConfig[name];
  // The relay's file is created before its first launch.
  const config = name === 'relay' || existsSync(file) ? [`--config.file=${file}`] : [];
  return {
    command: process.execPath,
    args: [...nodeFlags, process.argv[1] as string, name, ...config, ...programFlags(options)[name]],
    cwd: packageRoot(),
    logFile: join(directory.logs, `${name}.log`),
    readyUrl: `${localUrl(ports[name])}/-/ready`,
  };
}

function loopback(port: number): string {
  return `127.0.0.1:${port}`;
}
