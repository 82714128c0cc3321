/** Settings of `hostpulse up`: where people and hosts reach the server, TLS, data, retention. `hostpulse.yml` has them by path. */
import type { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { messageOf } from '../common/program/log.ts';
import type { Problem } from '../common/program/settings/config.ts';
import { fault, integer, path, type SettingType, url } from '../common/program/settings/setting-type.ts';
import { type ConfigOf, optional, type Settings, setting } from '../common/program/settings/settings.ts';
import { bytes, duration, listenAddress, renderDuration } from '../common/program/settings/units.ts';
import { type TlsChoice, tlsChoice } from './tls/tls-choice.ts';

const hour = duration({ minMs: 3_600_000 });
const off: TlsChoice = { kind: 'off' };

export const settings = {
  dataDir: setting({
    path: 'data_dir',
    help: 'folder for the data, secrets and logs of all components',
    type: path,
    default: 'data',
  }),
  listen: optional({
    path: 'listen',
    help: 'address of the page, the API and pushes; other components stay on loopback; default: 127.0.0.1:9180',
    type: listenAddress,
  }),
  publicUrl: optional({
    path: 'public_url',
    help: 'URL of this server for people and hosts; may have a path below which a proxy serves it; default: from listen',
    type: url,
  }),
  tls: setting({
    path: 'tls',
    help: 'off, auto (certificates from a CA that is created in the data directory), or in the file cert_file and key_file',
    type: tlsChoice,
    default: off,
  }),
  portOffset: setting({
    path: 'port_offset',
    help: 'number added to every default port',
    type: integer({ min: 0, max: 50_000 }),
    default: 0,
  }),
  retentionRawMs: optional({
    path: 'retention.raw',
    help: 'how long raw samples are kept; 24h by default',
    type: hour,
  }),
  retentionMinuteMs: optional({
    path: 'retention.1m',
    help: 'how long the 1-minute tier is kept; 7d by default',
    type: hour,
  }),
  retentionFiveMinutesMs: setting({
    path: 'retention.5m',
    help: "how long the 5-minute tier and all other series are kept: Prometheus' own retention",
    type: hour,
    default: 30 * 86_400_000,
  }),
  retentionBytes: optional({
    path: 'retention.size',
    help: 'size of the data at which Prometheus deletes the oldest; unlimited by default',
    type: bytes,
  }),
  timeZone: optional({
    path: 'time_zone',
    help: 'time zone of schedules and messages, such as Europe/Berlin; default: of the system',
    type: timeZone(),
  }),
} satisfies Settings;

export type UpConfig = ConfigOf<typeof settings>;

function timeZone(): SettingType<string> {
  return {
    placeholder: 'zone',
    parse(raw) {
      if (typeof raw === 'string' && isTimeZone(raw)) return { value: raw };
      return fault('a time zone such as Europe/Berlin or UTC', raw);
    },
    print: (value) => value,
  };
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false; // RangeError: unknown zone
  }
}

/** Returns faults between settings, and faults of the files with certificate and key. */
export function checkSettings(config: UpConfig): readonly Problem[] {
  return [...checkAddress(config), ...checkRetention(config), ...checkTls(config.tls)];
}

function checkAddress({ listen, publicUrl, tls }: UpConfig): readonly Problem[] {
  const problems: Problem[] = [];
  if (listen?.port === 0) problems.push({ place: 'listen', expected: 'a port from 1 to 65535', got: '0' });
  if (publicUrl === undefined) return problems;
  const { protocol, search, hash, username, password } = new URL(publicUrl);
  if (`${search}${hash}${username}${password}` !== '')
    problems.push({ place: 'public_url', expected: 'a URL without user, query and fragment', got: publicUrl });
  if (tls.kind !== 'off' && protocol === 'http:')
    problems.push({ place: 'public_url', expected: 'https://, as tls is on', got: publicUrl });
  return problems;
}

function checkRetention({ retentionRawMs, retentionMinuteMs, retentionFiveMinutesMs }: UpConfig): readonly Problem[] {
  const rows = [
    ['retention.1m', retentionMinuteMs, 'retention.raw', retentionRawMs],
    ['retention.5m', retentionFiveMinutesMs, 'retention.1m', retentionMinuteMs],
    ['retention.5m', retentionFiveMinutesMs, 'retention.raw', retentionRawMs],
  ] as const;
  return rows.flatMap(([place, gotMs, than, thanMs]) =>
    gotMs === undefined || thanMs === undefined || gotMs >= thanMs
      ? []
      : [{ place, expected: `at least ${than} (${renderDuration(thanMs)})`, got: renderDuration(gotMs) }],
  );
}

function checkTls(tls: TlsChoice): readonly Problem[] {
  if (tls.kind !== 'files') return [];
  const { createPrivateKey, X509Certificate: Certificate } = process.getBuiltinModule('node:crypto');
  const problems: Problem[] = [];
  function read<T>(name: string, file: string, expected: string, parse: (text: string) => T): T | undefined {
    try {
      return parse(readFileSync(file, 'utf8'));
    } catch (error) {
      problems.push({ place: `tls.${name}`, expected, got: `${file}: ${messageOf(error)}` });
      return undefined;
    }
  }
  const parseCertificate = (text: string): X509Certificate => new Certificate(text);
  const certificate = read('cert_file', tls.certFile, 'a file with a certificate in PEM', parseCertificate);
  const key = read('key_file', tls.keyFile, 'a file with a private key in PEM', (text) => createPrivateKey(text));
  if (tls.caFile !== undefined) read('ca_file', tls.caFile, 'a file with a CA certificate in PEM', parseCertificate);
  if (certificate !== undefined && key !== undefined && !certificate.checkPrivateKey(key))
    problems.push({
      place: 'tls.key_file',
      expected: `the key of the certificate in ${tls.certFile}`,
      got: tls.keyFile,
    });
  return problems;
}
