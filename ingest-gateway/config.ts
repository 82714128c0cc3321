/** The gateway's settings. */
import { readWebConfig } from '../common/http/web-config/web-config.ts';
import { webConfigProblems } from '../common/http/web-config/web-guard.ts';
import type { Problem } from '../common/program/settings/config.ts';
import { integer, list, path, secret, text, url } from '../common/program/settings/setting-type.ts';
import { type ConfigOf, optional, type Settings, setting } from '../common/program/settings/settings.ts';
import { bytes, duration, listenAddress } from '../common/program/settings/units.ts';
import { storeSettings } from '../common/store/settings.ts';
import { checkJwt, jwtSettings } from './auth/jwt/settings.ts';
import { checkTiers, tierSettings } from './rollups/settings.ts';
import { ruleSettings } from './rules/settings.ts';

export const settings = {
  listenAddresses: setting({
    path: 'web.listen_address',
    help: 'where to serve HTTP; repeatable',
    kind: list(listenAddress),
    default: [{ host: '127.0.0.1', port: 9180 }],
  }),
  webConfigFile: optional({
    path: 'web.config_file',
    flag: 'web.config.file',
    help: "TLS, client certificates and headers, in exporter-toolkit's format",
    kind: path,
  }),
  grpcListenAddresses: setting({
    path: 'otlp.grpc_listen_address',
    help: 'where to take OTLP/gRPC, under the same web.config.file; repeatable; an empty list in the file turns it off',
    kind: list(listenAddress),
    default: [{ host: '127.0.0.1', port: 4317 }],
  }),
  drainDelayMs: setting({
    path: 'web.drain_delay',
    help: 'how long to answer /-/ready with 503 before the port closes',
    kind: duration({ minMs: 0 }),
    default: 1_000,
  }),
  publicUrl: optional({
    path: 'public_url',
    help: 'the URL under which people reach this gateway, for links and for checking where writes come from',
    kind: url,
  }),
  prometheusUrl: setting({
    path: 'prometheus.url',
    help: 'Prometheus, or what speaks its query API',
    kind: url,
    default: 'http://127.0.0.1:9090',
  }),
  prometheusWriteUrl: optional({
    path: 'prometheus.write_url',
    help: 'the whole URL of remote write, where it is not /api/v1/write below prometheus.url: Mimir, Thanos, clusters',
    kind: url,
  }),
  prometheusUser: optional({
    path: 'prometheus.basic_auth.username',
    help: 'user at Prometheus',
    kind: text,
  }),
  prometheusPassword: optional({
    path: 'prometheus.basic_auth.password',
    help: 'password at Prometheus',
    kind: secret,
  }),
  alertmanagerUrl: setting({
    path: 'alertmanager.url',
    help: 'Alertmanager',
    kind: url,
    default: 'http://127.0.0.1:9093',
  }),
  ...storeSettings,
  ...jwtSettings,
  collectRequestsPerMinute: setting({
    path: 'limit.collect_requests',
    help: 'requests a minute for each collector on /api/v1/metrics/collect',
    kind: integer({ min: 1, max: 100_000 }),
    default: 100,
  }),
  failedCredentialsPerMinute: setting({
    path: 'limit.failed_credentials',
    help: 'different wrong credentials a minute from one address, and repeats of one of them',
    kind: integer({ min: 1, max: 100_000 }),
    default: 120,
  }),
  failedLoginsPerMinute: setting({
    path: 'limit.failed_logins',
    help: "the same of the page's log-in form and links",
    kind: integer({ min: 1, max: 100_000 }),
    default: 20,
  }),
  queuePath: optional({
    path: 'queue.path',
    help: 'file in which pushed samples wait for Prometheus; beside database.path by default: hostpulse-queue.db',
    kind: path,
  }),
  queueMaxBytes: setting({
    path: 'queue.max_bytes',
    help: 'size beyond which pushes are answered 503',
    kind: bytes,
    default: 2 ** 30,
  }),
  queueMaxAgeMs: setting({
    path: 'queue.max_age',
    help: "age of samples that are given up, by their own timestamps; Prometheus' out_of_order_time_window",
    kind: duration({ minMs: 60_000 }),
    default: 30 * 3_600_000,
  }),
  forwardMaxConcurrency: setting({
    path: 'forward.max_concurrency',
    help: 'writes to Prometheus at once, of many hosts each',
    kind: integer({ min: 1, max: 256 }),
    default: 8,
  }),
  forwardTimeoutMs: setting({
    path: 'forward.timeout',
    help: 'limit of one write to Prometheus',
    kind: duration({ minMs: 100 }),
    default: 30_000,
  }),
  queryTimeoutMs: setting({
    path: 'query.timeout',
    help: 'limit of a query at Prometheus, waiting for its turn included',
    kind: duration({ minMs: 100 }),
    default: 10_000,
  }),
  queryMaxConcurrency: setting({
    path: 'query.max_concurrency',
    help: 'queries at Prometheus at once',
    kind: integer({ min: 1, max: 1_000 }),
    default: 16,
  }),
  queryMaxAnswerBytes: setting({
    path: 'query.max_answer_size',
    help: "size of one of Prometheus' answers beyond which a query is refused",
    kind: bytes,
    default: 32 * 2 ** 20,
  }),
  queryMaxSeries: setting({
    path: 'query.max_series',
    help: 'series in one answer beyond which a query is refused',
    kind: integer({ min: 1, max: 1_000_000 }),
    default: 10_000,
  }),
  ...ruleSettings,
  ...tierSettings,
} satisfies Settings;

export type GatewayConfig = ConfigOf<typeof settings>;

/** Faults between settings, and in the web configuration file. */
export function checkConfig(config: GatewayConfig): readonly Problem[] {
  return [...checkPrometheusUser(config), ...checkWebConfig(config), ...checkJwt(config), ...checkTiers(config)];
}

function checkPrometheusUser({ prometheusUser, prometheusPassword }: GatewayConfig): readonly Problem[] {
  if ((prometheusUser === undefined) === (prometheusPassword === undefined)) return [];
  const [given, missing] = prometheusUser === undefined ? ['password', 'username'] : ['username', 'password'];
  return [
    {
      place: `prometheus.basic_auth.${missing}`,
      expected: `a value, since prometheus.basic_auth.${given} has one`,
      got: 'nothing',
    },
  ];
}

/** Users would need the header that carries the keys. */
function checkWebConfig({ webConfigFile }: GatewayConfig): readonly Problem[] {
  if (webConfigFile === undefined) return [];
  const problems = webConfigProblems(webConfigFile);
  if (problems.length > 0 || readWebConfig(webConfigFile).users === undefined) return problems;
  return [{ place: `${webConfigFile}: basic_auth_users`, expected: 'none: callers show API keys', got: 'users' }];
}
