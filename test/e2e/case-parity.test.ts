/**
 * Compares collectors with node_exporter 1.11.1, on the collectors' cases without faults. Selects the collectors that node_exporter 1.5.0
 * of Debian bookworm does not have or implements in part. Families, types, HELP, labels, values and success are equal, except for the
 * differences that this file lists. A listed difference that does not occur fails the test.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { collectors } from '../../exporter/collectors/index.ts';
import { renderExposition } from '../../exporter/exposition/exposition.ts';
import { hostPaths, readFamilies } from '../support/collector-host.ts';
import { type ReadFamily, readExpositionPage } from '../support/exposition-reader.ts';
import { startNodeExporter } from '../support/node-exporter.ts';
import { argumentsOf, ofTheProgram, younger } from '../support/node-exporter-differences.ts';
import { createUnpackedCases } from '../support/unpacked-cases.ts';

type Families = Map<string, ReadFamily>;
type Samples = ReadonlyMap<string, number>;

const casesFolder = join(import.meta.dirname, '..', 'cases', 'collectors');
const unpacked = createUnpackedCases();

/** Collectors and cases that are not compared, with the reason. */
const notCompared: Readonly<Record<string, string>> = {
  'bcachefs/long-count': 'node_exporter reads a count and the time after it as one number',
  dmmultipath: 'the collector is new in 1.12',
  'infiniband/include': 'the flags are new in 1.12',
  'nfs/new-kernel': 'node_exporter knows at most 59 methods and exposes no method of a longer line',
  'selinux/disabled-at-boot': 'node_exporter asks this machine whether SELinux is enabled',
  'selinux/enforcing': 'node_exporter asks this machine whether SELinux is enabled',
  'softirqs/offline': 'node_exporter numbers the columns, the exporter takes the number from the heading',
  timex: "this machine's clock advances",
};

interface Difference {
  readonly family: string;
  readonly reason: string;
  /** Returns node_exporter's samples without the known difference. */
  readonly reconcile: (theirs: Samples, ours: Samples) => Samples;
}

const differences: readonly Difference[] = [
  {
    family: 'node_bcache_btree_read_average_duration_seconds',
    reason: 'node_exporter reads microseconds as nanoseconds',
    reconcile: (theirs) => new Map([...theirs].map(([key, value]) => [key, value * 1_000])),
  },
  {
    family: 'node_bcache_cache_readaheads_total',
    reason: 'node_exporter omits 0',
    reconcile: (theirs, ours) => new Map([...theirs, ...[...ours].filter(([, value]) => value === 0)]),
  },
];

const used = new Set<string>();

function withoutDifferences(name: string, theirs: Samples, ours: Samples): Samples {
  const difference = differences.find(({ family }) => family === name);
  if (difference === undefined) return theirs;
  const reconciled = difference.reconcile(theirs, ours);
  if (JSON.stringify([...reconciled]) !== JSON.stringify([...theirs])) used.add(name);
  return reconciled;
}

/**
 * Returns families as plain objects, with values of 15 digits: node_exporter multiplies nanoseconds by 0.000000001, which changes the
 * sixteenth digit.
 */
function comparable(families: Families, reconcile: (name: string, samples: Samples) => Samples): unknown {
  const entries = [...families].map(([name, { help, type, samples }]) => {
    const values = [...reconcile(name, samples)].map(([key, value]) => [key, value.toPrecision(15)] as const);
    return [name, { help, type, samples: Object.fromEntries(values) }] as const;
  });
  return Object.fromEntries(entries.filter(([, { samples }]) => Object.keys(samples).length > 0));
}

function casesOf(collector: string): string[] {
  return readdirSync(join(casesFolder, collector))
    .filter((name) => notCompared[`${collector}/${name}`] === undefined)
    .filter(
      (name) =>
        !['expected.err', 'expected.faults'].some((file) => existsSync(join(casesFolder, collector, name, file))),
    );
}

const compared = collectors.filter(({ name }) => younger[name] !== undefined && notCompared[name] === undefined);

test('compares more than ten collectors', () => expect(compared.length).toBeGreaterThan(10));

describe.each(compared.map((collector) => [collector.name, collector] as const))('%s', (name, collector) => {
  test.each(casesOf(name))('%s', async (caseName) => {
    const folder = unpacked(join(casesFolder, name, caseName));
    const flagsFile = join(casesFolder, name, caseName, 'flags.json');
    const flags = existsSync(flagsFile) ? (JSON.parse(readFileSync(flagsFile, 'utf8')) as Record<string, string>) : {};
    const families = await readFamilies(collector, folder, { flags });
    const { procfs, sysfs } = hostPaths(folder);
    // node_exporter does not start without these folders.
    for (const path of [procfs, sysfs]) mkdirSync(path, { recursive: true });
    const node = await startNodeExporter(
      [...argumentsOf(collector, flags), `--path.procfs=${procfs}`, `--path.sysfs=${sysfs}`],
      'forky',
    );
    let theirs: Families;
    try {
      theirs = readExpositionPage(await node.scrape());
    } finally {
      await node.stop();
    }
    const success = theirs.get('node_scrape_collector_success')?.samples.get(`collector="${name}"`);
    for (const family of ofTheProgram) theirs.delete(family);
    const ours = readExpositionPage(renderExposition(families));
    const noSamples: Samples = new Map();
    for (const { family } of differences) {
      const own = ours.get(family);
      if (own !== undefined && !theirs.has(family)) theirs.set(family, { ...own, samples: new Map() });
    }
    expect({
      isSuccess: families.length > 0,
      families: comparable(ours, (_name, samples) => samples),
    }).toEqual({
      isSuccess: success === 1,
      families: comparable(theirs, (family, samples) =>
        withoutDifferences(family, samples, ours.get(family)?.samples ?? noSamples),
      ),
    });
  });
});

test('every listed difference occurs', () => {
  expect(differences.map(({ family }) => family).filter((family) => !used.has(family))).toEqual([]);
});
