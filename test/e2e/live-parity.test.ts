/**
 * hostpulse's exporter beside Debian's prometheus-node-exporter on this machine: every family of the common collectors
 * has the same type, HELP and label sets, every counter of node_exporter is between two readings of hostpulse, and constant
 * values are equal. Two tables list the permitted differences: between the versions, and the table below.
 */
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { UsageError } from '../../bin/cli/command-line.ts';
import { collectors } from '../../exporter/collectors/index.ts';
import { binaryPath } from '../support/binaries.ts';
import { type CliProcess, startCli } from '../support/cli.ts';
import { problemsOf } from '../support/exporter-config.ts';
import { type ReadFamily, readExpositionPage } from '../support/exposition-reader.ts';
import { type NodeExporter, startNodeExporter } from '../support/node-exporter.ts';
import {
  argumentsOf,
  differences,
  laterDifferences,
  ofTheProgram,
  younger,
} from '../support/node-exporter-differences.ts';

type Families = Map<string, ReadFamily>;

/** Families that change on a live machine beyond the readings before and after. */
const moving: Readonly<Record<string, string>> = {
  node_filesystem_avail_bytes: 'others write to the disk',
  node_filesystem_files_free: 'others write to the disk',
  node_filesystem_free_bytes: 'others write to the disk',
  node_processes_state: 'each reader is a running process while it reads',
  node_processes_threads: 'the two programs have threads that come and go',
  node_processes_threads_state: 'each reader is a running thread while it reads',
  node_tcp_connection_states: 'each scrape is a connection; theirs asks netlink',
};

/** Counters that the kernel may decrease. */
const mayFall = /^node_cpu_(seconds|guest_seconds)_total$/;

const shared = collectors.filter(({ name, docs }) => younger[name] === undefined && docs?.names === undefined);
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
      // Debian's package uses another folder.
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

  test('every family has the same type, help, labels and values', async () => {
    let faults: string[] = [];
    let families = 0;
    // A process start or a disk write between the readings is a difference, so the comparison is repeated.
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

/** Returns the family unchanged, or without known differences between the versions. */
function compareFamily(name: string, { before, peer, after }: Readings): string[] {
  const [first, last, other] = [before.get(name), after.get(name), peer.get(name)];
  const plain = compareReadings(name, { early: first, late: last, theirs: other });
  let faults = plain;
  for (const { reconcile } of [...differences, ...laterDifferences].filter(({ family }) => family === name)) {
    if (faults.length === 0) break;
    const [early, theirs] = reconcile(first, other);
    const [late] = reconcile(last, other);
    faults = compareReadings(name, { early, late, theirs });
  }
  return faults;
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
  if (name in moving) return faults;
  const keys = (family: ReadFamily) => [...family.samples.keys()].sort().join('; ');
  if (keys(early) !== keys(theirs)) return [...faults, `${name}: labels ${keys(early)}, theirs ${keys(theirs)}`];
  for (const [key, value] of theirs.samples) {
    const [from, to] = [early.samples.get(key) ?? NaN, late.samples.get(key) ?? NaN];
    const isSteady = from === to;
    if (!isSteady && (theirs.type !== 'counter' || mayFall.test(name))) continue;
    // node_exporter multiplies where hostpulse divides: the sixteenth digit differs.
    const slack = Math.abs(to) * 1e-12;
    if (value < from - slack || value > to + slack)
      faults.push(`${name}{${key}}: theirs ${value}, ours ${from} to ${to}`);
  }
  return faults;
}

test('every flag that node_exporter lists in its help is accepted', () => {
  const { stdout, stderr } = spawnSync(binaryPath('prometheus-node-exporter', 'node_exporter'), ['--help'], {
    encoding: 'utf8',
  });
  const line = /^ {2,6}(?:-\w, )?--(\[no-\])?([a-z][\w.-]*)(=\S*)?/gm;
  // The flags of help, version and log are added by the command line, for every program.
  const isOwn = (name: string): boolean => !/^(?:help|version|log\.)/.test(name);
  const flags = [...`${stdout}${stderr}`.matchAll(line)].filter(([, , name = '']) => isOwn(name));
  expect(flags.length).toBeGreaterThan(100);
  const unknown = flags.flatMap(([, negatable, name = '', value = '']) => {
    const spellings = [`--${name}${value}`, ...(negatable === undefined ? [] : [`--no-${name}`])];
    return spellings.filter((flag) => !isKnown(flag));
  });
  expect(unknown).toEqual([]);
});

/** Returns true for a flag whose value may be invalid, but whose name is not. */
function isKnown(flag: string): boolean {
  try {
    problemsOf({ argv: [flag] });
    return true;
  } catch (error) {
    if (error instanceof UsageError) return false;
    throw error;
  }
}
