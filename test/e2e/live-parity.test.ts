/**
 * Compares the exporter with Debian's prometheus-node-exporter 1.5.0 on this machine. The families of shared collectors have
 * the same type, HELP and labels. Each counter of node_exporter is between the values of two scrapes of the exporter, and
 * unchanged values are equal. Exceptions are in node-exporter-differences.ts and in the table below.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { collectors } from '../../exporter/collectors/index.ts';
import { type CliProcess, startCli } from '../support/cli.ts';
import { type ReadFamily, readExpositionPage } from '../support/exposition-reader.ts';
import { type NodeExporter, startNodeExporter } from '../support/node-exporter.ts';
import { argumentsOf, differences, ofTheProgram, younger } from '../support/node-exporter-differences.ts';

type Families = Map<string, ReadFamily>;

/** Families whose values change between two scrapes, with the reason. */
const unstable: Readonly<Record<string, string>> = {
  node_filesystem_avail_bytes: 'other programs write to the disk',
  node_filesystem_files_free: 'other programs write to the disk',
  node_filesystem_free_bytes: 'other programs write to the disk',
  node_processes_state: 'each exporter is a running process during its scrape',
  node_processes_threads: 'both exporters start and end threads',
  node_processes_threads_state: 'each exporter has a running thread during its scrape',
  node_tcp_connection_states: 'each scrape is a connection, and node_exporter reads netlink',
};

/** Counters that may decrease in the kernel. */
const mayFall = /^node_cpu_(seconds|guest_seconds)_total$/;

const shared = collectors.filter(({ name }) => younger[name] === undefined);
const attempts = 20;

describe('on this machine', () => {
  let ours: CliProcess;
  let ourUrl = '';
  let theirs: NodeExporter | undefined;

  beforeAll(async () => {
    const args = ['--collector.disable-defaults', ...shared.map(({ name }) => `--collector.${name}`)];
    ours = startCli(['exporter', '--web.listen-address=127.0.0.1:0', '--web.disable-exporter-metrics', ...args]);
    const [, address = ''] = await ours.said(/address=(127\.0\.0\.1:\d+) msg=listening/);
    ourUrl = `http://${address}/metrics`;
    theirs = await startNodeExporter([
      ...shared.flatMap((collector) => argumentsOf(collector)),
      '--collector.netdev.device-exclude=',
      '--no-collector.netdev.netlink',
      // Debian's package sets a folder by default.
      '--collector.textfile.directory=',
    ]);
  }, 60_000);

  afterAll(async () => {
    await theirs?.stop();
    ours.child.kill('SIGTERM');
    expect((await ours.ended).code).toBe(0);
  });

  async function readTheirs(): Promise<Families> {
    if (theirs === undefined) throw new Error('node_exporter was not started');
    return readExpositionPage(await theirs.scrape());
  }

  async function readOurs(): Promise<Families> {
    const response = await fetch(ourUrl);
    if (!response.ok) throw new Error(`${ourUrl} answered ${response.status}`);
    return readExpositionPage(await response.text());
  }

  test('every family has equal type, help, labels and values', async () => {
    let faults: string[] = [];
    let families = 0;
    // Activity between the scrapes, such as a starting process, looks like a difference: repeat until a quiet moment.
    for (let attempt = 0; attempt < attempts; attempt++) {
      const before = await readOurs();
      const peer = await readTheirs();
      const after = await readOurs();
      for (const name of ofTheProgram) for (const page of [before, peer, after]) page.delete(name);
      const names = [...new Set([...before.keys(), ...peer.keys()])].sort();
      families = names.length;
      faults = names.flatMap((name) => compareFamily(name, { before, peer, after }));
      if (faults.length === 0) break;
    }
    expect(faults).toEqual([]);
    expect(families).toBeGreaterThan(150);
  }, 120_000);
});

interface Readings {
  readonly before: Families;
  readonly peer: Families;
  readonly after: Families;
}

/** Compares a family, and when it differs, compares it again without the known differences of the versions. */
function compareFamily(name: string, { before, peer, after }: Readings): string[] {
  const [first, last, other] = [before.get(name), after.get(name), peer.get(name)];
  const plain = compareReadings(name, { early: first, late: last, theirs: other });
  const reconcile = differences.find(({ family }) => family === name)?.reconcile;
  if (plain.length === 0 || reconcile === undefined) return plain;
  const [early, theirs] = reconcile(first, other);
  const [late] = reconcile(last, other);
  return compareReadings(name, { early, late, theirs });
}

function compareReadings(name: string, { early, late, theirs }: Record<keyof Samples, unknown>): string[] {
  if (isFamily(early) && isFamily(late) && isFamily(theirs)) return compareSamples(name, { early, late, theirs });
  const [our, their] = [JSON.stringify(early), JSON.stringify(theirs)];
  return our === their ? [] : [`${name}: ${our}, theirs ${their}`];
}

function isFamily(value: unknown): value is ReadFamily {
  return typeof value === 'object' && value !== null && 'samples' in value && value.samples instanceof Map;
}

interface Samples {
  readonly early: ReadFamily;
  readonly late: ReadFamily;
  readonly theirs: ReadFamily;
}

function compareSamples(name: string, { early, late, theirs }: Samples): string[] {
  const faults: string[] = [];
  for (const part of ['help', 'type'] as const) {
    if (early[part] !== theirs[part]) faults.push(`${name}: ${part} ${early[part]}, theirs ${theirs[part]}`);
  }
  if (name in unstable) return faults;
  const keys = (family: ReadFamily) => [...family.samples.keys()].sort().join('; ');
  if (keys(early) !== keys(theirs)) return [...faults, `${name}: labels ${keys(early)}, theirs ${keys(theirs)}`];
  for (const [key, value] of theirs.samples) {
    const [from, to] = [early.samples.get(key) ?? NaN, late.samples.get(key) ?? NaN];
    const isSteady = from === to;
    if (!isSteady && (theirs.type !== 'counter' || mayFall.test(name))) continue;
    // node_exporter multiplies where the exporter divides: the sixteenth digit differs.
    const slack = Math.abs(to) * 1e-12;
    if (value < from - slack || value > to + slack)
      faults.push(`${name}{${key}}: theirs ${value}, ours ${from} to ${to}`);
  }
  return faults;
}
