/** Exposes frequencies and governors of CPUs, from /sys/devices/system/cpu. Source: https://docs.kernel.org/admin-guide/pm/cpufreq.html */
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { cachedReading, deviceFactsMaxAgeMs } from '../collector/cached-reading.ts';
import type { Collector } from '../collector/collector.ts';
import { type Family, gauge, type Labels, type Sample } from '../exposition/family.ts';
import { parseNumberList, parseWords } from '../procfs/host-file.ts';
import { ageFamilies, createSlowAttributes, type SlowReadings } from '../procfs/slow-attributes.ts';
import {
  type AttributeReader,
  createAttributeReader,
  isAbsent,
  listNumbered,
  parseUnsignedLine,
} from '../procfs/sysfs.ts';
import type { ValueFaults } from '../procfs/value-faults.ts';

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

/** Attributes that change continuously. Other attributes change when an administrator sets them. */
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
  help: 'Exposes frequencies and governors of CPUs, from /sys/devices/system/cpu/cpu*/cpufreq.',
  docs: {
    source: '/sys/devices/system/cpu/cpu*/cpufreq',
    differences: [
      {
        upstream: 'reads every attribute at every scrape',
        here: 'reads configured attributes once a minute',
        reason: 'configured attributes change only when an administrator sets them',
      },
    ],
  },
  flags: [],
  create({ paths, faults, now = Date.now, slowReadLimits }) {
    const attributes = createAttributeReader(faults);
    const readSlow = createSlowAttributes({ faults, lanes: 2, limits: slowReadLimits });
    const folder = join(paths.sysfs, 'devices', 'system', 'cpu');
    const offlinePath = join(folder, 'offline');
    const factsOf = cachedReading((offline) => readFacts(folder, { offline, attributes, faults }), {
      maxAgeMs: deviceFactsMaxAgeMs,
      now,
    });
    return () => {
      const offline = attributes.parsed(offlinePath, (text, where) => parseNumberList(text, where).join()) ?? '';
      const cpus = factsOf(offline);
      const familiesOf = ({ texts, ageSeconds }: SlowReadings) => {
        const values = integersOf(texts, faults);
        return [
          ...metrics.map((metric) => frequencyFamily(metric, cpus, values)),
          gauge(
            'node_cpu_scaling_governor',
            'Current enabled CPU frequency governor.',
            cpus.flatMap(({ governors }) => governors),
          ),
          ...ageFamilies('cpufreq', ageSeconds),
        ];
      };
      const readings = readSlow(cpus.flatMap(({ continuousPaths }) => [...continuousPaths.values()]));
      return readings instanceof Promise ? readings.then(familiesOf) : familiesOf(readings);
    };
  },
};

function integersOf(texts: ReadonlyMap<string, string>, faults: ValueFaults): ReadonlyMap<string, number> {
  const values = new Map<string, number>();
  for (const [path, text] of texts) {
    const value = faults.attempt(path, () => parseUnsignedLine(text, path));
    if (value !== undefined) values.set(path, value);
  }
  return values;
}

interface FactsOptions {
  /** Numbers of the CPUs that are offline: `2,3`. */
  readonly offline: string;
  readonly attributes: AttributeReader;
  readonly faults: ValueFaults;
}

function readFacts(folder: string, { offline, attributes, faults }: FactsOptions): CpuFacts[] {
  const offlineCpus = new Set(offline.split(','));
  return listNumbered(folder, /^cpu(\d+)$/).flatMap(({ name, number: cpu }) => {
    const cpufreqFolder = join(folder, name, 'cpufreq');
    const files = offlineCpus.has(cpu) ? [] : (attributes.folder(cpufreqFolder) ?? []);
    if (files.length === 0) return [];
    const limits = new Map<Attribute, number>();
    const continuousPaths = new Map<Attribute, string>();
    for (const [, , attribute] of metrics) {
      const path = join(cpufreqFolder, attribute);
      if (!files.some((file) => file.name === attribute)) continue;
      if (!continuous.has(attribute)) addIfDefined(limits, attribute, attributes.unsigned(path));
      else if (isReadable(path, faults)) continuousPaths.set(attribute, path);
    }
    return [{ labels: { cpu }, limits, continuousPaths, governors: readGovernors(cpufreqFolder, cpu, attributes) }];
  });
}

function addIfDefined(values: Map<Attribute, number>, attribute: Attribute, value: number | undefined): void {
  if (value !== undefined) values.set(attribute, value);
}

/** Returns whether the exporter may read a file: only root may read the frequency of the hardware. */
function isReadable(path: string, faults: ValueFaults): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch (thrown) {
    if (!isAbsent(thrown)) faults.report(path, thrown);
    return false;
  }
}

/** Returns a sample for each available governor: 1 for the current governor, 0 for other governors. */
function readGovernors(folder: string, cpu: string, attributes: AttributeReader): Sample[] {
  const current = attributes.line(join(folder, 'scaling_governor'));
  if (current === undefined || current === '') return [];
  const available = parseWords(attributes.line(join(folder, 'scaling_available_governors')) ?? '');
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
