/** Exposes the mode of SELinux, and statistics of its access vector cache, from /sys/fs/selinux. Source: https://github.com/SELinuxProject/selinux-notebook */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { createSampleTable, type Metric } from '../exposition/sample-table.ts';
import { parseLines, parseUnsigned, parseWords, quote } from '../procfs/host-file.ts';
import { createAttributeReader } from '../procfs/sysfs.ts';
import type { ValueFaults } from '../procfs/value-faults.ts';

const enabled = gauge('enabled', 'SELinux is enabled, 1 is true, 0 is false');
const configMode = gauge('config_mode', 'Configured SELinux enforcement mode');
const currentMode = gauge('current_mode', 'Current SELinux enforcement mode');
const threshold = gauge('avc_threshold', 'SELinux AVC threshold');

/** In the order of the columns of avc/cache_stats. */
const cacheColumns = ['lookups', 'hits', 'misses', 'allocations', 'reclaims', 'frees'] as const;
const cacheMetrics = cacheColumns.map(
  (column): Metric => ({ name: `node_selinux_avc_${column}_total`, type: 'counter', help: `SELinux AVC ${column}` }),
);

const hashMetrics = {
  entries: gauge('avc_hash_entries', 'SELinux AVC hash entries'),
  available: gauge('avc_hash_buckets_available', 'SELinux AVC hash buckets available'),
  used: gauge('avc_hash_buckets_used', 'SELinux AVC hash buckets used'),
  longest: gauge('avc_hash_longest_chain', 'SELinux AVC hash longest chain'),
};

function gauge(name: string, help: string): Metric {
  return { name: `node_selinux_${name}`, type: 'gauge', help };
}

export const selinux: Collector = {
  name: 'selinux',
  defaultEnabled: true,
  help: 'Exposes the mode of SELinux, and statistics of its access vector cache, from /sys/fs/selinux.',
  docs: {
    source: '/sys/fs/selinux, /etc/selinux/config below `--path.rootfs`',
    differences: [
      {
        upstream: 'reads /etc/selinux/config',
        here: 'reads the file below `--path.rootfs`',
        reason: 'a container can set the path',
      },
      {
        upstream: 'exposes -1 for a configuration without a mode',
        here: 'exposes no value',
        reason: '-1 is the value of the mode `disabled`',
      },
    ],
  },
  flags: [],
  create({ paths, faults }) {
    const attributes = createAttributeReader(faults);
    const folder = join(paths.sysfs, 'fs', 'selinux');
    const enforcePath = join(folder, 'enforce');
    const configPath = join(paths.rootfs, 'etc', 'selinux', 'config');
    return () => {
      const table = createSampleTable();
      const isEnabled = existsSync(enforcePath);
      table.add(enabled, {}, Number(isEnabled));
      if (!isEnabled) return table.families();
      table.add(configMode, {}, attributes.parsed(configPath, parseConfigMode));
      table.add(currentMode, {}, attributes.unsigned(enforcePath));
      table.add(threshold, {}, attributes.unsigned(join(folder, 'avc', 'cache_threshold')));
      const sums = attributes.parsed(join(folder, 'avc', 'cache_stats'), (text) => parseCacheStats(text, faults)) ?? [];
      for (const [column, metric] of cacheMetrics.entries()) table.add(metric, {}, sums[column]);
      const hash = attributes.parsed(join(folder, 'avc', 'hash_stats'), parseHashStats);
      for (const [key, metric] of Object.entries(hashMetrics)) table.add(metric, {}, hash?.[key as keyof HashStats]);
      return table.families();
    };
  },
};

/** Numbers of the modes in node_exporter. */
const modes: Readonly<Record<string, number>> = { enforcing: 1, permissive: 0, disabled: -1 };

/** Returns the number of the mode that the configuration selects for the next boot. */
export function parseConfigMode(text: string, where: string): number {
  const [, word = ''] = /^[ \t]*SELINUX[ \t]*=[ \t]*(\w+)/m.exec(text) ?? [];
  const mode = modes[word];
  if (mode === undefined)
    throw new Error(`${where}: expected SELINUX=enforcing, permissive or disabled, got ${quote(word)}`);
  return mode;
}

/** Returns the sums over all CPUs in the order of the columns; undefined for a column with a malformed value. */
export function parseCacheStats(text: string, faults: ValueFaults): (number | undefined)[] {
  const [headings = '', ...lines] = parseLines(text);
  const rows = lines.map(parseWords);
  if (parseWords(headings).join() !== cacheColumns.join() || rows.some(({ length }) => length !== cacheColumns.length))
    throw new Error(`avc/cache_stats: expected ${cacheColumns.length} columns, got ${quote(text)}`);
  return cacheColumns.map((name, column) =>
    faults.attempt(`avc/cache_stats ${name}`, () =>
      rows.reduce((sum, words) => sum + parseUnsigned(words[column], `avc/cache_stats ${name}`), 0),
    ),
  );
}

export type HashStats = Readonly<Record<keyof typeof hashMetrics, number>>;

/** Parses the three lines `entries: 503`, `buckets used: 286/512` and `longest chain: 7`. */
export function parseHashStats(text: string): HashStats {
  const [, entries, used, available, longest] =
    /^entries: (\d+)\nbuckets used: (\d+)\/(\d+)\nlongest chain: (\d+)\n?$/.exec(text) ?? [];
  if (entries === undefined)
    throw new Error(`avc/hash_stats: expected entries, buckets and a chain, got ${quote(text)}`);
  const number = (word: string | undefined) => parseUnsigned(word, 'avc/hash_stats');
  return { entries: number(entries), used: number(used), available: number(available), longest: number(longest) };
}
