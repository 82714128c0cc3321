/** Parses the files of a control group. Source: Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/ of the kernel. */
import { parseLines, parseUnsigned, parseWords, quote } from '../procfs/host-file.ts';

/** Parses the values of the given keys in a file of lines such as `usage_usec 12`. Ignores lines with other keys. A key without a line has no value. */
export function parseFlatKeyed<Key extends string>(
  text: string,
  keys: readonly Key[],
  where: string,
): Partial<Record<Key, number>> {
  const values: Partial<Record<Key, number>> = {};
  for (const key of keys) {
    const start = text.startsWith(`${key} `) ? 0 : text.indexOf(`\n${key} `) + 1;
    if (start === 0 && !text.startsWith(`${key} `)) continue;
    const end = text.indexOf('\n', start);
    const word = text.slice(start + key.length + 1, end < 0 ? undefined : end);
    values[key] = parseUnsigned(word, `${where} ${key}`);
  }
  return values;
}

/** Transfers of a control group with one block device. */
export interface CgroupIo {
  /** Major and minor number: `8:0`. */
  readonly device: string;
  readonly readBytes: number;
  readonly writtenBytes: number;
  readonly reads: number;
  readonly writes: number;
}

const deviceNumber = /^\d{1,10}:\d{1,10}$/;

/** Parses io.stat: `8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0`. Omits devices without values, which some kernels print. */
export function parseIoStat(text: string, where: string): CgroupIo[] {
  const devices: CgroupIo[] = [];
  for (const line of parseLines(text)) {
    const [device = '', ...pairs] = parseWords(line);
    if (!deviceNumber.test(device)) throw new Error(`${where}: expected a device number, got ${quote(device)}`);
    const values = new Map(pairs.map((pair) => pair.split('=', 2) as [string, string | undefined]));
    if (!values.has('rbytes')) continue;
    const value = (key: string) => parseUnsigned(values.get(key), `${where} ${device} ${key}`);
    devices.push({
      device,
      readBytes: value('rbytes'),
      writtenBytes: value('wbytes'),
      reads: value('rios'),
      writes: value('wios'),
    });
  }
  return devices;
}

/** Parses the counts of blkio.throttle.io_service_bytes_recursive or io_serviced_recursive: `8:0 Read 1`. Returns reads and writes by device. */
export function parseBlkio(text: string, where: string): Map<string, { read: number; write: number }> {
  const devices = new Map<string, { read: number; write: number }>();
  for (const line of parseLines(text)) {
    const [device = '', operation = '', count] = parseWords(line);
    if (device === 'Total') continue;
    if (!deviceNumber.test(device)) throw new Error(`${where}: expected a device number, got ${quote(device)}`);
    const value = parseUnsigned(count, `${where} ${device} ${operation}`);
    const counts = devices.get(device) ?? { read: 0, write: 0 };
    devices.set(device, counts);
    if (operation === 'Read') counts.read = value;
    if (operation === 'Write') counts.write = value;
  }
  return devices;
}

/** A memory limit of cgroup v1 of at least this value means "no limit": the kernel rounds 2^63 - 1 down to whole pages. */
const unlimitedBytes = 2 ** 62;

/** Parses a limit. Returns Infinity for no limit: `max` in cgroup v2, -1 or a huge number in v1. */
export function parseLimit(text: string, where: string): number {
  const line = text.trim();
  if (line === 'max' || line === '-1') return Number.POSITIVE_INFINITY;
  const value = parseUnsigned(line, where);
  return value >= unlimitedBytes ? Number.POSITIVE_INFINITY : value;
}

/** A CPU quota: `quotaUs` microseconds of CPU time in each period of `periodUs` microseconds. `quotaUs` is Infinity without a limit. */
export interface CpuQuota {
  readonly quotaUs: number;
  readonly periodUs: number;
}

/** Parses cpu.max: `50000 100000` or `max 100000`. */
export function parseCpuMax(text: string, where: string): CpuQuota {
  const [quota = '', period, ...rest] = parseWords(text.trim());
  if (rest.length > 0) throw new Error(`${where}: expected a quota and a period, got ${quote(text)}`);
  return { quotaUs: parseLimit(quota, where), periodUs: parseUnsigned(period, where) };
}

/** Parses cgroup.procs. Returns the process IDs in the file's order. */
export function parseProcesses(text: string, where: string): number[] {
  return parseLines(text).map((line) => parseUnsigned(line, where));
}
