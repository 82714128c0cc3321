/** Defines the exporter's settings: node_exporter's flags, the keys of the configuration file, and the settings of the collectors. */
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
import { type ConfigOf, optional, type Setting, type Settings, setting } from '../common/program/settings/settings.ts';
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

/** Accepts label values by name: a map in YAML, or the text `name=value,name=value`. */
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

/** Returns a setting without a flag, which only the configuration file or the environment sets. */
function fileOnly<T>(path: string, help: string, type: SettingType<T>): Setting<T | undefined> {
  return optional({ path, flag: null, help, type });
}

const web = {
  listenAddresses: setting({
    path: 'web.listen_address',
    help: 'address to listen on, such as :9100 or unix:/run/exporter.sock; may be repeated',
    type: list(socketAddress),
    default: [{ port: 9100 }],
  }),
  telemetryPath: setting({
    path: 'web.telemetry_path',
    help: 'path of the metrics endpoint',
    type: urlPath,
    default: '/metrics',
  }),
  usesSystemdSocket: setting({
    path: 'web.systemd_socket',
    help: 'listen on the sockets that systemd passes to the program (LISTEN_FDS), instead of web.listen_address',
    type: flag,
    default: false,
  }),
  webConfigFile: optional({
    path: 'web.config_file',
    flag: 'web.config.file',
    help: "file with TLS, client certificates and users, in exporter-toolkit's format",
    type: path,
  }),
  maxRequests: setting({
    path: 'web.max_requests',
    help: 'limit of concurrent scrapes; 0 for no limit',
    type: integer({ min: 0, max: 100_000 }),
    default: 40,
  }),
  hidesOwnMetrics: setting({
    path: 'web.disable_exporter_metrics',
    help: "omit the exporter's own metrics (hostpulse_*, process_*)",
    type: flag,
    default: false,
  }),
} satisfies Settings;

const paths = {
  procfs: setting({ path: 'path.procfs', help: 'mount point of procfs', type: absolutePath, default: '/proc' }),
  sysfs: setting({ path: 'path.sysfs', help: 'mount point of sysfs', type: absolutePath, default: '/sys' }),
  rootfs: setting({
    path: 'path.rootfs',
    help: "mount point of the host's root file system",
    type: absolutePath,
    default: '/',
  }),
  udevData: setting({
    path: 'path.udev_data',
    flag: 'path.udev.data',
    help: "udev's device database",
    type: absolutePath,
    default: '/run/udev/data',
  }),
} satisfies Settings;

const push = {
  interval: setting({
    path: 'collector.interval',
    flag: null,
    help: 'interval between pushed samples',
    type: duration({ minMs: 1_000 }),
    default: 5_000,
  }),
  serverUrl: fileOnly('collector.server_url', 'URL of the gateway to push to', url),
  apiKey: fileOnly('collector.api_key', 'API key for the gateway', secret),
  protocol: setting({
    path: 'collector.protocol',
    flag: null,
    help: 'push protocol',
    type: oneOf(['http', 'remote_write', 'grpc']),
    default: 'http',
  }),
  host: fileOnly('collector.host', 'host name of pushed samples', text),
  labels: fileOnly('collector.labels', 'labels added to every pushed sample', labels),
  caFile: fileOnly('collector.tls.ca_file', "file with the CA of the gateway's certificate", path),
  certFile: fileOnly('collector.tls.cert_file', 'file with the client certificate', path),
  keyFile: fileOnly('collector.tls.key_file', "file with the client certificate's key", path),
  bufferPath: fileOnly('collector.buffer.path', 'folder of the push buffer', path),
  bufferMaxBytes: setting({
    path: 'collector.buffer.max_bytes',
    flag: null,
    help: 'size above which the buffer drops its oldest samples',
    type: bytes,
    default: 256 * 2 ** 20,
  }),
  bufferMaxAgeMs: setting({
    path: 'collector.buffer.max_age',
    flag: null,
    help: 'age above which the buffer drops samples',
    type: duration({ minMs: 60_000 }),
    default: 86_400_000,
  }),
} satisfies Settings;

const metrics = {
  cpuEnabled: fileOnly('metrics.cpu.enabled', 'turn the collectors cpu and loadavg on or off', flag),
  perCpu: setting({
    path: 'metrics.cpu.per_cpu',
    flag: null,
    help: 'one series per CPU; false: the mean of all CPUs, as cpu="all"',
    type: flag,
    default: true,
  }),
  memoryEnabled: fileOnly('metrics.memory.enabled', 'turn the collectors meminfo and vmstat on or off', flag),
  diskEnabled: fileOnly('metrics.disk.enabled', 'turn the collectors diskstats and filesystem on or off', flag),
  excludeDevices: fileOnly(
    'metrics.disk.exclude_devices',
    'names of devices and file system types to exclude, in addition to the default excludes',
    list(text),
  ),
  networkEnabled: fileOnly(
    'metrics.network.enabled',
    'turn the collectors netdev, netstat and sockstat on or off',
    flag,
  ),
  interfaces: fileOnly('metrics.network.interfaces', 'names of network devices to read; default: all', list(text)),
} satisfies Settings;

const top = {
  topEnabled: setting({
    path: 'top.enabled',
    flag: 'top',
    help: 'keep the busiest processes of the last ten minutes for /api/top and the gateway',
    type: flag,
    default: true,
  }),
  topCommandLines: setting({
    path: 'top.command_lines',
    help: 'keep the command lines of these processes, which may contain secrets; default: names only',
    type: flag,
    default: false,
  }),
  topServerUrl: fileOnly(
    'top.server_url',
    'URL of the gateway that keeps the busiest processes; default: collector.server_url, except with protocol grpc',
    url,
  ),
} satisfies Settings;

const disableDefaults = setting({
  path: 'collectors.disable_defaults',
  flag: 'collector.disable-defaults',
  help: 'turn off all collectors that are not turned on by name',
  type: flag,
  default: false,
});

const fixedSettings = { ...web, source: sourceSetting, ...paths, ...push, ...top, ...metrics, disableDefaults };

export const exporterSettings: typeof fixedSettings & CollectorSettings & IgnoredSettings = {
  ...fixedSettings,
  ...collectorSettings(collectors),
  ...ignoredSettings(new Set(collectors.map(({ name }) => name))),
};

export type ExporterConfig = ConfigOf<typeof exporterSettings>;

function pairsOf(raw: string): Record<string, string | undefined> {
  return Object.fromEntries(raw.split(',').map((pair) => pair.trim().split(/=(.*)/s).slice(0, 2)));
}
