/** Filters systemd's units by expressions that match whole names. A unit is shown when its name matches `include` and not `exclude`. */
import type { CollectorFlag } from '../../collector/collector.ts';
import { compileGoRegexp } from '../../collector/go-regexp.ts';

const defaults = { include: '.+', exclude: String.raw`.+\.(automount|device|mount|scope|slice)` } as const;
const both = 'Units must both match include and not match exclude to be included.';

export const unitFilterFlags: readonly CollectorFlag[] = [
  { name: 'unit-include', help: `Regexp of systemd units to include. ${both}`, default: defaults.include, check },
  { name: 'unit-exclude', help: `Regexp of systemd units to exclude. ${both}`, default: defaults.exclude, check },
  { name: 'unit-whitelist', help: 'DEPRECATED: use unit-include', isHidden: true, check },
  { name: 'unit-blacklist', help: 'DEPRECATED: use unit-exclude', isHidden: true, check },
];

/** Throws when a flag and its deprecated name are both given; the default counts as not given. */
export function compileUnitFilter(flags: Readonly<Record<string, string>>): (unit: string) => boolean {
  const include = wholeName(pick(flags, 'unit-include', 'unit-whitelist', defaults.include));
  const exclude = wholeName(pick(flags, 'unit-exclude', 'unit-blacklist', defaults.exclude));
  return (unit) => include.test(unit) && !exclude.test(unit);
}

function pick(flags: Readonly<Record<string, string>>, name: string, oldName: string, defaultValue: string): string {
  const [value = defaultValue, oldValue = ''] = [flags[name], flags[oldName]];
  if (oldValue === '') return value;
  if (value !== defaultValue)
    throw new Error(`--collector.systemd.${oldName} and --collector.systemd.${name} are mutually exclusive`);
  return oldValue;
}

/** Keeps flags such as `(?i)` at the beginning. */
function wholeName(pattern: string): RegExp {
  const [flags = ''] = /^\(\?[a-zA-Z]+\)/.exec(pattern) ?? [];
  return compileGoRegexp(`${flags}^(?:${pattern.slice(flags.length)})$`);
}

function check(pattern: string): void {
  wholeName(pattern);
}
