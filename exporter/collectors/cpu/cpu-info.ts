/** Reads `node_cpu_info` and related metrics from /proc/cpuinfo. They are off unless `--collector.cpu.info` or one of its filters is given. */
import type { CollectorFlag } from '../../collector/collector.ts';
import { checkGoRegexp, compileGoRegexp } from '../../collector/go-regexp.ts';
import { type Family, gauge, type Sample } from '../../exposition/family.ts';
import { parseDecimal, parseLines, parseWords, readHostFile } from '../../procfs/host-file.ts';
import type { ValueFaults } from '../../procfs/value-faults.ts';

export const cpuInfoFlags: readonly CollectorFlag[] = [
  { name: 'info', help: 'Enables metric cpu_info', isSwitch: true, default: 'false' },
  {
    name: 'info.flags-include',
    help: 'Filter the `flags` field in cpuInfo with a value that must be a regular expression',
    check: checkGoRegexp,
  },
  {
    name: 'info.bugs-include',
    help: 'Filter the `bugs` field in cpuInfo with a value that must be a regular expression',
    check: checkGoRegexp,
  },
];

/** The fields of one processor by the kernel's names, such as `model name`. */
export type CpuInfo = ReadonlyMap<string, string>;

/** Returns a function that reads the families; it returns `[]` when the flags enable none. */
export function createCpuInfoReader(
  path: string,
  flags: Readonly<Record<string, string>>,
  faults: ValueFaults,
): () => Family[] {
  const { 'info.flags-include': flagsInclude = '', 'info.bugs-include': bugsInclude = '' } = flags;
  if (flags['info'] !== 'true' && flagsInclude === '' && bugsInclude === '') return () => [];
  const flagPattern = flagsInclude === '' ? undefined : compileGoRegexp(flagsInclude);
  const bugPattern = bugsInclude === '' ? undefined : compileGoRegexp(bugsInclude);
  return () => {
    const processors = faults.attempt(path, () => parseCpuInfo(readHostFile(path)));
    if (processors === undefined) return [];
    return [
      wordFamily('bug', 'bugs', processors[0], bugPattern),
      wordFamily('flag', 'flags', processors[0], flagPattern),
      frequencyFamily(processors, faults),
      infoFamily(processors),
    ];
  };
}

/** Parses the processors in the order of the file. Omits sections without a processor number, such as `Hardware` on ARM. */
export function parseCpuInfo(text: string): CpuInfo[] {
  const processors: Map<string, string>[] = [];
  let fields = new Map<string, string>();
  const finish = () => {
    if (fields.has('processor')) processors.push(fields);
    fields = new Map();
  };
  for (const line of parseLines(text)) {
    const colon = line.indexOf(':');
    if (line.trim() === '') finish();
    else if (colon > 0) fields.set(line.slice(0, colon).trimEnd(), line.slice(colon + 1).trim());
  }
  finish();
  if (processors.length === 0) throw new Error('cpuinfo: expected a processor, got none');
  return processors;
}

function infoFamily(processors: readonly CpuInfo[]): Family {
  const samples = processors.map((cpu): Sample => {
    const labels = {
      cachesize: cpu.get('cache size') ?? '',
      core: cpu.get('core id') ?? '',
      cpu: cpu.get('processor') ?? '',
      family: cpu.get('cpu family') ?? cpu.get('CPU architecture') ?? '',
      microcode: cpu.get('microcode') ?? '',
      model: cpu.get('model') ?? cpu.get('CPU part') ?? '',
      model_name: cpu.get('model name') ?? '',
      package: cpu.get('physical id') ?? '',
      stepping: cpu.get('stepping') ?? cpu.get('CPU revision') ?? '',
      vendor: cpu.get('vendor_id') ?? cpu.get('CPU implementer') ?? '',
    };
    return { labels, value: 1 };
  });
  return gauge('node_cpu_info', 'CPU information from /proc/cpuinfo.', samples);
}

function frequencyFamily(processors: readonly CpuInfo[], faults: ValueFaults): Family {
  const samples: Sample[] = [];
  for (const cpu of processors) {
    const mhz = cpu.get('cpu MHz');
    if (mhz === undefined) continue;
    const labels = {
      core: cpu.get('core id') ?? '',
      cpu: cpu.get('processor') ?? '',
      package: cpu.get('physical id') ?? '',
    };
    const value = faults.attempt(`cpuinfo cpu ${labels.cpu}`, () => parseDecimal(mhz, 'cpuinfo cpu MHz'));
    // The file has three decimals of a MHz; rounding removes the error of the binary product.
    if (value !== undefined) samples.push({ labels, value: Math.round(value * 1e6) });
  }
  return gauge('node_cpu_frequency_hertz', 'CPU frequency in hertz from /proc/cpuinfo.', samples);
}

/** Returns a family with one sample for each matching word in the first processor's `flags` or `bugs`. */
function wordFamily(
  label: 'flag' | 'bug',
  field: string,
  cpu: CpuInfo | undefined,
  pattern: RegExp | undefined,
): Family {
  const words = pattern === undefined ? [] : parseWords(cpu?.get(field) ?? '').filter((word) => pattern.test(word));
  const help = `The \`${field}\` field of CPU information from /proc/cpuinfo taken from the first core.`;
  return gauge(
    `node_cpu_${label}_info`,
    help,
    words.map((word) => ({ labels: { [label]: word }, value: 1 })),
  );
}
