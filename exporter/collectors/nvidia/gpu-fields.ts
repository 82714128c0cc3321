/** Names and parses the fields of `nvidia-smi --query-gpu`, as nvidia_gpu_exporter does. Source: nvidia_gpu_exporter's internal/exporter and docs/METRICS.md */
import { parseLines, quote } from '../../procfs/host-file.ts';

/** Units in headings such as `power.draw [W]`, with the suffix of the metric's name and the factor that converts a value to the base unit. */
const units: Readonly<Record<string, readonly [suffix: string, factor: number]>> = {
  W: ['_watts', 1],
  MHz: ['_clock_hz', 1e6],
  MiB: ['_bytes', 2 ** 20],
  '%': ['_ratio', 0.01],
  us: ['_seconds', 1e-6],
  ms: ['_seconds', 1e-3],
  seconds: ['_seconds', 1],
};

export interface GpuMetric {
  readonly name: string;
  /** The heading, which is the HELP. */
  readonly help: string;
  readonly factor: number;
}

/** Returns the metric of a heading: `memory.used [MiB]` is `nvidia_smi_memory_used_bytes`. */
export function parseHeading(heading: string): GpuMetric {
  const [, field = heading, unit] = /^(.*?)(?: \[(.+)\])?$/.exec(heading) ?? [];
  const known = unit === undefined ? (['', 1] as const) : units[unit];
  const [suffix, factor] = known ?? [`_${unit}`, 1];
  const snake = `${field}${suffix}`.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();
  return { name: `nvidia_smi_${snake.replaceAll(/[^a-z0-9_]+/g, '_')}`, help: heading, factor };
}

const words: Readonly<Record<string, number>> = {
  enabled: 1,
  yes: 1,
  active: 1,
  disabled: 0,
  no: 0,
  'not active': 0,
};

/** Matches the texts that nvidia-smi prints when the GPU or the driver has no value. */
const absent =
  /^\[?(n\/a|not supported|insufficient permissions|unknown error|requested functionality has been deprecated|not found)\]?$|^$/i;

/** Parses `42 %`, `P8`, `Enabled` or `0x0000000000000001`. Returns undefined for texts such as `[N/A]`. */
export function parseGpuValue(text: string, where: string): number | undefined {
  const value = text.trim();
  if (absent.test(value)) return undefined;
  const word = words[value.toLowerCase()];
  if (word !== undefined) return word;
  const [, number] = /^(-?\d{1,20}(?:\.\d{1,20})?)(?: [A-Za-z%/]+)?$/.exec(value) ?? [];
  if (number !== undefined) return Number(number);
  const [, state] = /^P(\d{1,2})$/.exec(value) ?? [];
  if (state !== undefined) return Number(state);
  if (/^0x[0-9a-f]{1,16}$/i.test(value)) return Number(value);
  throw new Error(`${where}: expected a number or a known state, got ${quote(text)}`);
}

export interface GpuTable {
  readonly headings: readonly string[];
  /** The values of each GPU, in the order of the headings. */
  readonly rows: readonly (readonly string[])[];
}

/** Parses the output of `--format=csv`. Throws an Error for an output without headings, such as `No devices were found`, and for a row whose number of values differs from the number of headings. */
export function parseCsv(text: string): GpuTable {
  const [first, ...lines] = parseLines(text).filter((line) => line.trim() !== '');
  const headings = splitRow(first ?? '');
  if (headings.length < 2) throw new Error(`nvidia-smi: expected headings, got ${quote(text)}`);
  const rows = lines.map(splitRow);
  const odd = rows.find((row) => row.length !== headings.length);
  if (odd !== undefined)
    throw new Error(`nvidia-smi: expected ${headings.length} values, got ${quote(odd.join(', '))}`);
  return { headings, rows };
}

function splitRow(line: string): string[] {
  return line.split(',').map((cell) => cell.trim());
}

/** Returns the fields that `nvidia-smi --help-query-gpu` lists: lines such as `"clocks.current.graphics" or "clocks.gr"`. */
export function parseFieldHelp(text: string): ReadonlySet<string> {
  const lines = parseLines(text).filter((line) => line.startsWith('"'));
  return new Set(lines.flatMap((line) => [...line.matchAll(/"([a-zA-Z0-9_.]+)"/g)].map(([, field = '']) => field)));
}

/** Returns the label of a GPU: the UUID without `GPU-`, in lower case. */
export function parseUuid(text: string): string {
  return text.trim().replace(/^GPU-/, '').toLowerCase();
}
