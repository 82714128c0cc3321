/**
 * Fuzz test of all collectors on damaged copies of their cases. A collector throws an Error or returns valid families within
 * the time limit. When a number is replaced by nonsense, the collector returns no value that the original files lack.
 * FUZZ_SEED repeats a run, FUZZ_SECONDS extends it: `FUZZ_SECONDS=600 npm run test:unit -- test/exporter/collectors.test.ts`.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import type { Collector } from '../../exporter/collector/collector.ts';
import { collectors } from '../../exporter/collectors/index.ts';
import type { Family } from '../../exporter/exposition/family.ts';
import { readFamilies } from '../support/collector-host.ts';
import { listFiles } from '../support/files.ts';
import { unpackCase } from '../support/fixture-folder.ts';
import { createRandom, type Random } from '../support/random.ts';
import { threadCpuMs } from '../support/turn-cost.ts';

const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 32);
const seconds = Number(process.env['FUZZ_SECONDS'] ?? 4);
const slowMs = 2_000;
const minReadings = 501;

const casesFolder = join(import.meta.dirname, '..', 'cases', 'collectors');
const work = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'fuzz-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** Collectors whose values do not come from numbers in the files, with the reason. */
const withOtherValues: Readonly<Record<string, string>> = {
  arp: 'the values are counts of lines',
  bonding: 'the values are counts of devices',
  containers: 'values are counts of lines, and sums of boot time and ticks',
  cpu_vulnerabilities: 'the value is 1',
  dmmultipath: 'the values are counts of paths',
  ethtool: 'the values come from ioctl(2)',
  fibrechannel: 'a part of a hexadecimal number is a number',
  ipvs: 'a part of a hexadecimal number is a number',
  os: 'a version is text that starts with a number',
  process_groups: 'a process that cannot be read is not counted',
  processes: 'the values are counts of processes, and a process that cannot be read is not counted',
  textfile: 'NaN and -1 are valid; node_textfile_scrape_error reports an invalid file',
  time: "the value is this machine's clock",
};

/** Collectors that read no file, with the reason. */
const withoutFiles: Readonly<Record<string, string>> = {
  logind: 'the values come from D-Bus',
  network_route: 'the values come from netlink',
  nvidia: 'the values come from nvidia-smi',
  qdisc: 'the values come from netlink',
  smart: 'the values come from smartctl',
  systemd: 'the values come from D-Bus',
  timex: 'the values come from adjtimex(2)',
  wifi: 'the values come from netlink',
};

interface Subject {
  readonly collector: Collector;
  readonly folder: string;
  readonly files: readonly string[];
  readonly flags: Readonly<Record<string, string>>;
  /** Values of the undamaged files, shown or not. */
  readonly values: ReadonlySet<number>;
}

const nonsense = ['NaN', 'Infinity', '-', '+', '0x', '1.5.2', '\uFF11\uFF12', '_', ' ', '', '\u0000', '1e+9', '--1'];

async function openSubjects(): Promise<Subject[]> {
  const subjects: Subject[] = [];
  for (const collector of collectors) {
    for (const name of readdirSync(join(casesFolder, collector.name))) {
      const origin = join(casesFolder, collector.name, name);
      if (!existsSync(join(origin, 'expected.prom')) || existsSync(join(origin, 'flags.json'))) continue;
      // Skips cases whose files are damaged: further damage can make a hidden value readable, which is not an invented value.
      if (existsSync(join(origin, 'expected.faults'))) continue;
      const folder = join(work, collector.name, name);
      unpackCase(origin, folder);
      const files = ['proc', 'sys', 'udev', 'root', 'textfile'].flatMap((part) => listFiles(join(folder, part)));
      // Without this flag, a damaged name would escape the default exclude, and its values would count as new.
      const excludes = collector.flags.filter((flag) => flag.name === 'device-exclude' && flag.default !== undefined);
      const flags = Object.fromEntries(excludes.map((flag) => [flag.name, '^$']));
      // When one of two CPUs of a core cannot be read, the other CPU has the count of the core.
      const numbers = files.map((path) => Number(readFileSync(path, 'utf8')));
      const values = new Set([...valuesOf(await readFamilies(collector, folder, { flags })), ...numbers]);
      if (files.length > 0 && values.size > 0) subjects.push({ collector, folder, files, flags, values });
    }
  }
  return subjects;
}

function valuesOf(families: readonly Family[]): number[] {
  return families.flatMap(({ samples }) => samples.map(({ value }) => value));
}

/** Replaces one run of digits by nonsense. Returns undefined for a text without digits. */
function garbleNumber(text: string, random: Random): string | undefined {
  const runs = [...text.matchAll(/\d+/g)];
  const run = runs[random.below(runs.length)];
  if (run === undefined) return undefined;
  return text.slice(0, run.index) + random.pick(nonsense) + text.slice(run.index + run[0].length);
}

/** Changes, removes or duplicates bytes, truncates the text, or swaps two lines. */
function damage(content: Buffer, random: Random): Buffer {
  const [from, length] = [random.below(content.length + 1), 1 + random.below(40)];
  const [before, part, after] = [
    content.subarray(0, from),
    content.subarray(from, from + length),
    content.subarray(from + length),
  ];
  switch (random.below(5)) {
    case 0:
      return Buffer.concat([before, Buffer.from(Array.from(part, () => random.below(256))), after]);
    case 1:
      return Buffer.concat([before, after]);
    case 2:
      return Buffer.concat([before, part, part, after]);
    case 3:
      return Buffer.from(before);
    default: {
      const lines = content.toString('latin1').split('\n');
      const [one, other] = [random.below(lines.length), random.below(lines.length)];
      [lines[one], lines[other]] = [lines[other] as string, lines[one] as string];
      return Buffer.from(lines.join('\n'), 'latin1');
    }
  }
}

/** Returns the fault in the result of a read; an empty text when the result is valid. */
async function findFault(subject: Subject, isGarbledNumber: boolean): Promise<string> {
  const { collector, folder, flags, values } = subject;
  const startedMs = threadCpuMs();
  let families: readonly Family[];
  try {
    families = await readFamilies(collector, folder, { flags });
  } catch (thrown) {
    return Error.isError(thrown) ? '' : `threw ${String(thrown)}`;
  }
  const tookMs = threadCpuMs() - startedMs;
  if (tookMs > slowMs) return `took ${tookMs} ms of CPU time`;
  const invalid =
    collector.name === 'textfile' ? undefined : families.map(findInvalid).find((each) => each !== undefined);
  if (invalid !== undefined) return invalid;
  if (!isGarbledNumber || withOtherValues[collector.name] !== undefined) return '';
  const invented = valuesOf(families).find((value) => !values.has(value));
  return invented === undefined ? '' : `returned the new value ${invented}`;
}

function findInvalid({ name, help, samples }: Family): string | undefined {
  if (!/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name)) return `has a family ${JSON.stringify(name)}`;
  if (help === '') return `${name} has no help`;
  for (const { labels, value } of samples) {
    if (!Number.isFinite(value)) return `${name} is ${value}`;
    for (const [label, text] of Object.entries(labels)) {
      if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(label) || typeof text !== 'string') return `${name} has a label ${label}`;
    }
  }
  return undefined;
}

test(
  `damaged files, seed ${seed}`,
  async () => {
    const random = createRandom(seed);
    const subjects = await openSubjects();
    const readers = collectors.filter(({ name }) => withoutFiles[name] === undefined);
    expect(new Set(subjects.map(({ collector }) => collector.name)).size).toBe(readers.length);
    const byCollector = readers.map(({ name }) => subjects.filter(({ collector }) => collector.name === name));
    const faults: string[] = [];
    const untilMs = performance.now() + seconds * 1_000;
    let readings = 0;
    // All collectors take turns, independent of their number of cases. On a busy machine, the loop runs beyond `seconds` until `minReadings`.
    for (let turn = 0; (performance.now() < untilMs || turn < minReadings) && faults.length < 5; turn++) {
      const subject = random.pick(byCollector[turn % byCollector.length] as Subject[]);
      const path = random.pick(subject.files);
      const content = readFileSync(path);
      const garbled = turn % 3 === 0 ? garbleNumber(content.toString('utf8'), random) : undefined;
      const damaged = garbled === undefined ? damage(content, random) : Buffer.from(garbled);
      writeFileSync(path, damaged);
      const fault = await findFault(subject, garbled !== undefined);
      writeFileSync(path, content);
      if (fault !== '')
        faults.push(`${path.slice(work.length)} as ${JSON.stringify(damaged.toString('latin1'))}: ${fault}`);
      readings++;
    }
    expect(faults).toEqual([]);
    expect(readings).toBeGreaterThanOrEqual(minReadings);
  },
  (seconds + 60) * 1_000,
);
