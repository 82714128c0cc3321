/** The exporter's settings: node_exporter's flags, the keys of the configuration file, and those of the collectors. */
import { resolve } from 'node:path';
import {
  fault,
  flag,
  integer,
  list,
  oneOf,
  path,
  type SettingType,
  secret,
  text,
  url,
} from '../common/program/settings/setting-type.ts';
import { type ConfigOf, optional, type Settings, setting } from '../common/program/settings/settings.ts';
import { bytes, duration, socketAddress } from '../common/program/settings/units.ts';
import { type CollectorSettings, collectorSettings } from './collector-settings.ts';
import { collectors } from './collectors/index.ts';
import { type IgnoredSettings, ignoredSettings } from './node-exporter-flags.ts';
import { sourceSetting } from './platform.ts';

const urlPath: SettingType<string> = {
  ...path,
  parse: (raw) =>
    typeof raw === 'string' && raw.startsWith('/')
      ? { value: raw }
      : fault('a path that starts with a slash, such as /metrics', raw),
};

/** Like {@link path}, but the value is absolute: mount points of the host are compared with it. */
const absolutePath: SettingType<string> = {
  ...path,
  parse(raw) {
    const parsed = path.parse(raw);
    return 'value' in parsed ? { value: resolve(parsed.value) } : parsed;
  },
};

/** Label values by name: a map in YAML, or the text `name=value,name=value`. */
const labels: SettingType<Readonly<Record<string, string>>> = {
  placeholder: 'name=value',
  parse(raw) {
    const given = typeof raw === 'string' ? pairsOf(raw) : raw;
    if (typeof given !== 'object' || given === null || Array.isArray(given)) {
      return fault('a map of label names and texts', raw);
    }
    const faults = Object.entries(given)
      .filter(([name, value]) => !/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) || typeof value !== 'string')
      .map(([name, value]) => ({ path: [name], expected: 'a label name and a text', got: JSON.stringify(value) }));
    return faults.length > 0 ? { faults } : { value: given as Record<string, string> };
  },
  print: (value) => value,
};

const web = {
  listenAddresses: setting({
    path: 'web.listen_address',
    help: 'address to listen on, such as :9100 or unix:/run/exporter.sock; may be repeated',
    kind: list(socketAddress),
    default: [{ port: 9100 }],
  }),
  telemetryPath: setting({
    path: 'web.telemetry_path',
    help: 'path of the metrics endpoint',
    kind: urlPath,
    default: '/metrics',
  }),
  usesSystemdSocket: setting({
    path: 'web.systemd_socket',
    help: 'listen on the sockets that systemd passes to the program (LISTEN_FDS), instead of web.listen_address',
    kind: flag,
    default: false,
  }),
  webConfigFile: optional({
    path: 'web.config_file',
    flag: 'web.config.file',
    help: "file with TLS, client certificates and users, in exporter-toolkit's format",
    kind: path,
  }),
  maxRequests: setting({
    path: 'web.max_requests',
    help: 'limit of concurrent scrapes; 0 for no limit',
    kind: integer({ min: 0, max: 100_000 }),
    default: 40,
  }),
  hidesOwnMetrics: setting({
    path: 'web.disable_exporter_metrics',
    help: "omit the exporter's own metrics (hostpulse_*, process_*)",
    kind: flag,
    default: false,
  }),
} satisfies Settings;

const paths = {
  procfs: setting({ path: 'path.procfs', help: 'mount point of procfs', kind: absolutePath, default: '/proc' }),
  sysfs: setting({ path: 'path.sysfs', help: 'mount point of sysfs', kind: absolutePath, default: '/sys' }),
  rootfs: setting({
    path: 'path.rootfs',
    help: "mount point of the host's root file system",
    kind: absolutePath,
    default: '/',
  }),
  udevData: setting({
    path: 'path.udev_data',
    flag: 'path.udev.data',
    help: "udev's device database",
    kind: absolutePath,
    default: '/run/udev/data',
  }),
} satisfies Settings;

const push = {
  interval: setting({
    path: 'collector.interval',
    flag: null,
    help: 'interval between pushed samples',
    kind: duration({ minMs: 1_000 }),
    default: 5_000,
  }),
  serverUrl: optional({ path: 'collector.server_url', flag: null, help: 'URL of the gateway to push to', kind: url }),
  apiKey: optional({ path: 'collector.api_key', flag: null, help: 'API key for the gateway', kind: secret }),
  protocol: setting({
    path: 'collector.protocol',
    flag: null,
    help: 'push protocol',
    kind: oneOf(['http', 'remote_write', 'grpc']),
    default: 'http',
  }),
  host: optional({ path: 'collector.host', flag: null, help: 'host name of pushed samples', kind: text }),
  labels: optional({ path: 'collector.labels', flag: null, help: 'labels added to every pushed sample', kind: labels }),
  caFile: optional({
    path: 'collector.tls.ca_file',
    flag: null,
    help: "file with the CA of the gateway's certificate",
    kind: path,
  }),
  certFile: optional({
    path: 'collector.tls.cert_file',
    flag: null,
    help: 'file with the client certificate',
    kind: path,
  }),
  keyFile: optional({
    path: 'collector.tls.key_file',
    flag: null,
    help: "file with the client certificate's key",
    kind: path,
  }),
  bufferPath: optional({ path: 'collector.buffer.path', flag: null, help: 'folder of the push buffer', kind: path }),
  bufferMaxBytes: setting({
    path: 'collector.buffer.max_bytes',
    flag: null,
    help: 'size above which the buffer drops its oldest samples',
    kind: bytes,
    default: 256 * 2 ** 20,
  }),
  bufferMaxAgeMs: setting({
    path: 'collector.buffer.max_age',
    flag: null,
    help: 'age above which the buffer drops samples',
    kind: duration({ minMs: 60_000 }),
    default: 86_400_000,
  }),
} satisfies Settings;

const metrics = {
  cpuEnabled: optional({
    path: 'metrics.cpu.enabled',
    flag: null,
    help: 'turn the collectors cpu and loadavg on or off',
    kind: flag,
  }),
  perCpu: setting({
    path: 'metrics.cpu.per_cpu',
    flag: null,
    help: 'one series per CPU; false: the mean of all CPUs, as cpu="all"',
    kind: flag,
    default: true,
  }),
  memoryEnabled: optional({
    path: 'metrics.memory.enabled',
    flag: null,
    help: 'turn the collectors meminfo and vmstat on or off',
    kind: flag,
  }),
  diskEnabled: optional({
    path: 'metrics.disk.enabled',
    flag: null,
    help: 'turn the collectors diskstats and filesystem on or off',
    kind: flag,
  }),
  excludeDevices: optional({
    path: 'metrics.disk.exclude_devices',
    flag: null,
    help: 'names of devices and file system types to exclude, in addition to the default excludes',
    kind: list(text),
  }),
  networkEnabled: optional({
    path: 'metrics.network.enabled',
    flag: null,
    help: 'turn the collectors netdev, netstat and sockstat on or off',
    kind: flag,
  }),
  interfaces: optional({
    path: 'metrics.network.interfaces',
    flag: null,
    help: 'names of network devices to read; default: all',
    kind: list(text),
  }),
} satisfies Settings;

const disableDefaults = setting({
  path: 'collectors.disable_defaults',
  flag: 'collector.disable-defaults',
  help: 'turn off all collectors that are not turned on by name',
  kind: flag,
  default: false,
});

const fixedSettings = { ...web, source: sourceSetting, ...paths, ...push, ...metrics, disableDefaults };

export const exporterSettings: typeof fixedSettings & CollectorSettings & IgnoredSettings = {
  ...fixedSettings,
  ...collectorSettings(collectors),
  ...ignoredSettings(new Set(collectors.map(({ name }) => name))),
};

export type ExporterConfig = ConfigOf<typeof exporterSettings>;

function pairsOf(raw: string): Record<string, string | undefined> {
  return Object.fromEntries(raw.split(',').map((pair) => pair.trim().split(/=(.*)/s).slice(0, 2)));
}
