/**
 * Compares the exporter with Debian's prometheus-node-exporter. Scrapes alternate, so that other load on the machine affects
 * both. Prints CPU per scrape, latency and memory of each, and their ratios.
 */

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { parseArgs } from 'node:util';
import { leanNodeFlags } from '../common/program/node-flags.ts';
import { packageRoot } from '../common/program/package.ts';
import { collectors } from '../exporter/collectors/index.ts';
import { type Subject, type SubjectSpec, startSubject } from './ingest/subject.ts';

const repository = packageRoot();

const usage = `node bench/exporter.ts [flags]
  --scrapes N         measured scrapes of each program (default 500)
  --warm-up N         scrapes of each before the measurement (default 100)
  --memory-scrapes N  scrapes of each before memory is read (default 1000)
  --program PATH      the built command line (default dist/bin/hostpulse.js)
  --peer PATH         prometheus-node-exporter (default: from PATH)
  --flags=TEXT        flags of Node for the exporter, as systemd passes them
  --set NAME          same, default or all (default all)
  --json              one JSON document instead of tables
`;

const nodeFlags = leanNodeFlags.join(' ');

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

interface Plan {
  readonly scrapes: number;
  readonly warmUp: number;
  readonly memoryScrapes: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      scrapes: { type: 'string', default: '500' },
      'warm-up': { type: 'string', default: '100' },
      'memory-scrapes': { type: 'string', default: '1000' },
      program: { type: 'string', default: join(repository, 'dist', 'bin', 'hostpulse.js') },
      peer: { type: 'string', default: findPeer() },
      flags: { type: 'string', default: nodeFlags },
      set: { type: 'string', default: 'all' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return void process.stdout.write(usage);
  if (!existsSync(values.program)) throw new Error(`${values.program} is missing: npm run build makes it`);
  const plan: Plan = {
    scrapes: Number(values.scrapes),
    warmUp: Number(values['warm-up']),
    memoryScrapes: Number(values['memory-scrapes']),
  };
  const ours = [...values.flags.split(' ').filter((flag) => flag !== ''), values.program, 'exporter'];
  const comparisons: Comparison[] = [];
  for (const [set, flags] of Object.entries(collectorSets(values.peer))) {
    if (values.set !== 'all' && values.set !== set) continue;
    const specs: readonly SubjectSpec[] = [
      { name: 'hostpulse exporter', command: process.execPath, args: [...ours, ...flags] },
      { name: 'prometheus-node-exporter', command: values.peer, args: flags },
    ];
    const comparison = await compare(set, specs, plan);
    comparisons.push(comparison);
    if (!values.json) process.stdout.write(renderComparison(comparison));
  }
  if (values.json) process.stdout.write(`${JSON.stringify({ nodeFlags: values.flags, comparisons }, null, 2)}\n`);
  else process.stdout.write(`node ${process.versions.node} ${values.flags}, as the systemd unit starts it\n`);
}

/** Flags of both programs by set: the same collectors in both, and the defaults of each program. */
function collectorSets(peer: string): Readonly<Record<string, readonly string[]>> {
  return {
    same: ['--collector.disable-defaults', ...sharedCollectors(peer).map((name) => `--collector.${name}`)],
    default: [],
  };
}

/** Default collectors of the exporter that the peer has as well. */
function sharedCollectors(peer: string): readonly string[] {
  const { stdout, stderr } = spawnSync(peer, ['--help'], { encoding: 'utf8' });
  const known = new Set([...`${stdout}${stderr}`.matchAll(/--collector\.([a-z0-9_]+)(?=\s)/g)].map(([, name]) => name));
  return collectors.filter(({ name, defaultEnabled }) => defaultEnabled && known.has(name)).map(({ name }) => name);
}

async function compare(set: string, specs: readonly SubjectSpec[], plan: Plan): Promise<Comparison> {
  const subjects: Subject[] = [];
  try {
    for (const spec of specs) subjects.push(await startSubject(spec));
    await scrapeInTurns(subjects, plan.warmUp);
    const before = subjects.map((subject) => subject.cost().cpuSeconds);
    const latencies = await scrapeInTurns(subjects, plan.scrapes);
    const after = subjects.map((subject) => subject.cost().cpuSeconds);
    await scrapeInTurns(subjects, Math.max(0, plan.memoryScrapes - plan.warmUp - plan.scrapes));
    const measures: Measure[] = [];
    for (const [index, subject] of subjects.entries()) {
      const { rssBytes, anonymousBytes } = subject.cost();
      const sorted = (latencies[index] ?? []).toSorted((a, b) => a - b);
      measures.push({
        name: subject.name,
        series: await subject.countSeries(),
        cpuMsPerScrape: (((after[index] ?? NaN) - (before[index] ?? NaN)) * 1_000) / plan.scrapes,
        p50Ms: quantile(sorted, 0.5),
        p99Ms: quantile(sorted, 0.99),
        rssMiB: rssBytes / 2 ** 20,
        anonymousMiB: anonymousBytes / 2 ** 20,
      });
    }
    const [ours, peer] = measures as [Measure, Measure];
    return {
      set,
      scrapes: plan.scrapes,
      measures,
      cpuRatio: ours.cpuMsPerScrape / peer.cpuMsPerScrape,
      p99Ratio: ours.p99Ms / peer.p99Ms,
    };
  } finally {
    for (const subject of subjects.reverse()) await subject.stop();
  }
}

/** Returns one list of latencies in milliseconds per subject. */
async function scrapeInTurns(subjects: readonly Subject[], times: number): Promise<number[][]> {
  const latencies: number[][] = subjects.map(() => []);
  for (let round = 0; round < times; round++) {
    for (const [index, subject] of subjects.entries()) latencies[index]?.push(await subject.scrape());
  }
  return latencies;
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}

function renderComparison({ set, scrapes, measures, cpuRatio, p99Ratio }: Comparison): string {
  const heads = ['CPU ms/scrape', 'p50 ms', 'p99 ms', 'RSS MiB', 'anonymous', 'series'];
  const rows = measures.map((each) => [
    each.name,
    each.cpuMsPerScrape.toFixed(2),
    each.p50Ms.toFixed(2),
    each.p99Ms.toFixed(2),
    each.rssMiB.toFixed(1),
    each.anonymousMiB.toFixed(1),
    String(each.series),
  ]);
  const lines = [[`${set} collectors`, ...heads], ...rows].map(
    ([head = '', ...cells]) => `${head.padEnd(26)}${cells.map((cell) => cell.padStart(14)).join('')}\n`,
  );
  const ratios = `CPU ratio ${cpuRatio.toFixed(2)}, p99 ratio ${p99Ratio.toFixed(2)} over ${scrapes} alternating scrapes\n\n`;
  return lines.join('') + ratios;
}

function findPeer(): string {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), join(repository, 'data', 'tools', 'usr', 'bin')];
  const found = folders.map((folder) => join(folder, 'prometheus-node-exporter')).find((path) => existsSync(path));
  if (found === undefined) throw new Error('prometheus-node-exporter is neither on PATH nor in data/tools');
  return found;
}

await main();
