/** Defines the data sources: the setting `--source`, the collectors of each source, and checks of flags that a source does not support. */
import type { Problem } from '../common/program/settings/config.ts';
import { oneOf } from '../common/program/settings/setting-type.ts';
import { setting } from '../common/program/settings/settings.ts';
import type { Collector } from './collector/collector.ts';
import { collectors } from './collectors/index.ts';

export const sources = ['procfs', 'systeminformation'] as const;
export type Source = (typeof sources)[number];

export const sourceSetting = setting({
  path: 'source',
  help: 'data source: procfs and sysfs on Linux, systeminformation on macOS and Windows',
  type: oneOf(sources),
  default: process.platform === 'linux' ? 'procfs' : 'systeminformation',
});

/** Returns the collectors of a source. Imports the portable collectors and systeminformation only for their source. */
export async function loadCollectors(source: Source): Promise<readonly Collector[]> {
  if (source === 'procfs') return collectors;
  const { createPortableCollectors } = await import('./portable/index.ts');
  return createPortableCollectors();
}

/** Returns a problem for every given collector and flag that the source does not support: none is ignored silently. */
export function checkSource(
  source: Source,
  supported: readonly Collector[],
  config: Readonly<Record<string, unknown>>,
): Problem[] {
  const problems: Problem[] = [];
  for (const { name, flags } of collectors) {
    const own = supported.find((each) => each.name === name);
    if (own === undefined && config[`enabled:${name}`] === true) {
      const expected = `a collector of source ${source} (${supported.map((each) => each.name).join(', ')})`;
      problems.push({ place: `--collector.${name}`, expected, got: `"${name}"` });
    }
    for (const flag of flags) {
      const value = config[`flag:${name}.${flag.name}`];
      if (value === undefined || own?.flags.some((each) => each.name === flag.name)) continue;
      const expected = `no value: source ${source} has no such flag`;
      problems.push({ place: `--collector.${name}.${flag.name}`, expected, got: JSON.stringify(value) });
    }
  }
  return problems;
}
