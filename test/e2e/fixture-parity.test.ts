/**
 * Compares the collectors with Debian's prometheus-node-exporter 1.5.0 on the same files: families, types, HELP, labels and
 * values are equal, except for the differences between 1.5.0 and 1.12 in node-exporter-differences.ts. An entry of that table
 * without a difference fails.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { Collector } from '../../exporter/collector/collector.ts';
import { collectors } from '../../exporter/collectors/index.ts';
import { renderExposition } from '../../exporter/exposition/exposition.ts';
import type { Family } from '../../exporter/exposition/family.ts';
import { createRecordingFaults, createRecordingLog, flagsOf, hostPaths } from '../support/collector-host.ts';
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

const shared = collectors.filter(({ name, docs }) => younger[name] === undefined && docs?.names === undefined);

const hosts = join(import.meta.dirname, '..', 'cases', 'hosts');
const unpacked = createUnpackedCases();
const used = new Set<string>();

const quiet = existsSync('/dev/shm') ? '/dev/shm' : tmpdir(); // no other program changes its free space
const roots = mkdtempSync(join(quiet, 'parity-'));
afterAll(() => rmSync(roots, { recursive: true, force: true }));

/** Creates a root with some of the hosts' mount points, for which statfs succeeds. For other mount points, both exporters expose an error. */
function createRoot(host: string): string {
  const root = mkdtempSync(join(roots, 'root-'));
  cpSync(host, root, { recursive: true, verbatimSymlinks: true });
  for (const folder of ['srv', 'run/lock', 'mnt/nas', 'media/My Passport\t(1)'])
    mkdirSync(join(root, folder), { recursive: true });
  return root;
}

const everythingOn: GivenFlags = {
  cpu: { info: 'true', 'info.flags-include': '^avx', 'info.bugs-include': '^spectre' },
  netdev: { 'enable-detailed-metrics': 'true', 'device-include': '^(eth|docker)[0-9]+$' },
  stat: { softirq: 'true' },
  vmstat: { fields: '.*' },
};

const runs: readonly (readonly [title: string, host: string, given: GivenFlags])[] = [
  ['ordinary', 'ordinary', {}],
  ['odd', 'odd', {}],
  ['ordinary with optional metrics', 'ordinary', everythingOn],
];

describe.each(runs)('%s', (_title, host, given) => {
  test('has equal families, types, help, labels and values', async () => {
    const folder = unpacked(join(hosts, host));
    const rootfs = createRoot(join(folder, 'root'));
    const paths = { ...hostPaths(folder), rootfs };
    const textfiles = { directory: join(folder, 'textfile') };
    const flagsFor = (collector: Collector) => (collector.name === 'textfile' ? textfiles : given[collector.name]);
    const readers = shared.map((collector) =>
      collector.create({
        paths,
        flags: flagsOf(collector, flagsFor(collector)),
        log: createRecordingLog(),
        faults: createRecordingFaults(),
      }),
    );
    const readOurs = async () => {
      const families: Family[] = [];
      for (const read of readers) families.push(...(await read(new AbortController().signal)));
      return readExpositionPage(renderExposition(families));
    };
    const theirs = await startNodeExporter(
      [
        ...shared.flatMap((collector) => argumentsOf(collector, flagsFor(collector))),
        '--collector.netdev.device-exclude=',
        '--no-collector.netdev.netlink',
        `--path.procfs=${paths.procfs}`,
        `--path.sysfs=${paths.sysfs}`,
        `--path.rootfs=${rootfs}`,
        `--path.udev.data=${paths.udevData}`,
      ],
      'bookworm',
    );
    try {
      await compare(readOurs, theirs);
    } finally {
      await theirs.stop();
    }
  }, 30_000);
});

test('every entry of the table of differences is needed', () => {
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

/** Returns a pair of reads between which the free space of this machine's file system did not change. */
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
  throw new Error('the free space changed during each of 200 attempts');
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

/** Returns sorted plain data. Values have 15 digits: node_exporter multiplies ticks by 0.001, which changes the sixteenth. */
function comparable(family: unknown): unknown {
  if (typeof family !== 'object' || family === null || !('samples' in family)) return family;
  const { help, type, samples } = family as ReadFamily;
  const entries = [...samples].map(([key, value]): [string, string] => [key, value.toPrecision(15)]);
  return { help, type, samples: Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1))) };
}
