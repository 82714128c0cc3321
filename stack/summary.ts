/** The summary that `up` prints once every component is ready. */
import { basename } from 'node:path';
import { setAsideEnding } from '../common/prometheus/rule-file-names.ts';
import { listSetAside } from './broken-rules.ts';
import type { ComponentsOptions } from './components.ts';
import { stackUser } from './data/data-directory.ts';
import type { GatewayAddress } from './gateway-address.ts';
import { localUrl } from './ports.ts';
import type { TlsFacts } from './tls/prepare-tls.ts';

export interface SummaryOptions extends ComponentsOptions {
  /** Opens one browser session. Absent where the output is kept, in a service's journal, and if the database cannot be used. */
  readonly loginToken?: string;
  /** Undefined: TLS is off. */
  readonly tls: TlsFacts | undefined;
  /** Components that did not start, with the reason. */
  readonly failed: ReadonlyMap<string, string>;
  readonly took: string;
}

type Row = readonly [what: string, where: string, note: string];

export function renderSummary({ directory, ports, address, loginToken, tls, failed, took }: SummaryOptions): string {
  const { publicUrl, internal } = address;
  const scheme = tls === undefined ? 'http' : 'https';
  const login = `hostpulse key login-link --data-dir ${directory.root}`;
  const page: Row =
    loginToken === undefined
      ? ['page', `${publicUrl}/`, `log in with a link from "${login}"`]
      : ['open this', `${publicUrl}/login?token=${loginToken}`, `logs in once; later ${publicUrl}/`];
  const rows: readonly Row[] = [
    ...[...failed].map(([name, reason]) => ['not running', `${name}: ${reason}`, 'retried until it starts'] as const),
    page,
    ...(tls?.fingerprint === undefined ? [] : [['CA fingerprint', tls.fingerprint, 'SHA-256'] as const]),
    ...(isPlaintext(address)
      ? [['not encrypted', publicUrl, 'keys and samples are readable on the network; use --tls auto'] as const]
      : []),
    ['gateway API', `${publicUrl}/api/v1/health`, `admin key in ${directory.adminKey}`],
    ...(internal === undefined
      ? []
      : [['on this host', localUrl(ports.gateway), 'the same without TLS, on loopback'] as const]),
    ['OTLP/gRPC', `${scheme}://127.0.0.1:${ports.otlp}`, 'needs a key with the scope push: hostpulse key create'],
    ['Prometheus', localUrl(ports.prometheus), `user ${stackUser}, password in ${directory.prometheus.password}`],
    [
      'Alertmanager',
      localUrl(ports.alertmanager),
      `user ${stackUser}, password in ${directory.prometheus.alertmanagerPassword}`,
    ],
    ['exporter', `${localUrl(ports.exporter)}/metrics`, ''],
    ['alert channels', directory.relayConfig, 'add channels, then: hostpulse relay reload'],
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

/** Returns whether keys and samples travel over the network without TLS, of the gateway or of a proxy. */
function isPlaintext({ isExposed, publicUrl }: GatewayAddress): boolean {
  return isExposed && publicUrl.startsWith('http:');
}

function nameBefore(file: string): string {
  return basename(file).split(setAsideEnding)[0] ?? '';
}
