/** Frequencies and governors of CPUs, from /sys/devices/system/cpu. Source: https://docs.kernel.org/admin-guide/pm/cpufreq.html */

import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { cachedReading, deviceFactsMaxAgeMs } from '../collector/cached-reading.ts';
import type { Collector } from '../collector/collector.ts';
import { type Family, gauge, type Labels, type Sample } from '../exposition/family.ts';
import { parseNumberList, parseWords, readHostFile } from '../procfs/host-file.ts';
import { isUnavailable, listFolder, listNumbered, tryReadInteger, tryReadLine } from '../procfs/sysfs.ts';
import { readSlowIntegers } from './cpufreq/slow-attributes.ts';

/** In the order of exposition. The files have kHz. */
const metrics = [
  ['frequency_avg_hertz', 'Average CPU thread frequency in hertz.', 'cpuinfo_avg_freq'],
  ['frequency_hertz', 'Current CPU thread frequency in hertz.', 'cpuinfo_cur_freq'],
  ['frequency_max_hertz', 'Maximum CPU thread frequency in hertz.', 'cpuinfo_max_freq'],
  ['frequency_min_hertz', 'Minimum CPU thread frequency in hertz.', 'cpuinfo_min_freq'],
  ['scaling_frequency_hertz', 'Current scaled CPU thread frequency in hertz.', 'scaling_cur_freq'],
  ['scaling_frequency_max_hertz', 'Maximum scaled CPU thread frequency in hertz.', 'scaling_max_freq'],
  ['scaling_frequency_min_hertz', 'Minimum scaled CPU thread frequency in hertz.', 'scaling_min_freq'],
] as const;

type Attribute = (typeof metrics)[number][2];

/** Attributes that change continuously; the others change when an administrator sets them. */
const continuous: ReadonlySet<Attribute> = new Set<Attribute>([
  'cpuinfo_avg_freq',
  'cpuinfo_cur_freq',
  'scaling_cur_freq',
]);

/** Slow-changing facts of a CPU: limits, governors, and the continuous attributes that exist. */
interface CpuFacts {
  readonly labels: Labels;
  readonly limits: ReadonlyMap<Attribute, number>;
  /** Paths of the existing continuous attributes. */
  readonly continuousPaths: ReadonlyMap<Attribute, string>;
  readonly governors: readonly Sample[];
}

export const cpufreq: Collector = {
  name: 'cpufreq',
  defaultEnabled: true,
  help: 'Frequencies and governors of CPUs, from /sys/devices/system/cpu/cpu*/cpufreq.',
  flags: [],
  create({ paths, now = Date.now }) {
    const folder = join(paths.sysfs, 'devices', 'system', 'cpu');
    const offlinePath = join(folder, 'offline');
    const factsOf = cachedReading((offline) => readFacts(folder, offline, offlinePath), {
      maxAgeMs: deviceFactsMaxAgeMs,
      now,
    });
    return () => {
      const cpus = factsOf(readHostFile(offlinePath));
      const familiesOf = (values: ReadonlyMap<string, number>) => [
        ...metrics.map((metric) => frequencyFamily(metric, cpus, values)),
        gauge(
          'node_cpu_scaling_governor',
          'Current enabled CPU frequency governor.',
          cpus.flatMap(({ governors }) => governors),
        ),
      ];
      const values = readSlowIntegers(cpus.flatMap(({ continuousPaths }) => [...continuousPaths.values()]));
      return values instanceof Promise ? values.then(familiesOf) : familiesOf(values);
    };
  },
};

function readFacts(folder: string, offline: string, offlinePath: string): CpuFacts[] {
  const offlineCpus = new Set(parseNumberList(offline, offlinePath).map(String));
  return listNumbered(folder, /^cpu(\d+)$/).flatMap(({ name, number: cpu }) => {
    const cpufreqFolder = join(folder, name, 'cpufreq');
    const files = offlineCpus.has(cpu) ? [] : (listFolder(cpufreqFolder) ?? []);
    if (files.length === 0) return [];
    const limits = new Map<Attribute, number>();
    const continuousPaths = new Map<Attribute, string>();
    for (const [, , attribute] of metrics) {
      const path = join(cpufreqFolder, attribute);
      if (!files.some((file) => file.name === attribute)) continue;
      if (!continuous.has(attribute)) addIfDefined(limits, attribute, tryReadInteger(path));
      else if (isReadable(path)) continuousPaths.set(attribute, path);
    }
    return [{ labels: { cpu }, limits, continuousPaths, governors: readGovernors(cpufreqFolder, cpu) }];
  });
}

function addIfDefined(values: Map<Attribute, number>, attribute: Attribute, value: number | undefined): void {
  if (value !== undefined) values.set(attribute, value);
}

/** Only root may read the frequency of the hardware. */
function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch (thrown) {
    if (isUnavailable(thrown)) return false;
    throw thrown;
  }
}

/** Returns a sample for each available governor: 1 for the current one, else 0. */
function readGovernors(folder: string, cpu: string): Sample[] {
  const current = tryReadLine(join(folder, 'scaling_governor'));
  if (current === undefined || current === '') return [];
  const available = parseWords(tryReadLine(join(folder, 'scaling_available_governors')) ?? '');
  return available.map((governor) => ({ labels: { cpu, governor }, value: governor === current ? 1 : 0 }));
}

function frequencyFamily(
  [name, help, attribute]: (typeof metrics)[number],
  cpus: readonly CpuFacts[],
  values: ReadonlyMap<string, number>,
): Family {
  const samples: Sample[] = [];
  for (const { labels, limits, continuousPaths } of cpus) {
    const kilohertz = continuous.has(attribute)
      ? values.get(continuousPaths.get(attribute) ?? '')
      : limits.get(attribute);
    if (kilohertz !== undefined) samples.push({ labels, value: kilohertz * 1000 });
  }
  return gauge(`node_cpu_${name}`, help, samples);
}
