/**
 * Ours beside Debian's prometheus-node-exporter 1.5.0, both on the same files: the same families, types, HELP, labels and
 * values. What differs between 1.5.0 and the 1.12 that we follow is in one table, a row a family; a row that no host
 * needs any more fails.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { Collector } from '../../exporter/collector/collector.ts';
import { collectors } from '../../exporter/collectors/index.ts';
import { renderExposition } from '../../exporter/exposition/exposition.ts';
import type { Family } from '../../exporter/exposition/family.ts';
import { createRecordingLog, flagsOf, hostPaths } from '../support/collector-host.ts';
import { type ReadFamily, readExpositionPage } from '../support/exposition-reader.ts';
import { type NodeExporter, startNodeExporter } from '../support/node-exporter.ts';
import {
  argumentsOf,
  differences,
  type GivenFlags,
  ofTheProgram,
  younger,
} from '../support/node-exporter-differences.ts';
import { createUnpackedCases } from '../support/unpacked-cases.ts';

type Families = Map<string, ReadFamily>;

const shared = collectors.filter(({ name }) => younger[name] === undefined);

const hosts = join(import.meta.dirname, '..', 'cases', 'hosts');
const unpacked = createUnpackedCases();
const used = new Set<string>();

/** Mount points of the hosts that are there, so that statfs answers; all others are errors to both exporters. */
const quiet = existsSync('/dev/shm') ? '/dev/shm' : tmpdir(); // whose free space nobody else changes
const rootfs = mkdtempSync(join(quiet, 'parity-'));
for (const folder of ['srv', 'run/lock', 'mnt/nas', 'media/My Passport\t(1)']) {
  mkdirSync(join(rootfs, folder), { recursive: true });
}
afterAll(() => rmSync(rootfs, { recursive: true, force: true }));

const everythingOn: GivenFlags = {
  cpu: { info: 'true', 'info.flags-include': '^avx', 'info.bugs-include': '^spectre' },
  netdev: { 'enable-detailed-metrics': 'true', 'device-include': '^(eth|docker)[0-9]+$' },
  stat: { softirq: 'true' },
  vmstat: { fields: '.*' },
};

const runs: readonly (readonly [title: string, host: string, given: GivenFlags])[] = [
  ['ordinary', 'ordinary', {}],
  ['odd', 'odd', {}],
  ['ordinary with what is off by default', 'ordinary', everythingOn],
];

describe.each(runs)('%s', (_title, host, given) => {
  test('has the same families, types, help, labels and values', async () => {
    const folder = unpacked(join(hosts, host));
    const paths = { ...hostPaths(folder), rootfs };
    cpSync(join(folder, 'root'), rootfs, { recursive: true });
    const textfiles = { directory: join(folder, 'textfile') };
    const flagsFor = (collector: Collector) => (collector.name === 'textfile' ? textfiles : given[collector.name]);
    const readers = shared.map((collector) =>
      collector.create({ paths, flags: flagsOf(collector, flagsFor(collector)), log: createRecordingLog() }),
    );
    const readOurs = async () => {
      const families: Family[] = [];
      for (const read of readers) families.push(...(await read(new AbortController().signal)));
      return readExpositionPage(renderExposition(families));
    };
    const theirs = await startNodeExporter([
      ...shared.flatMap((collector) => argumentsOf(collector, flagsFor(collector))),
      '--collector.netdev.device-exclude=',
      '--no-collector.netdev.netlink',
      `--path.procfs=${paths.procfs}`,
      `--path.sysfs=${paths.sysfs}`,
      `--path.rootfs=${rootfs}`,
      `--path.udev.data=${paths.udevData}`,
    ]);
    try {
      await compare(readOurs, theirs);
    } finally {
      await theirs.stop();
    }
  }, 30_000);
});

test('every row of the table is needed', () => {
  expect(differences.map(({ family }) => family).filter((family) => !used.has(family))).toEqual([]);
});

async function compare(readOurs: () => Promise<Families>, node: NodeExporter): Promise<void> {
  const [ours, theirs] = await readBetweenWrites(readOurs, node);
  const success = theirs.get('node_scrape_collector_success')?.samples ?? new Map<string, number>();
  expect([...success].filter(([, value]) => value !== 1)).toEqual([]);
  expect(success.size).toBe(shared.length);
  for (const family of ofTheProgram) theirs.delete(family);
  const names = [...new Set([...ours.keys(), ...theirs.keys()])].sort();
  expect(names.length).toBeGreaterThan(100);
  const pairs = names.map((name) => [name, ...reconcile(name, ours.get(name), theirs.get(name))] as const);
  expect(Object.fromEntries(pairs.map(([name, our]) => [name, our]))).toEqual(
    Object.fromEntries(pairs.map(([name, , their]) => [name, their])),
  );
}

/** The space of this machine's own file system changes as others write: theirs counts when ours was the same before and after. */
async function readBetweenWrites(readOurs: () => Promise<Families>, node: NodeExporter): Promise<[Families, Families]> {
  const space = (families: Families) =>
    ['avail_bytes', 'free_bytes', 'files_free'].map((name) => [
      ...(families.get(`node_filesystem_${name}`)?.samples ?? []),
    ]);
  for (let attempt = 0; attempt < 200; attempt++) {
    const before = await readOurs();
    const theirs = readExpositionPage(await node.scrape());
    const after = await readOurs();
    if (JSON.stringify(space(before)) === JSON.stringify(space(after))) return [after, theirs];
  }
  throw new Error('the file system never stood still for the length of two readings');
}

function reconcile(name: string, ours: ReadFamily | undefined, theirs: ReadFamily | undefined): [unknown, unknown] {
  const difference = differences.find(({ family }) => family === name);
  if (difference === undefined || JSON.stringify(comparable(ours)) === JSON.stringify(comparable(theirs))) {
    return [comparable(ours), comparable(theirs)];
  }
  used.add(name);
  const [our, their] = difference.reconcile(ours, theirs);
  return [comparable(our), comparable(their)];
}

/** Plain data in one order. Fifteen digits: node_exporter multiplies ticks by 0.001, which is off by one in the sixteenth. */
function comparable(family: unknown): unknown {
  if (typeof family !== 'object' || family === null || !('samples' in family)) return family;
  const { help, type, samples } = family as ReadFamily;
  const entries = [...samples].map(([key, value]): [string, string] => [key, value.toPrecision(15)]);
  return { help, type, samples: Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1))) };
}
