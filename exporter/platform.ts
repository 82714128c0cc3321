/** Where the readings come from: `--source`, the list of collectors that it stands for, and what was asked that it lacks. */

import type { Problem } from '../common/program/settings/config.ts';
import { oneOf } from '../common/program/settings/setting-type.ts';
import { setting } from '../common/program/settings/settings.ts';
import type { Collector } from './collector/collector.ts';
import { collectors } from './collectors/index.ts';

export const sources = ['procfs', 'systeminformation'] as const;
export type Source = (typeof sources)[number];

export const sourceSetting = setting({
  path: 'source',
  help: 'procfs and sysfs of Linux, or what systeminformation reads on macOS and Windows',
  kind: oneOf(sources),
  default: process.platform === 'linux' ? 'procfs' : 'systeminformation',
});

/** The list behind a source. systeminformation and what reads it are loaded only when they are asked for. */
export async function collectorsOf(source: Source): Promise<readonly Collector[]> {
  if (source === 'procfs') return collectors;
  const { createPortableCollectors } = await import('./portable/index.ts');
  return createPortableCollectors();
}

/** Collectors and flags that were given by name and that the source does not have: better refused than not obeyed. */
export function checkSource(
  source: Source,
  list: readonly Collector[],
  config: Readonly<Record<string, unknown>>,
): Problem[] {
  const problems: Problem[] = [];
  for (const { name, flags } of collectors) {
    const own = list.find((each) => each.name === name);
    if (own === undefined && config[`enabled:${name}`] === true) {
      const expected = `a collector of source ${source} (${list.map((each) => each.name).join(', ')})`;
      problems.push({ place: `--collector.${name}`, expected, got: `"${name}"` });
    }
    for (const flag of flags) {
      const value = config[`flag:${name}.${flag.name}`];
      if (value === undefined || own?.flags.some((each) => each.name === flag.name)) continue;
      const expected = `to be left out: source ${source} has no such flag`;
      problems.push({ place: `--collector.${name}.${flag.name}`, expected, got: JSON.stringify(value) });
    }
  }
  return problems;
}
