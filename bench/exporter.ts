/**
 * Compares the exporter with Debian's prometheus-node-exporter. Scrapes alternate, so that other load on the machine affects
 * both. Prints CPU per scrape, latency and memory of each, and their ratios.
 */
import { spawnSync } from 'node:child_process';
import { leanNodeFlags } from '../common/program/node-flags.ts';
import { collectors } from '../exporter/collectors/index.ts';
import { type Client, createClient } from './measure/client.ts';
import { programFlag, readFlags } from './measure/flags.ts';
import { findProgram, type ProgramSpec, type RunningProgram, startProgram } from './measure/program.ts';
import { printRow, quantile } from './measure/statistics.ts';

const flags = readFlags('exporter', {
  scrapes: [500, 'measured scrapes of each program'],
  'warm-up': [100, 'scrapes of each before the measurement'],
  'memory-scrapes': [1_000, 'scrapes of each before memory is read'],
  peer: [findProgram('prometheus-node-exporter'), 'prometheus-node-exporter'],
  flags: [leanNodeFlags.join(' '), 'flags of Node for the exporter, as systemd passes them (--flags=...)'],
  set: ['all', 'same, default or all'],
  json: [false, 'one JSON document instead of tables'],
  ...programFlag,
});

interface Measure {
  readonly name: string;
  readonly series: number;
  readonly cpuMsPerScrape: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly rssMiB: number;
  readonly anonymousMiB: number;
}

interface Comparison {
  readonly set: string;
  readonly scrapes: number;
  readonly measures: readonly Measure[];
  readonly cpuRatio: number;
  readonly p99Ratio: number;
}

async function main(): Promise<void> {
  const own = [...flags.flags.split(' ').filter((flag) => flag !== ''), flags.program, 'exporter'];
  const comparisons: Comparison[] = [];
  for (const [set, shared] of Object.entries(collectorSets())) {
    if (flags.set !== 'all' && flags.set !== set) continue;
    const comparison = await compare(set, [
      { name: 'hostpulse exporter', command: process.execPath, args: [...own, ...shared] },
      { name: 'prometheus-node-exporter', command: flags.peer, args: shared },
    ]);
    comparisons.push(comparison);
    if (!flags.json) printComparison(comparison);
  }
  if (flags.json) console.log(JSON.stringify({ nodeFlags: flags.flags, comparisons }, null, 2));
  else console.log(`node ${process.versions.node} ${flags.flags}, as the systemd unit starts it`);
}

/** Flags of both programs by set: the same collectors in both, and the defaults of each program. */
function collectorSets(): Readonly<Record<string, readonly string[]>> {
  const same = ['--collector.disable-defaults', ...sharedCollectors().map((name) => `--collector.${name}`)];
  return { same, default: [] };
}

/** Returns the default collectors of the exporter that the peer also has. */
function sharedCollectors(): readonly string[] {
  const { stdout, stderr } = spawnSync(flags.peer, ['--help'], { encoding: 'utf8' });
  const known = new Set([...`${stdout}${stderr}`.matchAll(/--collector\.([a-z0-9_]+)(?=\s)/g)].map(([, name]) => name));
  return collectors.filter(({ name, defaultEnabled }) => defaultEnabled && known.has(name)).map(({ name }) => name);
}

/** A measured program, scraped over one keep-alive connection as by Prometheus. */
interface Subject extends RunningProgram {
  readonly client: Client;
}

async function compare(set: string, specs: readonly ProgramSpec[]): Promise<Comparison> {
  const { scrapes, 'warm-up': warmUp, 'memory-scrapes': memoryScrapes } = flags;
  const subjects: Subject[] = [];
  try {
    for (const spec of specs) {
      const program = await startProgram({ ...spec, readyPath: '/metrics' });
      const headers = { 'Accept-Encoding': 'gzip', 'User-Agent': 'Prometheus/2.42.0' };
      subjects.push({ ...program, client: createClient(program.url, headers) });
    }
    await scrapeInTurns(subjects, warmUp);
    const before = subjects.map((subject) => subject.cost().cpuSeconds);
    const latencies = await scrapeInTurns(subjects, scrapes);
    const after = subjects.map((subject) => subject.cost().cpuSeconds);
    await scrapeInTurns(subjects, Math.max(0, memoryScrapes - warmUp - scrapes));
    const measures: Measure[] = [];
    for (const [index, subject] of subjects.entries()) {
      const { rssBytes, anonymousBytes } = subject.cost();
      measures.push({
        name: subject.name,
        series: await countSeries(subject.url),
        cpuMsPerScrape: (((after[index] ?? NaN) - (before[index] ?? NaN)) * 1_000) / scrapes,
        p50Ms: quantile(latencies[index] ?? [], 0.5),
        p99Ms: quantile(latencies[index] ?? [], 0.99),
        rssMiB: rssBytes / 2 ** 20,
        anonymousMiB: anonymousBytes / 2 ** 20,
      });
    }
    const [ours, peer] = measures as [Measure, Measure];
    const cpuRatio = ours.cpuMsPerScrape / peer.cpuMsPerScrape;
    return { set, scrapes, measures, cpuRatio, p99Ratio: ours.p99Ms / peer.p99Ms };
  } finally {
    for (const subject of subjects.reverse()) {
      subject.client.close();
      await subject.stop();
    }
  }
}

async function countSeries(url: string): Promise<number> {
  const page = await (await fetch(`${url}/metrics`)).text();
  return page.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
}

/** Returns one list of latencies in milliseconds per subject. */
async function scrapeInTurns(subjects: readonly Subject[], times: number): Promise<number[][]> {
  const latencies: number[][] = subjects.map(() => []);
  for (let round = 0; round < times; round++) {
    for (const [index, subject] of subjects.entries()) latencies[index]?.push(await subject.client.get('/metrics'));
  }
  return latencies;
}

function printComparison({ set, scrapes, measures, cpuRatio, p99Ratio }: Comparison): void {
  const heads = ['CPU ms/scrape', 'p50 ms', 'p99 ms', 'RSS MiB', 'anonymous', 'series'];
  printRow([`${set} collectors`, ...heads], [26], 14);
  for (const { name, cpuMsPerScrape, p50Ms, p99Ms, rssMiB, anonymousMiB, series } of measures) {
    const times = [cpuMsPerScrape, p50Ms, p99Ms].map((each) => each.toFixed(2));
    const sizes = [rssMiB, anonymousMiB].map((each) => each.toFixed(1));
    printRow([name, ...times, ...sizes, String(series)], [26], 14);
  }
  const ratios = `CPU ratio ${cpuRatio.toFixed(2)}, p99 ratio ${p99Ratio.toFixed(2)}`;
  console.log(`${ratios} over ${scrapes} alternating scrapes\n`);
}

await main();
