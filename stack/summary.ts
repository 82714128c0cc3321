/** The summary that `up` prints once every component is ready. */
import { basename } from 'node:path';
import { setAsideEnding } from '../common/prometheus/rule-file-names.ts';
import { listSetAside } from './broken-rules.ts';
import type { DataDirectory } from './data/data-directory.ts';
import { stackUser } from './data/data-directory.ts';
import { localUrl, type Ports } from './ports.ts';

export interface SummaryOptions {
  readonly directory: DataDirectory;
  readonly ports: Ports;
  /** Opens one browser session. Undefined: the database cannot be used. */
  readonly loginToken: string | undefined;
  /** Components that did not start, with the reason. */
  readonly failed: ReadonlyMap<string, string>;
  readonly took: string;
}

export function renderSummary({ directory, ports, loginToken, failed, took }: SummaryOptions): string {
  const rows: readonly (readonly [string, string, string])[] = [
    ...[...failed].map(([name, reason]) => ['not running', `${name}: ${reason}`, 'retried until it starts'] as const),
    loginToken === undefined
      ? [
          'open this',
          `${localUrl(ports.gateway)}/`,
          'once the gateway runs, with the link of "hostpulse key login-link"',
        ]
      : [
          'open this',
          `${localUrl(ports.gateway)}/login?token=${loginToken}`,
          `logs in once; later ${localUrl(ports.gateway)}/`,
        ],
    ['gateway API', `${localUrl(ports.gateway)}/api/v1/health`, `admin key in ${directory.adminKey}`],
    ['OTLP/gRPC', localUrl(ports.otlp), 'needs a key with the scope push: hostpulse key create'],
    ['Prometheus', localUrl(ports.prometheus), `user ${stackUser}, password in ${directory.prometheus.password}`],
    [
      'Alertmanager',
      localUrl(ports.alertmanager),
      `user ${stackUser}, password in ${directory.prometheus.alertmanagerPassword}`,
    ],
    ['exporter', `${localUrl(ports.exporter)}/metrics`, ''],
    ['alert channels', directory.relayConfig, 'add channels, then restart "hostpulse up" or send SIGHUP to the relay'],
    ['custom rules', `${directory.prometheus.customRules}/*.rules.yml`, ''],
    ...listSetAside(directory.prometheus.customRules).map(
      (file) => ['broken rules', file, `repair it, rename it to ${nameBefore(file)}, and restart`] as const,
    ),
    ['logs', `${directory.logs}/*.log`, ''],
  ];
  const lines = rows.map(([what, where, note]) => `  ${what.padEnd(16)}${where}${note === '' ? '' : `   (${note})`}\n`);
  const headline = failed.size === 0 ? 'all components ready' : `started without ${[...failed.keys()].join(', ')},`;
  return `\n${headline} after ${took}\n\n${lines.join('')}\nCtrl-C stops everything.\n`;
}

function nameBefore(file: string): string {
  return basename(file).split(setAsideEnding)[0] ?? '';
}
