/** Generates settings from the list of collectors: a switch for each collector, and a setting for each flag. */
import { fault, flag, type SettingType, text } from '../common/program/settings/setting-type.ts';
import { optional, type Setting } from '../common/program/settings/settings.ts';
import type { Collector, CollectorFlag } from './collector/collector.ts';

/** Settings by key: `enabled:cpu` is the switch of a collector, `flag:cpu.info` a flag as text. A value is absent unless given. */
export type CollectorSettings = Readonly<
  Record<`enabled:${string}`, Setting<boolean | undefined>> & Record<`flag:${string}`, Setting<string | undefined>>
>;

/** Makes `--collector.<name>` and `--collector.<name>.<flag>`; in the file `collectors.<name>.enabled` and `collectors.<name>.<flag>`. */
export function collectorSettings(collectors: readonly Collector[]): CollectorSettings {
  const settings: Record<string, Setting<unknown>> = {};
  for (const { name, help, defaultEnabled, flags } of collectors) {
    settings[`enabled:${name}`] = optional({
      path: `collectors.${name}.enabled`,
      flag: `collector.${name}`,
      help: `${help} [${defaultEnabled ? 'on' : 'off'} by default]`,
      type: flag,
    });
    for (const each of flags) settings[`flag:${name}.${each.name}`] = flagSetting(name, each);
  }
  return settings as CollectorSettings;
}

function flagSetting(collector: string, each: CollectorFlag): Setting<unknown> {
  return optional({
    path: `collectors.${collector}.${snakeCase(each.name)}`,
    flag: each.spelling ?? `collector.${collector}.${each.name}`,
    help: each.default === undefined || each.isSwitch ? each.help : `${each.help} [default: ${each.default}]`,
    type: flagType(each),
    ...(each.isHidden ? { isHidden: true } : {}),
  });
}

/** Returns the key of a flag in the configuration file: `device-exclude` is `device_exclude`, `priorityStats` is `priority_stats`. */
function snakeCase(flagName: string): string {
  return flagName.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replaceAll(/[^a-z0-9]/g, '_');
}

/** Accepts a repeatable flag, or a list in YAML. The value has one line for each item. A comma does not separate items: paths may contain commas. */
const lines: SettingType<string> = {
  ...text,
  placeholder: 'text',
  isList: true,
  parse(raw) {
    const items: unknown[] = Array.isArray(raw) ? raw : [raw];
    return items.every((item) => typeof item === 'string')
      ? { value: items.join('\n') }
      : fault('a text or a list of texts', raw);
  },
  print: (value) => value.split('\n'),
};

/** Returns the type of a flag. The value is text, as in node_exporter, and validated by `check`. A number or boolean in YAML is converted to text. */
function flagType({ check, isSwitch, isList }: CollectorFlag): SettingType<string> {
  if (isList) return lines;
  if (isSwitch) {
    return {
      ...text,
      placeholder: 'true|false',
      isSwitch: true,
      parse(raw) {
        const parsed = flag.parse(raw);
        return 'value' in parsed ? { value: String(parsed.value) } : parsed;
      },
      print: (value) => value === 'true',
    };
  }
  return {
    ...text,
    placeholder: 'text',
    parse(raw) {
      if (!['string', 'number', 'boolean'].includes(typeof raw)) return fault('a text', raw);
      const value = String(raw);
      try {
        check?.(value);
      } catch (error) {
        return fault(Error.isError(error) ? error.message : String(error), raw);
      }
      return { value };
    },
  };
}
