/**
 * Compares the exporter with node_exporter. Scrapes alternate, so that other load on the machine affects both. Prints CPU per
 * scrape in both connection modes, latency and memory of each, and their ratios.
 */
import { spawnSync } from 'node:child_process';
import { leanNodeFlags } from '../common/program/node-flags.ts';
import { collectors } from '../exporter/collectors/index.ts';
import { type Client, createClient } from './measure/client.ts';
import { programFlag, readFlags } from './measure/flags.ts';
import { findProgram, type ProgramSpec, type RunningProgram, startProgram } from './measure/program.ts';
import { printRow, quantile } from './measure/statistics.ts';

const flags = readFlags('exporter', {
  scrapes: [500, 'measured scrapes of each program and connection mode'],
  'warm-up': [100, 'scrapes of each before the measurement'],
  'memory-scrapes': [1_000, 'scrapes of each before memory is read'],
  peer: [findProgram('prometheus-node-exporter'), 'node_exporter'],
  flags: [leanNodeFlags.join(' '), 'flags of Node for the exporter, as systemd passes them (--flags=...)'],
  set: ['all', 'same, default or all'],
  json: [false, 'one JSON document instead of tables'],
  ...programFlag,
});

/** How a client scrapes. Prometheus keeps its connection and accepts gzip; scripts and probes mostly do neither. */
const modes = {
  'gzip, kept connection': { headers: { 'Accept-Encoding': 'gzip' }, keepsConnections: true },
  'no gzip, new connections': { headers: {}, keepsConnections: false },
} as const satisfies Readonly<Record<string, { headers: Readonly<Record<string, string>>; keepsConnections: boolean }>>;

type Mode = keyof typeof modes;

interface Cost {
  readonly cpuMsPerScrape: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

interface Measure {
  readonly name: string;
  readonly series: number;
  readonly costs: Readonly<Record<Mode, Cost>>;
  readonly rssMiB: number;
  readonly anonymousMiB: number;
  readonly pssMiB: number;
}

interface Comparison {
  readonly set: string;
  /** The collectors that both programs run. Absent: each program runs its defaults. */
  readonly collectors?: readonly string[];
  readonly scrapes: number;
  readonly measures: readonly [ours: Measure, peer: Measure];
}

async function main(): Promise<void> {
  const ownArgs = [...flags.flags.split(' ').filter((flag) => flag !== ''), flags.program];
  const names = {
    ours: `hostpulse ${versionOf(process.execPath, ...ownArgs, '--version')}`,
    peer: `node_exporter ${versionOf(flags.peer, '--version')}`,
  };
  const comparisons: Comparison[] = [];
  for (const [set, shared] of Object.entries(collectorSets())) {
    if (flags.set !== 'all' && flags.set !== set) continue;
    const args = shared === undefined ? [] : ['--collector.disable-defaults', ...shared.map((n) => `--collector.${n}`)];
    const measures = await compare([
      { name: names.ours, command: process.execPath, args: [...ownArgs, 'exporter', ...args] },
      { name: names.peer, command: flags.peer, args },
    ]);
    const comparison = { set, ...(shared && { collectors: shared }), scrapes: flags.scrapes, measures };
    comparisons.push(comparison);
    if (!flags.json) printComparison(comparison);
  }
  if (flags.json) console.log(JSON.stringify({ nodeFlags: flags.flags, comparisons }, null, 2));
  else console.log(`node ${process.versions.node} ${flags.flags}, as the systemd unit starts it`);
}

/** Returns the version that a program prints. */
function versionOf(command: string, ...args: readonly string[]): string {
  const { stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  const version = /\d+\.\d+\.\d+/.exec(`${stdout}${stderr}`)?.[0];
  if (version === undefined)
    throw new Error(`${command} ${args.join(' ')}: expected a version, got ${stdout}${stderr}`);
  return version;
}

/** Returns the collectors of both programs by set; undefined for the defaults of each program. */
function collectorSets(): Readonly<Record<string, readonly string[] | undefined>> {
  return { same: sharedCollectors(), default: undefined };
}

/** Returns the default collectors of the exporter that the peer also has. */
function sharedCollectors(): readonly string[] {
  const { stdout, stderr } = spawnSync(flags.peer, ['--help'], { encoding: 'utf8' });
  const known = new Set([...`${stdout}${stderr}`.matchAll(/collector\.([a-z0-9_]+)(?=\s)/g)].map(([, name]) => name));
  return collectors.filter(({ name, defaultEnabled }) => defaultEnabled && known.has(name)).map(({ name }) => name);
}

interface Subject extends RunningProgram {
  readonly clients: Readonly<Record<Mode, Client>>;
}

async function compare([ours, peer]: readonly [ProgramSpec, ProgramSpec]): Promise<[Measure, Measure]> {
  const { scrapes, 'warm-up': warmUp, 'memory-scrapes': memoryScrapes } = flags;
  const subjects: Subject[] = [];
  try {
    for (const spec of [ours, peer]) subjects.push(await startSubject(spec));
    const costs = {} as Record<Mode, Cost[]>;
    for (const mode of Object.keys(modes) as Mode[]) {
      await scrapeInTurns(subjects, mode, warmUp);
      const before = subjects.map((subject) => subject.cost().cpuSeconds);
      const latencies = await scrapeInTurns(subjects, mode, scrapes);
      costs[mode] = subjects.map((subject, index) => ({
        cpuMsPerScrape: ((subject.cost().cpuSeconds - (before[index] ?? NaN)) * 1_000) / scrapes,
        p50Ms: quantile(latencies[index] ?? [], 0.5),
        p99Ms: quantile(latencies[index] ?? [], 0.99),
      }));
    }
    const done = Object.keys(modes).length * (warmUp + scrapes);
    await scrapeInTurns(subjects, 'gzip, kept connection', Math.max(0, memoryScrapes - done));
    const measures: Measure[] = [];
    for (const [index, subject] of subjects.entries()) {
      const { rssBytes, anonymousBytes, pssBytes } = subject.cost();
      measures.push({
        name: subject.name,
        series: await countSeries(subject.url),
        costs: Object.fromEntries(Object.entries(costs).map(([mode, each]) => [mode, each[index]])) as Measure['costs'],
        rssMiB: rssBytes / 2 ** 20,
        anonymousMiB: anonymousBytes / 2 ** 20,
        pssMiB: pssBytes / 2 ** 20,
      });
    }
    return measures as [Measure, Measure];
  } finally {
    for (const subject of subjects.reverse()) {
      for (const client of Object.values(subject.clients)) client.close();
      await subject.stop();
    }
  }
}

async function startSubject(spec: ProgramSpec): Promise<Subject> {
  const program = await startProgram({ ...spec, readyPath: '/metrics' });
  const clients = Object.entries(modes).map(([mode, { headers, keepsConnections }]) => [
    mode,
    createClient(program.url, { 'User-Agent': 'Prometheus/3.5.3', ...headers }, { keepsConnections }),
  ]);
  return { ...program, clients: Object.fromEntries(clients) as Subject['clients'] };
}

async function countSeries(url: string): Promise<number> {
  const page = await (await fetch(`${url}/metrics`)).text();
  return page.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
}

/** Returns one list of latencies in milliseconds per subject. */
async function scrapeInTurns(subjects: readonly Subject[], mode: Mode, times: number): Promise<number[][]> {
  const latencies: number[][] = subjects.map(() => []);
  for (let round = 0; round < times; round++) {
    for (const [index, { clients }] of subjects.entries()) latencies[index]?.push(await clients[mode].get('/metrics'));
  }
  return latencies;
}

function printComparison({ set, collectors: shared, scrapes, measures }: Comparison): void {
  const [ours, peer] = measures;
  console.log(`${set} collectors${shared === undefined ? '' : ` (${shared.length}): ${shared.join(' ')}`}`);
  const widths = [26];
  for (const mode of Object.keys(modes) as Mode[]) {
    printRow([mode, 'CPU ms/scrape', 'p50 ms', 'p99 ms'], widths, 14);
    for (const { name, costs } of measures) {
      const { cpuMsPerScrape, p50Ms, p99Ms } = costs[mode];
      printRow([name, ...[cpuMsPerScrape, p50Ms, p99Ms].map((each) => each.toFixed(2))], widths, 14);
    }
    const cpuRatio = ours.costs[mode].cpuMsPerScrape / peer.costs[mode].cpuMsPerScrape;
    const p99Ratio = ours.costs[mode].p99Ms / peer.costs[mode].p99Ms;
    console.log(
      `CPU ratio ${cpuRatio.toFixed(2)}, p99 ratio ${p99Ratio.toFixed(2)} over ${scrapes} alternating scrapes`,
    );
  }
  printRow(['memory', 'RSS MiB', 'anonymous', 'Pss', 'series'], widths, 14);
  for (const { name, rssMiB, anonymousMiB, pssMiB, series } of measures)
    printRow([name, ...[rssMiB, anonymousMiB, pssMiB].map((each) => each.toFixed(1)), String(series)], widths, 14);
  console.log('');
}

await main();
