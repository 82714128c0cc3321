/** Checks that every collector of the list fulfils the contract of a collector. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { Collector } from '../../../exporter/collector/collector.ts';
import { collectors } from '../../../exporter/collectors/index.ts';
import type { Family } from '../../../exporter/exposition/family.ts';
import { createRecordingFaults, openCollector, readFamilies } from '../../support/collector-host.ts';
import { listFiles } from '../../support/files.ts';
import { createUnpackedCases } from '../../support/unpacked-cases.ts';

const hosts = join(import.meta.dirname, '..', '..', 'cases', 'hosts');
const unpacked = createUnpackedCases();
const ordinary = unpacked(join(hosts, 'ordinary'));
// The tests write and restore thousands of files: in memory where the system has /dev/shm.
const work = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'collectors-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** Families with samples on a host without the collector's files. Collectors that are not listed fail there. */
const withoutSource: Readonly<Record<string, readonly string[]>> = {
  bcache: [],
  bcachefs: [],
  bonding: [],
  btrfs: [],
  conntrack: [],
  containers: [],
  cpufreq: [],
  dmi: [],
  dmmultipath: [],
  edac: [],
  fibrechannel: [],
  hwmon: [],
  infiniband: [],
  ipvs: [],
  kernel_hung: [],
  lnstat: [],
  mdadm: [],
  meminfo_numa: [],
  netclass: [],
  nfs: [],
  nfsd: [],
  nvme: [],
  os: [],
  powersupplyclass: [],
  pressure: [],
  rapl: [],
  schedstat: [],
  selinux: ['node_selinux_enabled'],
  sockstat: [],
  tapestats: [],
  textfile: ['node_textfile_scrape_error'],
  thermal_zone: [],
  time: ['node_time_seconds', 'node_time_zone_offset_seconds'],
  udp_queues: [],
  units: [],
  watchdog: [],
  xfs: [],
  zfs: [],
};

const hostFolders = ['proc', 'sys', 'udev', 'root', 'textfile'];
/** Folders of files that the kernel writes. */
const kernelFolders = ['proc', 'sys'];
/** Collectors whose attributes may contain any text. */
const ofTexts = new Set(['cpu_vulnerabilities', 'dmi', 'dmmultipath', 'time', 'uname']);
/** Collectors that read no file. */
const withoutFiles = new Set(['nvidia', 'smart', 'timex']);
/** Prefixes of families of collectors that node_exporter does not have. */
const prefixes: Readonly<Record<string, RegExp>> = {
  containers: /^(container|machine|hostpulse_containers)_[a-z_]+$/,
  nvidia: /^nvidia_smi_[a-z0-9_]+$/,
  process_groups: /^(namedprocess_namegroup|hostpulse_process_groups)_[a-z_]+$/,
  smart: /^(smartctl|hostpulse_smart)_[a-z_]+$/,
  units: /^hostpulse_(unit|units|slice)_[a-z_]+$/,
};
/** Counters whose names other exporters chose. */
const otherCounters = /^(container_memory_failcnt$|smartctl_)/;
/** Families whose values are modification times of files, which differ between copies, or times of the clock. */
const times = /^(hostpulse_unit_start_time_seconds|container_last_seen)\{/;
const nonsense = 'cpu0 \u0000 0x1F: -- NaN 1e9 Infinity';

describe.each(collectors.map((collector) => [collector.name, collector] as const))('%s', (name, collector) => {
  test('its name and help are well-formed', () => {
    expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
    expect(collector.help).toMatch(/^[A-Z].*\.$/);
  });

  test('its flags are unique, described, and valid by default', () => {
    const { flags } = collector;
    expect(new Set(flags.map((flag) => flag.name)).size).toBe(flags.length);
    for (const flag of flags) {
      expect(flag.name).toMatch(/^[a-z][a-zA-Z0-9.-]*$/);
      expect(flag.help).not.toBe('');
      if (flag.isSwitch) expect(['true', 'false']).toContain(flag.default);
      if (flag.default !== undefined) flag.check?.(flag.default);
    }
  });

  test('create reads no file', () => {
    expect(() => openCollector(collector, join(work, 'no-such-host'))).not.toThrow();
  });

  test.each(['ordinary', 'odd'])('its families on the %s host are legal', async (host) => {
    const families = await readFamilies(collector, unpacked(join(hosts, host)));
    expect(families.length).toBeGreaterThan(0);
    expect(new Set(families.map((family) => family.name)).size).toBe(families.length);
    // Other programs choose the names of their metrics.
    const own = name === 'textfile' ? families.filter((family) => family.name.startsWith('node_textfile_')) : families;
    for (const family of own) expectLegal(family, prefixes[name] ?? /^node_[A-Za-z0-9_]+$/);
  });

  test('two reads, and two readers, return equal families', async () => {
    const read = openCollector(collector, ordinary);
    const { signal } = new AbortController();
    const first = structuredClone(await read(signal));
    expect(await openCollector(collector, ordinary)(signal)).toEqual(first);
    expect(await read(signal)).toEqual(first);
  });

  (withoutFiles.has(name) ? test.skip : test)(
    'without its files, it fails or returns its documented families',
    async () => {
      const names = withoutSource[name];
      const empty = join(work, 'empty');
      mkdirSync(empty, { recursive: true });
      const reading = readAll(collector, empty);
      if (names === undefined) await expect(reading).rejects.toThrow(/no such file/);
      else
        expect((await reading).filter(({ samples }) => samples.length > 0).map((family) => family.name)).toEqual(names);
    },
  );

  test('garbled files are an error, or partial errors without an invented value', async () => {
    const faults = createRecordingFaults();
    const reading = readFamilies(collector, garbledCopy(), { faults });
    // An invalid text file sets a metric and does not fail the collector.
    if (name === 'textfile') {
      expect(samplesOf(await reading)).toEqual(new Map([['node_textfile_scrape_error{}', 1]]));
      return;
    }
    const outcome = await reading.then(samplesOf, (error: unknown) => error);
    if (!(outcome instanceof Map)) return;
    if (!ofTexts.has(name) && !withoutFiles.has(name)) expect(faults.count()).toBeGreaterThan(0);
    const whole = samplesOf(await readAll(collector, ordinary));
    // 0 and 1 may be the result of comparing a text, such as a state with "up".
    const numbers = [...(outcome as Map<string, number>)].filter(([, value]) => value !== 0 && value !== 1);
    expect(numbers.filter(([sample, value]) => whole.get(sample) !== value && !times.test(sample))).toEqual([]);
  });

  test('a missing line feed at the end of a file changes no sample', async () => {
    const folder = copyOrdinary('no-line-feed');
    const whole = samplesOf(await readAll(collector, folder));
    for (const part of kernelFolders) {
      for (const path of listFiles(join(folder, part))) {
        const content = readFileSync(path);
        if (content.at(-1) === 0x0a) writeFileSync(path, content.subarray(0, -1));
      }
    }
    expect(samplesOf(await readAll(collector, folder))).toEqual(whole);
  });
});

async function readAll(collector: Collector, folder: string): Promise<readonly Family[]> {
  const families = await readFamilies(collector, folder);
  return families;
}

/** Returns values by name and labels. */
function samplesOf(families: readonly Family[]): Map<string, number> {
  const samples = new Map<string, number>();
  for (const { name, samples: each } of families) {
    for (const { labels, value } of each) samples.set(`${name}${JSON.stringify(labels)}`, value);
  }
  return samples;
}

/** Copies the ordinary host once; the tests restore the files that they change. */
function copyOrdinary(name: string): string {
  const folder = join(work, name);
  if (existsSync(folder)) return folder;
  cpSync(ordinary, folder, { recursive: true, verbatimSymlinks: true });
  return folder;
}

/** Copies the ordinary host and overwrites every file with the same nonsense. */
function garbledCopy(): string {
  const folder = copyOrdinary('garbled');
  for (const part of hostFolders) {
    for (const path of listFiles(join(folder, part))) writeFileSync(path, nonsense);
  }
  return folder;
}

function expectLegal(family: Family, prefix: RegExp): void {
  expect(family.name).toMatch(prefix);
  expect(family.help).not.toBe('');
  if (family.type === 'counter' && !otherCounters.test(family.name)) expect(family.name).toMatch(/_total$/);
  const seen = new Set<string>();
  for (const { labels, value, suffix } of family.samples) {
    expect(suffix).toBeUndefined();
    expect(Number.isFinite(value)).toBe(true);
    const names = Object.keys(labels);
    expect(names).toEqual([...names].sort());
    for (const label of names) {
      expect(label).toMatch(/^[a-z_][a-z0-9_]*$/);
      expect(typeof labels[label]).toBe('string');
    }
    seen.add(JSON.stringify(labels));
  }
  expect(seen.size).toBe(family.samples.length);
}
