/** On Linux, each series from systeminformation is compared with procfs before and after it. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Collector } from '../../../../exporter/collector/collector.ts';
import { collectors } from '../../../../exporter/collectors/index.ts';
import type { Family } from '../../../../exporter/exposition/family.ts';
import { createPortableCollectors } from '../../../../exporter/portable/index.ts';
import { createScrape } from '../../../../exporter/scrape.ts';
import { createRecordingFaults, createRecordingLog, flagsOf } from '../../../support/collector-host.ts';
import { eventually } from '../../../support/eventually.ts';

/** Returns whether the value is plausible, given procfs before and after it. */
type Bound = (value: number, before: number, after: number) => boolean;

/** A counter read between two readings of procfs. */
const between: Bound = (value, before, after) => value >= before && value <= after;
const equal: Bound = (value, before, after) => value === before || value === after;
/** A gauge may leave the range of the two readings by a little. */
const near =
  (slack: number): Bound =>
  (value, before, after) =>
    value >= Math.min(before, after) - slack && value <= Math.max(before, after) + slack;

const MiB = 2 ** 20;

/** The bound of every family of the portable source on Linux, with its reason. */
const table: Readonly<Record<string, readonly [bound: Bound, reason: string]>> = {
  node_cpu_seconds_total: [near(0.05), 'the same ticks; idle time may run back by a few of them'],
  node_filesystem_avail_bytes: [near(1024 * MiB), 'df counts in KiB; builds and tests write meanwhile'],
  node_filesystem_free_bytes: [near(1024 * MiB), 'df counts in KiB; builds and tests write meanwhile'],
  node_filesystem_readonly: [equal, 'the same mount options'],
  node_filesystem_size_bytes: [near(1024), 'df counts in KiB'],
  node_load1: [near(1), 'renewed every 5 s'],
  node_load5: [near(0.5), 'renewed every 5 s'],
  node_load15: [near(0.2), 'renewed every 5 s'],
  node_memory_MemTotal_bytes: [equal, 'the same line'],
  node_memory_MemFree_bytes: [near(4096 * MiB), 'the same line, moments apart, on a machine that runs tests'],
  node_memory_MemAvailable_bytes: [near(4096 * MiB), 'the same line, moments apart, on a machine that runs tests'],
  node_memory_Buffers_bytes: [near(512 * MiB), 'the same line, moments apart'],
  node_memory_Cached_bytes: [near(4096 * MiB), 'the same line, moments apart, on a machine that runs tests'],
  node_memory_SwapTotal_bytes: [equal, 'the same line'],
  node_memory_SwapFree_bytes: [near(512 * MiB), 'the same line, moments apart'],
  node_netstat_Tcp_CurrEstab: [near(50), 'connections come and go; netstat lists them, the kernel counts them'],
  node_network_receive_bytes_total: [between, 'the same counter, read between'],
  node_network_receive_errs_total: [between, 'the same counter, read between'],
  node_network_receive_drop_total: [
    (value, _before, after) => value <= after,
    "/proc/net/dev adds missed packets, sysfs' rx_dropped does not",
  ],
  node_network_transmit_bytes_total: [between, 'the same counter, read between'],
  node_network_transmit_errs_total: [between, 'the same counter, read between'],
  node_network_transmit_drop_total: [between, 'the same counter, read between'],
  node_sockstat_TCP_inuse: [near(50), 'sockets come and go; the kernel counts those that are bound to nothing, too'],
  node_sockstat_TCP6_inuse: [near(50), 'sockets come and go'],
  node_sockstat_TCP_tw: [near(500), 'sockets wait out a minute; tests leave hundreds'],
  node_boot_time_seconds: [near(2), 'clock less uptime, rounded'],
  node_time_seconds: [between, 'the same clock'],
  node_time_clocksource_available_info: [equal, 'the same collector'],
  node_time_clocksource_current_info: [equal, 'the same collector'],
  node_time_zone_offset_seconds: [equal, 'the same collector'],
  node_uname_info: [equal, 'the same names'],
};

/** Families with a comparison below. */
const apart = ['node_disk_', 'node_os_'];

/** The filesystem collector excludes overlay (the root of containers) by default; df lists it. */
const procfsFlags: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  filesystem: { 'fs-types-exclude': '^$', 'mount-points-exclude': '^$' },
};

type Series = ReadonlyMap<string, number>;

async function scrape(list: readonly Collector[], flags: typeof procfsFlags = {}): Promise<readonly Family[]> {
  const log = createRecordingLog();
  const paths = { procfs: '/proc', sysfs: '/sys', rootfs: '/' };
  const enabled = list.map((collector) => ({
    name: collector.name,
    read: collector.create({
      paths,
      log,
      faults: createRecordingFaults(),
      flags: flagsOf(collector, flags[collector.name]),
    }),
  }));
  return createScrape(enabled, log)({ limitMs: 20_000 });
}

/** By family and labels. `readonly` is omitted for a device mounted twice, because systeminformation has it per device. */
function seriesOf(families: readonly Family[]): Map<string, number> {
  const series = new Map<string, number>();
  for (const { name, samples } of families) {
    for (const { labels, value } of samples) {
      const mountedTwice = samples.filter((each) => each.labels['device'] === labels['device']).length > 1;
      if (name === 'node_filesystem_readonly' && mountedTwice) continue;
      const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
      series.set(`${name} ${JSON.stringify(Object.fromEntries(sorted))}`, value);
    }
  }
  return series;
}

function sumOf(series: Series, family: string): number {
  const values = [...series].filter(([key]) => key.startsWith(`${family} `)).map(([, value]) => value);
  return values.reduce((sum, value) => sum + value, 0);
}

const portable = createPortableCollectors();
const shared = collectors.filter(({ name }) => portable.some((each) => each.name === name));

describe('systeminformation beside procfs', () => {
  let before: Series;
  let here: Series;
  let after: Series;
  beforeAll(async () => {
    // systeminformation shells out: on a machine busy with other tests a call may be late, which costs a collector its scrape.
    await eventually({ what: 'a scrape of which no collector was late', limitMs: 40_000 }, async () => {
      before = seriesOf(await scrape(shared, procfsFlags));
      here = seriesOf(await scrape(portable));
      after = seriesOf(await scrape(shared, procfsFlags));
      return portable.every(({ name }) => here.get(success(name)) === 1) || undefined;
    });
  });

  test('every collector works', () => {
    for (const { name } of portable) expect([name, here.get(success(name))]).toEqual([name, 1]);
  });

  test('each series is within its bound', () => {
    const compared = [...here].filter(
      ([key]) => !key.startsWith('node_scrape_') && !apart.some((prefix) => key.startsWith(prefix)),
    );
    expect(compared.length).toBeGreaterThan(30);
    for (const [key, value] of compared) {
      const family = key.slice(0, key.indexOf(' '));
      const [bound, reason] = table[family] ?? [];
      if (bound === undefined) throw new Error(`${family}: not in the table of this test`);
      const [low, high] = [before.get(key), after.get(key)];
      if (family === 'node_filesystem_readonly' && low === undefined) continue;
      if (low === undefined || high === undefined) throw new Error(`${key}: procfs has no such series`);
      expect([key, reason, value, low, high, bound(value, low, high)]).toEqual([key, reason, value, low, high, true]);
    }
  });

  test('the totals of all disks are above 0 and at most the sum of the disks', () => {
    for (const family of [
      'node_disk_read_bytes_total',
      'node_disk_written_bytes_total',
      'node_disk_reads_completed_total',
      'node_disk_writes_completed_total',
    ]) {
      const value = here.get(`${family} {"device":"all"}`) ?? 0;
      expect([family, value > 0, value <= sumOf(after, family)]).toEqual([family, true, true]);
    }
  });

  test('the same operating system', () => {
    const infos = [...here.keys()].filter((key) => key.startsWith('node_os_info '));
    expect(infos).toHaveLength(1);
    expect(infos[0]).toContain('"version_codename":"');
  });
});

function success(collector: string): string {
  return `node_scrape_collector_success {"collector":"${collector}"}`;
}
