/**
 * Measures the memory and the CPU of every program of `hostpulse up` while a fleet pushes by remote write every 5 s. Prints a row for each
 * program, and the sum without Prometheus, whose memory depends on the number of series.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { leanNodeFlags } from '../common/program/node-flags.ts';
import { createApiKey } from '../common/store/credentials/api-keys.ts';
import { openStore } from '../common/store/open.ts';
import { runFleet } from './ingest/fleet.ts';
import { programFlag, readFlags } from './measure/flags.ts';
import { type ProcessCost, readProcessCost } from './measure/process-cost.ts';
import { startProgram } from './measure/program.ts';
import { printRow } from './measure/statistics.ts';

const flags = readFlags('stack', {
  hosts: [66, 'size of the fleet'],
  series: [300, 'series of each host'],
  seconds: [300, 'duration of the measurement'],
  'port-offset': [20_000, 'number added to every default port'],
  ...programFlag,
});

/** The file in which `up` writes the process IDs of its components. */
const partsFile = 'parts.json';

interface Row {
  readonly name: string;
  readonly pid: number;
  readonly before: ProcessCost;
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'hostpulse-bench-'));
  const args = [...leanNodeFlags, flags.program, 'up', `--data-dir=${folder}`, `--port-offset=${flags['port-offset']}`];
  const up = await startProgram({
    name: 'supervisor',
    command: process.execPath,
    args,
    listen: (port) => `--listen=127.0.0.1:${port}`,
    readyPath: '/-/healthy',
  });
  try {
    const key = await createKey(join(folder, 'hostpulse.db'));
    const fleet = {
      url: up.url,
      key,
      protocol: 'remote_write',
      hosts: flags.hosts,
      seriesPerHost: flags.series,
      instantsPerPush: 1,
      pace: { kind: 'paced' },
    } as const;
    await runFleet({ ...fleet, seconds: 20 });
    const parts = JSON.parse(readFileSync(join(folder, partsFile), 'utf8')) as { name: string; pid: number }[];
    const rows: readonly Row[] = [{ name: 'supervisor', pid: up.pid }, ...parts].map((row) => ({
      ...row,
      before: readProcessCost(row.pid),
    }));
    const { acceptedSamples, seconds, failures } = await runFleet({ ...fleet, seconds: flags.seconds });
    process.stdout.write(
      `${flags.hosts} hosts, ${(acceptedSamples / seconds).toFixed(0)} samples/s, ${failures} failed pushes\n`,
    );
    printRows(rows, seconds);
  } finally {
    await up.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function createKey(path: string): Promise<string> {
  const store = await openStore({ path });
  try {
    return (await createApiKey(store.db, { name: 'bench', scopes: ['push'], nowMs: Date.now() })).key;
  } finally {
    await store.close();
  }
}

function printRows(rows: readonly Row[], seconds: number): void {
  const print = (cells: readonly string[]): void => printRow(cells, [20], 14);
  print(['program', 'cores', 'RSS MiB', 'Pss MiB', 'anonymous']);
  const costs = rows.map(({ name, pid, before }) => {
    const cost = readProcessCost(pid);
    const cores = (cost.cpuSeconds - before.cpuSeconds) / seconds;
    return { name, cores, rss: cost.rssBytes, pss: pssBytes(pid), anonymous: cost.anonymousBytes };
  });
  const lean = costs.filter(({ name }) => name !== 'prometheus');
  const sum = (read: (cost: (typeof costs)[number]) => number): number =>
    lean.reduce((total, cost) => total + read(cost), 0);
  const total = {
    name: 'without Prometheus',
    cores: sum(({ cores }) => cores),
    rss: sum(({ rss }) => rss),
    pss: sum(({ pss }) => pss),
    anonymous: sum(({ anonymous }) => anonymous),
  };
  for (const { name, cores, rss, pss, anonymous } of [...costs, total])
    print([name, cores.toFixed(3), ...[rss, pss, anonymous].map((bytes) => (bytes / 2 ** 20).toFixed(0))]);
}

/** Returns the resident memory of a process, with its share of the pages that other processes map too. */
function pssBytes(pid: number): number {
  const [, digits] = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')) ?? [];
  if (digits === undefined) throw new Error('/proc/<pid>/smaps_rollup has no Pss');
  return Number(digits) * 1_024;
}

await main();
