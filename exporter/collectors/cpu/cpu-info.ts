/** `node_cpu_info` and its kin, from /proc/cpuinfo; off unless `--collector.cpu.info` or one of its filters is given. */

import type { CollectorFlag } from '../../collector/collector.ts';
import { checkGoRegexp, compileGoRegexp } from '../../collector/go-regexp.ts';
import type { Family, Sample } from '../../exposition/family.ts';
import { readHostFile } from '../../procfs/host-file.ts';
import { parseDecimal, parseLines, parseWords } from '../../procfs/parse.ts';

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

/** The fields of one processor by the kernel's own names: `model name`. */
export type CpuInfo = ReadonlyMap<string, string>;

/** Answers no families when nothing was asked for. */
export function createCpuInfoReader(path: string, flags: Readonly<Record<string, string>>): () => Family[] {
  const { 'info.flags-include': flagsInclude = '', 'info.bugs-include': bugsInclude = '' } = flags;
  if (flags['info'] !== 'true' && flagsInclude === '' && bugsInclude === '') return () => [];
  const flagPattern = flagsInclude === '' ? undefined : compileGoRegexp(flagsInclude);
  const bugPattern = bugsInclude === '' ? undefined : compileGoRegexp(bugsInclude);
  return () => {
    const processors = parseCpuInfo(readHostFile(path));
    return [
      wordFamily('bug', 'bugs', processors[0], bugPattern),
      wordFamily('flag', 'flags', processors[0], flagPattern),
      frequencyFamily(processors),
      infoFamily(processors),
    ];
  };
}

/** A map a processor, in the file's order; sections without a processor number (`Hardware` on ARM) are left out. */
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
  return { name: 'node_cpu_info', help: 'CPU information from /proc/cpuinfo.', type: 'gauge', samples };
}

function frequencyFamily(processors: readonly CpuInfo[]): Family {
  const samples: Sample[] = [];
  for (const cpu of processors) {
    const mhz = cpu.get('cpu MHz');
    if (mhz === undefined) continue;
    const labels = {
      core: cpu.get('core id') ?? '',
      cpu: cpu.get('processor') ?? '',
      package: cpu.get('physical id') ?? '',
    };
    // Thousandths of a MHz are what the file gives: whole hertz, without the error of a binary product.
    samples.push({ labels, value: Math.round(parseDecimal(mhz, 'cpuinfo cpu MHz') * 1e6) });
  }
  const help = 'CPU frequency in hertz from /proc/cpuinfo.';
  return { name: 'node_cpu_frequency_hertz', help, type: 'gauge', samples };
}

/** One sample a matching word of the first processor's `flags` or `bugs`. */
function wordFamily(
  label: 'flag' | 'bug',
  field: string,
  cpu: CpuInfo | undefined,
  pattern: RegExp | undefined,
): Family {
  const words = pattern === undefined ? [] : parseWords(cpu?.get(field) ?? '').filter((word) => pattern.test(word));
  return {
    name: `node_cpu_${label}_info`,
    help: `The \`${field}\` field of CPU information from /proc/cpuinfo taken from the first core.`,
    type: 'gauge',
    samples: words.map((word) => ({ labels: { [label]: word }, value: 1 })),
  };
}
