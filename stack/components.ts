/** The components of the stack in the order of their start. They stop in reverse order. */

import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../common/program/log.ts';
import { gatewayNodeFlags, leanNodeFlags } from '../common/program/node-flags.ts';
import { packageRoot } from '../common/program/package.ts';
import { StartError } from '../common/program/program.ts';
import { createPromtool } from '../common/prometheus/promtool.ts';
import { setBrokenAside } from './broken-rules.ts';
import { type DataDirectory, stackUser } from './data/data-directory.ts';
import { relayPublicUrl } from './data/stack-file.ts';
import { type ComponentName, localUrl, type Ports } from './ports.ts';
import { componentEnvironment } from './process/component-environment.ts';
import { findProgram, tryFindProgram } from './process/programs.ts';
import { type Component, type ComponentSpec, createComponent, type Supervision } from './process/supervisor.ts';

export interface ComponentsOptions {
  readonly directory: DataDirectory;
  readonly ports: Ports;
}

/** Prometheus' own flags in every deployment. Reasons: docs/decisions/prometheus-flags.md. */
export const prometheusFlags: readonly string[] = [
  '--storage.tsdb.retention.time=30d',
  '--web.enable-remote-write-receiver',
  '--web.enable-lifecycle',
  '--web.enable-admin-api',
  '--rules.alert.for-grace-period=10s',
  '--query.max-samples=10000000',
];

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

function exporter(options: ComponentsOptions): Launch {
  const flags = [`--web.listen-address=${address(options.ports.exporter)}`];
  return own('exporter', options, { flags, nodeFlags: leanNodeFlags });
}

function relay(options: ComponentsOptions): Launch {
  const { directory, ports } = options;
  const flags = [
    `--config.file=${directory.relayConfig}`,
    `--web.listen-address=${address(ports.relay)}`,
    `--database.path=${directory.database}`,
    `--webhook.token-file=${directory.alertmanager.relayToken}`,
    ...serverAccess(directory, ports),
    ...Object.entries(relayPublicUrl(directory, localUrl(ports.gateway))).map(([name, url]) => `--${name}=${url}`),
  ];
  return own('relay', options, { flags });
}

function gateway(options: ComponentsOptions): Launch {
  const { directory, ports } = options;
  const promtool = tryPromtool(directory);
  const flags = [
    `--web.listen-address=${address(ports.gateway)}`,
    `--otlp.grpc-listen-address=${address(ports.otlp)}`,
    `--database.path=${directory.database}`,
    ...serverAccess(directory, ports),
    `--rules.custom-directory=${directory.prometheus.customRules}`,
    ...(promtool === undefined ? [] : [`--rules.promtool-path=${promtool}`]),
    `--public-url=${localUrl(ports.gateway)}`,
  ];
  return own('gateway', options, { flags, nodeFlags: gatewayNodeFlags });
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

function prometheus({ directory, ports }: ComponentsOptions): Launch {
  const { folder, config, webConfig, data, customRules, password } = directory.prometheus;
  const promtool = tryPromtool(directory);
  return {
    command: findProgram({ names: ['prometheus'], folder: directory.tools }),
    args: [
      `--config.file=${config}`,
      `--storage.tsdb.path=${data}`,
      `--web.config.file=${webConfig}`,
      `--web.listen-address=${address(ports.prometheus)}`,
      `--web.external-url=${localUrl(ports.prometheus)}`,
      ...prometheusFlags,
    ],
    cwd: folder,
    logFile: join(directory.logs, 'prometheus.log'),
    readyUrl: `${localUrl(ports.prometheus)}/-/ready`,
    readyHeaders: () => authorizationOf(password),
    prepare: async (log) =>
      promtool === undefined ? undefined : setBrokenAside(customRules, createPromtool(promtool), log),
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
      `--web.listen-address=${address(ports.alertmanager)}`,
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
  return { authorization: `Basic ${btoa(`${stackUser}:${readFileSync(passwordFile, 'utf8').trim()}`)}` };
}

/** A program of hostpulse, run by the Node that runs `up`. */
function own(
  name: ComponentName,
  { directory, ports }: ComponentsOptions,
  { flags, nodeFlags = [] }: { readonly flags: readonly string[]; readonly nodeFlags?: readonly string[] },
): Launch {
  return {
    command: process.execPath,
    args: [...nodeFlags, process.argv[1] as string, name, ...flags],
    cwd: packageRoot(),
    logFile: join(directory.logs, `${name}.log`),
    readyUrl: `${localUrl(ports[name])}/-/ready`,
  };
}

function address(port: number): string {
  return `127.0.0.1:${port}`;
}
