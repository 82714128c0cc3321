/**
 * The web configuration file: TLS, users, headers and rate limit of a listener, in exporter-toolkit's format.
 * Source: https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md
 * Loaded only when a file is given: it brings yaml with it.
 */
import { loadConfig } from '../../program/settings/config.ts';
import { readConfigFile } from '../../program/settings/config-file.ts';
import { Secret } from '../../program/settings/secret.ts';
import { fault, flag, integer, type SettingType, list, oneOf, path, text } from '../../program/settings/setting-type.ts';
import { type ConfigOf, optional, type Settings, setting } from '../../program/settings/settings.ts';
import { duration } from '../../program/settings/units.ts';
import { cipherSuites, clientAuthTypes, curves, tlsVersions } from './tls-names.ts';

/** A PEM text given in the file itself; never shown, as it may be a key. */
const pem: SettingType<Secret> = {
  placeholder: 'pem',
  parse: (raw) =>
    typeof raw === 'string' && raw.includes('-----BEGIN ')
      ? { value: new Secret(raw) }
      : { faults: [{ path: [], expected: 'a PEM text, which has a line -----BEGIN ...-----', got: 'none' }] },
  print: String,
};

const bcryptHash = /^\$2[aby]\$(?:0[4-9]|[12][0-9]|3[01])\$[./A-Za-z0-9]{53}$/;

/** Bcrypt hash by user name. What was given is never shown: a beginner writes the password itself there. */
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

/** Go's durations; 0 needs no unit there. */
const interval: SettingType<number> = {
  ...duration({ minMs: 0 }),
  parse: (raw) => (raw === 0 || raw === '0' ? { value: 0 } : duration({ minMs: 0 }).parse(raw)),
};

/** A header's text; the empty text leaves the header out. */
const anyText: SettingType<string> = {
  ...text,
  parse: (raw) => (typeof raw === 'string' && !/[\r\n]/.test(raw) ? { value: raw } : fault('a text of one line', raw)),
};

const header = (name: string, kind: SettingType<string>) =>
  optional({ path: `http_server_config.headers.${name}`, help: `header ${name}`, kind });

const tlsSettings = {
  cert: optional({ path: 'tls_server_config.cert', help: 'certificate', kind: pem }),
  certFile: optional({ path: 'tls_server_config.cert_file', help: 'certificate', kind: path }),
  key: optional({ path: 'tls_server_config.key', help: 'its key', kind: pem }),
  keyFile: optional({ path: 'tls_server_config.key_file', help: 'its key', kind: path }),
  clientAuthType: optional({
    path: 'tls_server_config.client_auth_type',
    help: 'what is asked of clients',
    kind: oneOf(clientAuthTypes),
  }),
  clientCa: optional({ path: 'tls_server_config.client_ca', help: "CA of clients' certificates", kind: pem }),
  clientCaFile: optional({ path: 'tls_server_config.client_ca_file', help: "CA of clients' certificates", kind: path }),
  clientAllowedSans: optional({
    path: 'tls_server_config.client_allowed_sans',
    help: 'names, of which a client certificate must have one',
    kind: list(text),
  }),
  minVersion: setting({
    path: 'tls_server_config.min_version',
    help: 'least version',
    kind: oneOf(tlsVersions),
    default: 'TLS12',
  }),
  maxVersion: setting({
    path: 'tls_server_config.max_version',
    help: 'last version',
    kind: oneOf(tlsVersions),
    default: 'TLS13',
  }),
  cipherSuites: optional({
    path: 'tls_server_config.cipher_suites',
    help: 'cipher suites',
    kind: list(oneOf(cipherSuites)),
  }),
  prefersServerOrder: setting({
    path: 'tls_server_config.prefer_server_cipher_suites',
    help: "the server's order of cipher suites counts",
    kind: flag,
    default: true,
  }),
  curves: optional({ path: 'tls_server_config.curve_preferences', help: 'curves', kind: list(oneOf(curves)) }),
} satisfies Settings;

const webSettings = {
  ...tlsSettings,
  // Accepted for files made for other exporters: HTTP/1.1 is what is served, and what clients agree to.
  http2: setting({ path: 'http_server_config.http2', help: 'HTTP/2', kind: flag, default: true }),
  contentSecurityPolicy: header('Content-Security-Policy', anyText),
  frameOptions: header('X-Frame-Options', oneOf(['', 'deny', 'sameorigin'])),
  contentTypeOptions: header('X-Content-Type-Options', oneOf(['', 'nosniff'])),
  xssProtection: header('X-XSS-Protection', anyText),
  strictTransportSecurity: header('Strict-Transport-Security', anyText),
  users: optional({ path: 'basic_auth_users', help: 'users', kind: users }),
  rateInterval: setting({
    path: 'rate_limit.interval',
    help: 'time between two requests; 0s for no limit',
    kind: interval,
    default: 0,
  }),
  rateBurst: setting({
    path: 'rate_limit.burst',
    help: 'requests at once',
    kind: integer({ min: 0, max: 1_000_000 }),
    default: 0,
  }),
} satisfies Settings;

export type WebConfig = ConfigOf<typeof webSettings>;

/** Reads and checks the file's own text; files that it names are not opened. Throws a `ConfigError` with every problem. */
export function readWebConfig(file: string): WebConfig {
  const source = readConfigFile(file);
  return loadConfig(webSettings, { program: 'web', flags: {}, environment: {}, file: source });
}
