/**
 * Network devices, from /proc/net/dev.
 * node_exporter asks netlink by default, which adds one family that this file does not tell: `receive_nohandler`.
 */
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { remembered } from '../collector/memoize.ts';
import { compileNameFilter, type NameFilterFlags, nameFilterFlags } from '../collector/name-filter.ts';
import type { Family, Labels, Sample } from '../exposition/family.ts';
import { readHostFile, tryReadHostFile } from '../procfs/host-file.ts';
import { parseColumns, parseLine, parseLines, parseWords, quote } from '../procfs/parse.ts';
import { readAddressInfo } from './netdev/network-addresses.ts';

const filterFlags: NameFilterFlags = {
  collector: 'netdev',
  include: 'device-include',
  exclude: 'device-exclude',
  oldInclude: 'device-whitelist',
  oldExclude: 'device-blacklist',
};

/** The columns of /proc/net/dev. Source: dev_seq_printf_stats in the kernel's net/core/net-procfs.c */
const columns = [
  'receive_bytes',
  'receive_packets',
  'receive_errs',
  'receive_drop',
  'receive_fifo',
  'receive_frame',
  'receive_compressed',
  'receive_multicast',
  'transmit_bytes',
  'transmit_packets',
  'transmit_errs',
  'transmit_drop',
  'transmit_fifo',
  'transmit_colls',
  'transmit_carrier',
  'transmit_compressed',
] as const;

const detailedNames: Readonly<Record<string, string>> = {
  receive_errs: 'receive_errors',
  receive_drop: 'receive_dropped',
  transmit_errs: 'transmit_errors',
  transmit_drop: 'transmit_dropped',
};

export interface NetworkDevice {
  readonly name: string;
  /** A value a column, in the file's order. */
  readonly values: readonly number[];
}

export const netdev: Collector = {
  name: 'netdev',
  defaultEnabled: true,
  help: 'Bytes, packets, errors and drops of network devices, from /proc/net/dev.',
  flags: [
    ...nameFilterFlags('net devices', filterFlags),
    { name: 'address-info', help: 'Collect address-info for every device', isSwitch: true, default: 'false' },
    {
      name: 'enable-detailed-metrics',
      help: 'Use (incompatible) metric names that provide more detailed stats on Linux',
      isSwitch: true,
      default: 'false',
    },
    { name: 'label-ifalias', help: 'Add ifAlias label', isSwitch: true, default: 'false' },
    {
      name: 'netlink',
      help: 'Accepted for the command lines of node_exporter: the statistics always come from /proc/net/dev.',
      isSwitch: true,
      isHidden: true,
      default: 'false',
    },
  ],
  create({ paths, flags }) {
    const isShown = compileNameFilter(flags, filterFlags);
    const heads = columns.map((column) => headOf(column, flags['enable-detailed-metrics'] === 'true'));
    const path = join(paths.procfs, 'net', 'dev');
    const labelsOf =
      flags['label-ifalias'] === 'true'
        ? (device: string) => readLabels(paths.sysfs, device)
        : remembered((device): Labels => ({ device }));
    return () => {
      const devices = parseNetDev(readHostFile(path)).filter(({ name }) => isShown(name));
      const families = familiesOf(devices, heads, labelsOf);
      return flags['address-info'] === 'true' ? [...families, readAddressInfo(isShown)] : families;
    };
  },
};

/** Devices in the file's order. A name may hold colons and needs no blank after its own: `tun:1:123`. */
export function parseNetDev(text: string): NetworkDevice[] {
  const [title, header, ...lines] = parseLines(text);
  if (title === undefined || header === undefined || !title.includes('|') || !header.includes('|')) {
    throw new Error(`net/dev: expected two lines of headings, got ${quote(text)}`);
  }
  return lines.map(parseDevice);
}

function parseDevice(line: string): NetworkDevice {
  const colon = line.lastIndexOf(':');
  const name = line.slice(0, colon).trim();
  if (colon < 1 || name === '') throw new Error(`net/dev: expected "device: values", got ${quote(line)}`);
  const words = parseWords(line.slice(colon + 1));
  if (words.length !== columns.length) {
    throw new Error(`net/dev ${name}: expected ${columns.length} values, got ${words.length}`);
  }
  return { name, values: parseColumns(words, columns, `net/dev ${name}`) };
}

interface Head {
  readonly name: string;
  readonly help: string;
}

function headOf(column: string, isDetailed: boolean): Head {
  const key = isDetailed ? (detailedNames[column] ?? column) : column;
  return { name: `node_network_${key}_total`, help: `Network device statistic ${key}.` };
}

function familiesOf(
  devices: readonly NetworkDevice[],
  heads: readonly Head[],
  labelsOf: (device: string) => Labels,
): Family[] {
  const labels = devices.map(({ name }) => labelsOf(name));
  return heads.map(({ name, help }, column) => ({
    name,
    help,
    type: 'counter',
    samples: devices.map(
      (device, row): Sample => ({
        labels: labels[row] as Labels,
        value: device.values[column] as number,
      }),
    ),
  }));
}

function readLabels(sysfs: string, device: string): Labels {
  const path = join(sysfs, 'class', 'net', device, 'ifalias');
  const text = tryReadHostFile(path);
  return text === undefined ? { device } : { device, ifalias: text === '' ? '' : parseLine(text, path) };
}
