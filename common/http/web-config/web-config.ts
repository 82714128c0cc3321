/**
 * The web configuration file in exporter-toolkit's format: TLS, users, headers and rate limit of a listener.
 * Source: https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md
 * Loaded only when a file is given, as yaml takes memory.
 */
import { loadConfig } from '../../program/settings/config.ts';
import { readConfigFile } from '../../program/settings/config-file.ts';
import { Secret } from '../../program/settings/secret.ts';
import {
  fault,
  flag,
  integer,
  list,
  oneOf,
  path,
  type SettingType,
  text,
} from '../../program/settings/setting-type.ts';
import { type ConfigOf, optional, type Settings, setting } from '../../program/settings/settings.ts';
import { duration } from '../../program/settings/units.ts';
import { cipherSuites, clientAuthTypes, curves, tlsVersions } from './tls-names.ts';

/** A PEM text in the file itself. Masked, as it may be a key. */
const pem: SettingType<Secret> = {
  placeholder: 'pem',
  parse: (raw) =>
    typeof raw === 'string' && raw.includes('-----BEGIN ')
      ? { value: new Secret(raw) }
      : { faults: [{ path: [], expected: 'a PEM text, which has a line -----BEGIN ...-----', got: 'none' }] },
  print: String,
};

const bcryptHash = /^\$2[aby]\$(?:0[4-9]|[12][0-9]|3[01])\$[./A-Za-z0-9]{53}$/;

/** Bcrypt hashes by user name. Errors do not show the value, which may be a plain password by mistake. */
const users: SettingType<ReadonlyMap<string, string>> = {
  placeholder: 'users',
  parse(raw) {
    if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return fault('a map of users', typeof raw);
    const expected = 'a bcrypt hash such as $2y$10$..., as made by htpasswd -nBC 10 ""';
    const faults = Object.entries(raw)
      .filter(([name, hash]) => name === '' || name.includes(':') || typeof hash !== 'string' || !bcryptHash.test(hash))
      .map(([name]) =>
        name === '' || name.includes(':')
          ? { path: [name], expected: 'a user name without a colon', got: `"${name}"` }
          : { path: [name], expected, got: 'something else (not shown)' },
      );
    return faults.length > 0 ? { faults } : { value: new Map(Object.entries(raw as Record<string, string>)) };
  },
  print: (value) => Object.fromEntries([...value.keys()].map((name) => [name, '<secret>'])),
};

/** A Go duration: 0 needs no unit. */
const interval: SettingType<number> = {
  ...duration({ minMs: 0 }),
  parse: (raw) => (raw === 0 || raw === '0' ? { value: 0 } : duration({ minMs: 0 }).parse(raw)),
};

/** A header value. An empty text omits the header. */
const anyText: SettingType<string> = {
  ...text,
  parse: (raw) => (typeof raw === 'string' && !/[\r\n]/.test(raw) ? { value: raw } : fault('a text of one line', raw)),
};

const header = (name: string, type: SettingType<string>) =>
  optional({ path: `http_server_config.headers.${name}`, help: `header ${name}`, type });

const tlsSettings = {
  cert: optional({ path: 'tls_server_config.cert', help: 'certificate', type: pem }),
  certFile: optional({ path: 'tls_server_config.cert_file', help: 'certificate', type: path }),
  key: optional({ path: 'tls_server_config.key', help: 'key of the certificate', type: pem }),
  keyFile: optional({ path: 'tls_server_config.key_file', help: 'key of the certificate', type: path }),
  clientAuthType: optional({
    path: 'tls_server_config.client_auth_type',
    help: 'policy for client certificates',
    type: oneOf(clientAuthTypes),
  }),
  clientCa: optional({ path: 'tls_server_config.client_ca', help: "CA of clients' certificates", type: pem }),
  clientCaFile: optional({ path: 'tls_server_config.client_ca_file', help: "CA of clients' certificates", type: path }),
  clientAllowedSans: optional({
    path: 'tls_server_config.client_allowed_sans',
    help: 'a client certificate must have one of these names',
    type: list(text),
  }),
  minVersion: setting({
    path: 'tls_server_config.min_version',
    help: 'lowest version',
    type: oneOf(tlsVersions),
    default: 'TLS12',
  }),
  maxVersion: setting({
    path: 'tls_server_config.max_version',
    help: 'highest version',
    type: oneOf(tlsVersions),
    default: 'TLS13',
  }),
  cipherSuites: optional({
    path: 'tls_server_config.cipher_suites',
    help: 'cipher suites',
    type: list(oneOf(cipherSuites)),
  }),
  prefersServerOrder: setting({
    path: 'tls_server_config.prefer_server_cipher_suites',
    help: "the server's order of cipher suites is preferred",
    type: flag,
    default: true,
  }),
  curves: optional({ path: 'tls_server_config.curve_preferences', help: 'curves', type: list(oneOf(curves)) }),
} satisfies Settings;

const webSettings = {
  ...tlsSettings,
  // Accepted because files of other exporters contain it. The server speaks HTTP/1.1.
  http2: setting({ path: 'http_server_config.http2', help: 'HTTP/2', type: flag, default: true }),
  contentSecurityPolicy: header('Content-Security-Policy', anyText),
  frameOptions: header('X-Frame-Options', oneOf(['', 'deny', 'sameorigin'])),
  contentTypeOptions: header('X-Content-Type-Options', oneOf(['', 'nosniff'])),
  xssProtection: header('X-XSS-Protection', anyText),
  strictTransportSecurity: header('Strict-Transport-Security', anyText),
  users: optional({ path: 'basic_auth_users', help: 'users', type: users }),
  rateInterval: setting({
    path: 'rate_limit.interval',
    help: 'time between two requests; 0s: no limit',
    type: interval,
    default: 0,
  }),
  rateBurst: setting({
    path: 'rate_limit.burst',
    help: 'requests that may arrive at once',
    type: integer({ min: 0, max: 1_000_000 }),
    default: 0,
  }),
} satisfies Settings;

export type WebConfig = ConfigOf<typeof webSettings>;

/** Returns the scheme of a listener. `file` is its web configuration file; undefined: the listener has none. */
export function schemeOf(file: string | undefined): 'http' | 'https' {
  const { cert, certFile } = file === undefined ? {} : readWebConfig(file);
  return cert === undefined && certFile === undefined ? 'http' : 'https';
}

/** Reads and checks the file. Does not open the files that it names. Throws a `ConfigError` with every problem. */
export function readWebConfig(file: string): WebConfig {
  const source = readConfigFile(file);
  return loadConfig(webSettings, { program: 'web', flags: {}, environment: {}, file: source });
}
