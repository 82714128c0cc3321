/**
 * Creates mounts that never answer: FUSE file systems whose server, this process, reads no request. Runs in a separate
 * mount namespace (`unshare --mount`), so that no mount remains on the host. Prints the result of the filesystem collector as
 * one line of JSON, then exits on SIGTERM while its children are still stuck.
 * Usage: unshare --mount node hung-mount-scenario.ts <an empty folder>
 */
import { spawnSync } from 'node:child_process';
import { lookup } from 'node:dns/promises';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { filesystem } from '../../exporter/collectors/filesystem.ts';
import { collectors } from '../../exporter/collectors/index.ts';
import type { Family } from '../../exporter/exposition/family.ts';
import { createSampleBuffer } from '../../exporter/push/buffer/sample-buffer.ts';
import { createScrape } from '../../exporter/scrape.ts';
import { createRecordingFaults, createRecordingLog, flagsOf } from './collector-host.ts';

export interface HungMountReport {
  /** Durations in milliseconds: first reading, a reading after the timeout, a reading after the connections were closed. */
  readonly tookMs: { readonly first: number; readonly stuck: number; readonly closed: number };
  /** `device_error` by mount point. */
  readonly faults: Readonly<Record<'first' | 'stuck' | 'closed', Record<string, string>>>;
  /** Mount points with a size in the first reading. */
  readonly sized: readonly string[];
  /** Process ids of the children after two readings. */
  readonly children: readonly number[];
  /** Whether DNS and file reads worked, which use the thread pool that hung calls would fill. */
  readonly isPoolFree: boolean;
  /** Whether a sample set was written to the push buffer and read back. */
  readonly isBufferWritten: boolean;
  /** Other default collectors with data in two scrapes while the mounts were stuck, and the duration of the slower scrape. */
  readonly others: { readonly fresh: readonly string[]; readonly failed: readonly string[]; readonly tookMs: number };
}

const hungCount = 5;
const timeoutMs = 1500;
const [, , work = ''] = process.argv;

function run(...[command = '', ...args]: string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`, { cause: error });
}

function mountHung(name: string): number {
  const folder = join(work, name);
  mkdirSync(folder);
  const connection = openSync('/dev/fuse', 'r+');
  const options = 'fd=3,rootmode=40000,user_id=0,group_id=0';
  const { status, stderr } = spawnSync('mount', ['-i', '-t', 'fuse', '-o', options, name, folder], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe', connection],
  });
  if (status !== 0) throw new Error(`mount ${folder}: ${stderr}`);
  return connection;
}

function listChildren(): number[] {
  const text = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

const connections = Array.from({ length: hungCount }, (_, index) => mountHung(`hung-${index}`));
mkdirSync(join(work, 'alive'));
run('mount', '-t', 'tmpfs', 'alive', join(work, 'alive'));
mkdirSync(join(work, 'proc', '1'), { recursive: true });
const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
  .split('\n')
  .filter((line) => line.includes(work));
writeFileSync(join(work, 'proc', '1', 'mountinfo'), `${mounts.join('\n')}\n`);

const read = filesystem.create({
  paths: { procfs: join(work, 'proc'), sysfs: '/sys', rootfs: '/' },
  flags: flagsOf(filesystem, { 'mount-timeout': `${timeoutMs}ms`, 'stat-workers': '2' }),
  log: createRecordingLog(),
  faults: createRecordingFaults(),
});

async function take(): Promise<{ tookMs: number; faults: Record<string, string>; sized: string[] }> {
  const startedMs = performance.now();
  const families = await read(new AbortController().signal);
  const tookMs = performance.now() - startedMs;
  const samplesOf = (name: string) => families.find((family) => family.name === name)?.samples ?? [];
  const nameOf = (labels: Readonly<Record<string, string>>) => (labels['mountpoint'] ?? '').slice(work.length + 1);
  const faults: Record<string, string> = {};
  for (const { labels } of samplesOf('node_filesystem_device_error')) {
    faults[nameOf(labels)] = labels['device_error'] ?? '';
  }
  return { tookMs, faults, sized: samplesOf('node_filesystem_size_bytes').map(({ labels }) => nameOf(labels)) };
}

const first = await take();
const isPoolFree = (await lookup('localhost')).address !== '' && (await readFile('/proc/loadavg', 'utf8')) !== '';
await new Promise((resolve) => setTimeout(resolve, timeoutMs + 100));
const stuck = await take();
const children = listChildren();
const isBufferWritten = writeBuffer();
const others = await scrapeOthers();
// Closing the connection answers every request with an error, so that the mount responds again.
closeSync(connections.pop() as number);
while (listChildren().length === children.length) await new Promise((resolve) => setTimeout(resolve, 10));
// The kernel removes the child before Node reports its result, so the first reading may be too early.
let closed = await take();
for (const startedMs = performance.now(); closed.faults['hung-4'] === stuck.faults['hung-4']; closed = await take())
  if (performance.now() - startedMs > 5_000) break;

/** Scrapes this host twice: values of the clock advance in spite of the hung mounts. */
async function scrapeOthers(): Promise<HungMountReport['others']> {
  const context = {
    paths: { procfs: '/proc', sysfs: '/sys', rootfs: '/' },
    log: createRecordingLog(),
    faults: createRecordingFaults(),
  };
  const others = collectors
    .filter(({ name, defaultEnabled }) => defaultEnabled && name !== 'filesystem')
    .map((each) => ({ name: each.name, read: each.create({ ...context, flags: flagsOf(each) }) }));
  const scrape = createScrape([{ name: 'filesystem', read }, ...others], context.log);
  const startedMs = performance.now();
  const first = await scrape({ limitMs: 10_000 });
  const second = await scrape({ limitMs: 10_000 });
  const tookMs = (performance.now() - startedMs) / 2;
  const clockOf = (families: readonly Family[]) =>
    families.find(({ name }) => name === 'node_time_seconds')?.samples[0]?.value ?? NaN;
  if (!(clockOf(second) > clockOf(first))) throw new Error('the second scrape is no younger than the first');
  const success = second.find(({ name }) => name === 'node_scrape_collector_success')?.samples ?? [];
  const named = (wanted: number) =>
    success.filter(({ value }) => value === wanted).map(({ labels }) => labels['collector'] ?? '');
  return { fresh: named(1), failed: named(0), tookMs };
}

function writeBuffer(): boolean {
  const path = join(work, 'alive', 'push.queue');
  const limits = { maxBytes: 2 ** 24, maxAgeMs: 3_600_000 };
  const buffer = createSampleBuffer({ path, ...limits, now: Date.now, log: createRecordingLog() });
  try {
    const values = new Uint8Array(Float64Array.of(1, 2).buffer);
    const layout = { bytes: Buffer.from('layout') };
    buffer.append({ timestampMs: Date.now(), kind: 'samples', layout, sampleCount: 2, values });
    const [set] = buffer.peek({ from: 0, to: Number.MAX_SAFE_INTEGER }, { maxSamples: 10 });
    return buffer.state().isDurable && set?.sampleCount === 2;
  } finally {
    buffer.close();
  }
}

const report: HungMountReport = {
  tookMs: { first: first.tookMs, stuck: stuck.tookMs, closed: closed.tookMs },
  faults: { first: first.faults, stuck: stuck.faults, closed: closed.faults },
  sized: first.sized,
  children,
  isPoolFree,
  isBufferWritten,
  others,
};
const keepAlive = setInterval(() => undefined, 60_000);
process.once('SIGTERM', () => clearInterval(keepAlive));
process.stdout.write(`${JSON.stringify(report)}\n`);
