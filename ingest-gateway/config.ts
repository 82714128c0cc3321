/** Settings of the gateway. */
import { readWebConfig } from '../common/http/web-config/web-config.ts';
import { webConfigProblems } from '../common/http/web-config/web-guard.ts';
import type { Problem } from '../common/program/settings/config.ts';
import { httpHeaders } from '../common/program/settings/http-headers.ts';
import type { Secret } from '../common/program/settings/secret.ts';
import { integer, list, path, secret, text, url } from '../common/program/settings/setting-type.ts';
import { type ConfigOf, optional, type Settings, setting } from '../common/program/settings/settings.ts';
import { bytes, duration, listenAddress, renderListenAddress } from '../common/program/settings/units.ts';
import { storeSettings } from '../common/store/settings.ts';
import { checkJwt, jwtSettings } from './auth/jwt/settings.ts';
import { checkHostSettings, hostSettings } from './enrollment/settings.ts';
import { checkTiers, tierSettings } from './rollups/settings.ts';
import { ruleSettings } from './rules/settings.ts';
import { checkTopSettings, topSettings } from './top/settings.ts';

export const settings = {
  listenAddresses: setting({
    path: 'web.listen_address',
    help: 'address for HTTP; repeatable',
    type: list(listenAddress),
    default: [{ host: '127.0.0.1', port: 9180 }],
  }),
  internalListenAddresses: setting({
    path: 'web.internal_listen_address',
    help: 'loopback address for HTTP without web.config.file, for programs on this host; repeatable',
    type: list(listenAddress),
    default: [],
  }),
  webConfigFile: optional({
    path: 'web.config_file',
    flag: 'web.config.file',
    help: "TLS, client certificates and headers, in exporter-toolkit's format",
    type: path,
  }),
  grpcListenAddresses: setting({
    path: 'otlp.grpc_listen_address',
    help: 'address for OTLP/gRPC, with the same web.config.file; repeatable; an empty list in the file disables it',
    type: list(listenAddress),
    default: [{ host: '127.0.0.1', port: 4317 }],
  }),
  drainDelayMs: setting({
    path: 'web.drain_delay',
    help: 'how long /-/ready answers 503 before the port closes',
    type: duration({ minMs: 0 }),
    default: 1_000,
  }),
  publicUrl: optional({
    path: 'public_url',
    help: 'URL of this gateway for people, used in links and to check the origin of writes',
    type: url,
  }),
  prometheusUrl: setting({
    path: 'prometheus.url',
    help: 'URL of Prometheus, or of a server with its query API',
    type: url,
    default: 'http://127.0.0.1:9090',
  }),
  prometheusWriteUrl: optional({
    path: 'prometheus.write_url',
    help: 'URL of remote write, if it is not /api/v1/write below prometheus.url: Mimir, Thanos, clusters',
    type: url,
  }),
  prometheusUser: optional({
    path: 'prometheus.basic_auth.username',
    help: 'user name for Prometheus',
    type: text,
  }),
  prometheusPassword: optional({
    path: 'prometheus.basic_auth.password',
    help: 'password for Prometheus',
    type: secret,
  }),
  prometheusHeaders: optional({
    path: 'prometheus.headers',
    flag: null,
    help: 'headers of every request to Prometheus, such as X-Scope-OrgID of Mimir: a map to texts or {file: path}',
    type: httpHeaders,
  }),
  alertmanagerUrl: setting({
    path: 'alertmanager.url',
    help: 'URL of Alertmanager',
    type: url,
    default: 'http://127.0.0.1:9093',
  }),
  alertmanagerUser: optional({
    path: 'alertmanager.basic_auth.username',
    help: 'user name for Alertmanager',
    type: text,
  }),
  alertmanagerPassword: optional({
    path: 'alertmanager.basic_auth.password',
    help: 'password for Alertmanager',
    type: secret,
  }),
  ...storeSettings,
  ...jwtSettings,
  collectRequestsPerMinute: setting({
    path: 'limit.collect_requests',
    help: 'requests per minute of each collector to /api/v1/metrics/collect',
    type: integer({ min: 1, max: 100_000 }),
    default: 100,
  }),
  maxHostSeries: setting({
    path: 'limit.series_per_host',
    help: 'active series of one host that one credential pushes; further series are refused',
    type: integer({ min: 1, max: 10_000_000 }),
    default: 10_000,
  }),
  maxKeySeries: setting({
    path: 'limit.series_per_key',
    help: 'active series of all hosts that one credential pushes; further series are refused',
    type: integer({ min: 1, max: 10_000_000 }),
    default: 100_000,
  }),
  maxKeyHosts: setting({
    path: 'limit.hosts_per_key',
    help: 'hosts that one credential pushes for; further hosts are refused until one was silent for a day',
    type: integer({ min: 1, max: 1_000_000 }),
    default: 1_000,
  }),
  failedCredentialsPerMinute: setting({
    path: 'limit.failed_credentials',
    help: 'different wrong credentials per minute of one address, and repeats of one wrong credential',
    type: integer({ min: 1, max: 100_000 }),
    default: 120,
  }),
  failedLoginsPerMinute: setting({
    path: 'limit.failed_logins',
    help: 'the same limit for the login form and login links',
    type: integer({ min: 1, max: 100_000 }),
    default: 20,
  }),
  queuePath: optional({
    path: 'queue.path',
    help: 'file of the queue of pushed samples; default: hostpulse-queue.db beside database.path',
    type: path,
  }),
  queueMaxBytes: setting({
    path: 'queue.max_bytes',
    help: 'size of the queue at which pushes are answered with 503',
    type: bytes,
    default: 2 ** 30,
  }),
  queueMaxAgeMs: setting({
    path: 'queue.max_age',
    help: "age, by timestamp, at which waiting samples are dropped; Prometheus' out_of_order_time_window",
    type: duration({ minMs: 60_000 }),
    default: 30 * 3_600_000,
  }),
  forwardMaxConcurrency: setting({
    path: 'forward.max_concurrency',
    help: 'parallel writes to Prometheus, each for many hosts',
    type: integer({ min: 1, max: 256 }),
    default: 8,
  }),
  forwardTimeoutMs: setting({
    path: 'forward.timeout',
    help: 'timeout of one write to Prometheus',
    type: duration({ minMs: 100 }),
    default: 30_000,
  }),
  queryTimeoutMs: setting({
    path: 'query.timeout',
    help: 'timeout of a query, including the time in the queue for Prometheus',
    type: duration({ minMs: 100 }),
    default: 10_000,
  }),
  queryMaxConcurrency: setting({
    path: 'query.max_concurrency',
    help: 'parallel queries to Prometheus',
    type: integer({ min: 1, max: 1_000 }),
    default: 16,
  }),
  queryMaxConcurrencyPerCaller: setting({
    path: 'query.max_concurrency_per_caller',
    help: 'parallel queries to Prometheus of one API key, JWT or page session; further queries wait',
    type: integer({ min: 1, max: 1_000 }),
    default: 4,
  }),
  queryMaxAnswerBytes: setting({
    path: 'query.max_answer_size',
    help: 'largest answer of Prometheus; a query with a larger one is refused',
    type: bytes,
    default: 32 * 2 ** 20,
  }),
  queryMaxSeries: setting({
    path: 'query.max_series',
    help: 'most series in one answer; a query with more is refused',
    type: integer({ min: 1, max: 1_000_000 }),
    default: 10_000,
  }),
  ...ruleSettings,
  ...hostSettings,
  ...tierSettings,
  ...topSettings,
} satisfies Settings;

export type GatewayConfig = ConfigOf<typeof settings>;

/** Returns problems between settings, and problems of the web configuration file. */
export function checkConfig(config: GatewayConfig): readonly Problem[] {
  return [
    ...checkUsers(config),
    ...checkInternalAddresses(config),
    ...checkWebConfig(config),
    ...checkJwt(config),
    ...checkTiers(config),
    ...checkHostSettings(config),
    ...checkTopSettings(config),
    ...checkHeaders(config),
  ];
}

function checkInternalAddresses({ internalListenAddresses }: GatewayConfig): readonly Problem[] {
  return internalListenAddresses
    .filter(({ host = '' }) => !/^(?:127\.[\d.]+|::1|localhost)$/.test(host))
    .map((address) => ({
      place: 'web.internal_listen_address',
      expected: 'a loopback address, such as 127.0.0.1:9181, as it has no TLS',
      got: renderListenAddress(address),
    }));
}

/** Both would set the same header. */
function checkHeaders({ prometheusHeaders = {}, prometheusUser }: GatewayConfig): readonly Problem[] {
  const name = Object.keys(prometheusHeaders).find((each) => each.toLowerCase() === 'authorization');
  if (name === undefined || prometheusUser === undefined) return [];
  return [{ place: `prometheus.headers.${name}`, expected: 'none beside prometheus.basic_auth', got: 'both' }];
}

function checkUsers(config: GatewayConfig): readonly Problem[] {
  return [
    ...checkUser('prometheus', config.prometheusUser, config.prometheusPassword),
    ...checkUser('alertmanager', config.alertmanagerUser, config.alertmanagerPassword),
  ];
}

function checkUser(server: string, username: string | undefined, password: Secret | undefined): readonly Problem[] {
  if ((username === undefined) === (password === undefined)) return [];
  const [given, missing] = username === undefined ? ['password', 'username'] : ['username', 'password'];
  return [
    {
      place: `${server}.basic_auth.${missing}`,
      expected: `a value, because ${server}.basic_auth.${given} has one`,
      got: 'nothing',
    },
  ];
}

/** Basic auth would use the header that carries the API keys. */
function checkWebConfig({ webConfigFile }: GatewayConfig): readonly Problem[] {
  if (webConfigFile === undefined) return [];
  const problems = webConfigProblems(webConfigFile);
  if (problems.length > 0 || readWebConfig(webConfigFile).users === undefined) return problems;
  return [
    { place: `${webConfigFile}: basic_auth_users`, expected: 'none, because callers use API keys', got: 'users' },
  ];
}
