/**
 * Accepts and logs the flags of node_exporter 1.12 that have no effect in hostpulse: flags of collectors that hostpulse does not have,
 * and flags of Go's runtime. Start commands that were written for node_exporter contain these flags.
 * Source: node_exporter's collector/*.go and node_exporter.go
 */
import type { Log } from '../common/program/log.ts';
import type { SettingType } from '../common/program/settings/setting-type.ts';
import { optional, type Setting } from '../common/program/settings/settings.ts';

/** Collectors of node_exporter, and their flags; a flag that ends in `!` is a switch. */
const collectorFlags: Readonly<Record<string, readonly string[]>> = {
  netclass_rtnl: ['with-stats!'],
  ntp: [
    'server',
    'server-port',
    'protocol-version',
    'server-is-local!',
    'ip-ttl',
    'max-distance',
    'local-offset-tolerance',
  ],
  perf: [
    'cpus',
    'tracepoint',
    'disable-hardware-profilers!',
    'hardware-profilers',
    'disable-software-profilers!',
    'software-profilers',
    'disable-cache-profilers!',
    'cache-profilers',
  ],
  runit: ['servicedir'],
  supervisord: ['url'],
};

/** Settings of the ignored flags, by keys such as `ignored:collector.wifi`. */
export type IgnoredSettings = Readonly<Record<`ignored:${string}`, Setting<unknown>>>;

/** Accepts any value. */
const ignored: SettingType<unknown> = {
  placeholder: 'text',
  parse: (raw) => ({ value: raw }),
  print: (value) => value,
};

/** A flag with a value, which may be repeated. */
const ignoredText: SettingType<unknown> = { ...ignored, isList: true };
const ignoredSwitch: SettingType<unknown> = { ...ignored, placeholder: 'true|false', isSwitch: true };

/** Returns the names of node_exporter's collectors that are not among `known`. */
export function missingCollectors(known: ReadonlySet<string>): readonly string[] {
  return Object.keys(collectorFlags).filter((name) => !known.has(name));
}

/** Returns the settings of the flags of all collectors that are not among `known`, and of Go's runtime. */
export function ignoredSettings(known: ReadonlySet<string>): IgnoredSettings {
  const settings: Record<string, Setting<unknown>> = {};
  const add = (flag: string, path: string, isSwitch: boolean): void => {
    settings[`ignored:${flag}`] = optional({
      path,
      flag,
      help: 'accepted for compatibility with node_exporter; has no effect',
      type: isSwitch ? ignoredSwitch : ignoredText,
      isHidden: true,
    });
  };
  add('runtime.gomaxprocs', 'runtime.gomaxprocs', false);
  for (const name of missingCollectors(known)) {
    add(`collector.${name}`, `collectors.${name}.enabled`, true);
    for (const each of collectorFlags[name] ?? []) {
      const flag = each.replace('!', '');
      add(`collector.${name}.${flag}`, `collectors.${name}.${flag.replaceAll('-', '_')}`, each.endsWith('!'));
    }
  }
  return settings;
}

/** Logs the given flags that have no effect. A collector that is turned off is off. */
export function logIgnored(config: Readonly<Record<string, unknown>>, log: Log): void {
  const given = Object.entries(config).filter(
    ([key, value]) => key.startsWith('ignored:') && value !== undefined && value !== false && value !== 'false',
  );
  if (given.length === 0) return;
  const flags = given.map(([key]) => `--${key.slice('ignored:'.length)}`).join(' ');
  log.warn('flags of node_exporter without effect: hostpulse has no such collector or runtime', { flags });
}
