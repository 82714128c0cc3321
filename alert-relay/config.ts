/** Defines the relay's settings. */
import { httpHeaders } from '../common/program/settings/http-headers.ts';
import { fault, list, path, type SettingType, secret, text, url } from '../common/program/settings/setting-type.ts';
import { type ConfigOf, optional, type Settings, setting } from '../common/program/settings/settings.ts';
import { duration, listenAddress } from '../common/program/settings/units.ts';
import { storeSettings } from '../common/store/settings.ts';
import { channelsType } from './channels/index.ts';
import { routesType } from './settings/routes-type.ts';
import { scheduleInterval } from './settings/schedule.ts';
import { isTimeZone } from './text/text.ts';

const timeZone: SettingType<string> = {
  placeholder: 'zone',
  parse: (raw) =>
    typeof raw === 'string' && isTimeZone(raw)
      ? { value: raw }
      : fault('a time zone of the IANA database, such as UTC or Europe/Berlin', raw),
  print: (value) => value,
};

export const relaySettings = {
  listenAddresses: setting({
    path: 'web.listen_address',
    help: 'addresses for the webhook and /metrics',
    type: list(listenAddress),
    default: [{ host: '127.0.0.1', port: 9194 }],
  }),
  webConfigFile: optional({
    path: 'web.config_file',
    flag: 'web.config.file',
    help: "TLS and basic authentication, in exporter-toolkit's format",
    type: path,
  }),
  drainDelayMs: setting({
    path: 'web.drain_delay',
    help: 'how long /-/ready answers 503 before the port closes',
    type: duration({ minMs: 0 }),
    default: 1_000,
  }),
  ...storeSettings,
  webhookToken: optional({
    path: 'webhook.token',
    help: 'bearer token that /webhook requires',
    type: secret,
  }),
  alertmanagerUrl: optional({
    path: 'alertmanager.url',
    help: 'URL of Alertmanager, to find out which alerts are still firing',
    type: url,
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
  prometheusUrl: optional({
    path: 'prometheus.url',
    help: 'URL of Prometheus, for firing alerts, values at resolve and charts',
    type: url,
  }),
  prometheusHeaders: optional({
    path: 'prometheus.headers',
    flag: null,
    help: 'headers of every request to Prometheus, such as X-Scope-OrgID of Mimir: a map to texts or {file: path}',
    type: httpHeaders,
  }),
  prometheusUser: optional({ path: 'prometheus.basic_auth.username', help: 'user name for Prometheus', type: text }),
  prometheusPassword: optional({
    path: 'prometheus.basic_auth.password',
    help: 'password for Prometheus',
    type: secret,
  }),
  publicUrl: optional({
    path: 'public_url',
    help: "URL of the gateway's page, for the links in messages",
    type: url,
  }),
  timeZone: setting({
    path: 'time_zone',
    help: 'IANA time zone of the times in messages and charts, such as Europe/Berlin',
    type: timeZone,
    default: 'UTC',
  }),
  channels: setting({
    path: 'channels',
    help: 'channels that alerts are sent to: {name: {type: slack, email or webhook, ...}} (docs/relay.md)',
    type: channelsType,
    default: {},
    flag: null,
  }),
  routes: setting({
    path: 'routes',
    help: 'which alerts go to which channels; the first match decides: [{severity, matchers, channels, continue}]',
    type: routesType,
    default: [],
    flag: null,
  }),
  dedupWindowMs: setting({
    path: 'dedup_window',
    help: 'how long the same status of an episode is not repeated on a channel',
    type: duration({ minMs: 0 }),
    default: 5 * 60_000,
  }),
  retryMaxAgeMs: setting({
    path: 'retry.max_age',
    help: 'how long a message is retried before it becomes a dead letter',
    type: duration({ minMs: 1_000 }),
    default: 24 * 3_600_000,
  }),
  reconcileIntervalMs: setting({
    path: 'reconcile.interval',
    help: 'how often open episodes are compared with Alertmanager and Prometheus',
    type: scheduleInterval,
    default: 60_000,
  }),
  reconcileAbsentForMs: setting({
    path: 'reconcile.absent_for',
    help: 'how long an alert must be absent from both before its episode is closed',
    type: duration({ minMs: 1_000 }),
    default: 10 * 60_000,
  }),
  heartbeatUrl: optional({
    path: 'heartbeat.url',
    help: 'URL that gets a POST request while the Watchdog fires, for an external monitor of the whole chain',
    type: secret,
  }),
  heartbeatIntervalMs: setting({
    path: 'heartbeat.interval',
    help: 'how often a heartbeat is sent',
    type: scheduleInterval,
    default: 60_000,
  }),
  heartbeatWatchdogMaxAgeMs: setting({
    path: 'heartbeat.watchdog_max_age',
    help: 'age of the last Watchdog above which no heartbeat is sent (Alertmanager repeats it every 5 m)',
    type: duration({ minMs: 1_000 }),
    default: 15 * 60_000,
  }),
  retentionMs: setting({
    path: 'retention.history',
    help: 'how long resolved episodes and their notifications are kept',
    type: duration({ minMs: 60_000 }),
    default: 90 * 86_400_000,
  }),
} satisfies Settings;

export type RelayConfig = ConfigOf<typeof relaySettings>;
