/**
 * Writes 30 days of a fleet into an empty Prometheus by remote write, in order of time: raw samples for the last 24 h, 1 m
 * rollups for 7 d, 5 m rollups for 30 d. Takes minutes, so the data is stored for later runs.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TierName, tiers } from '../../common/catalogue/tiers.ts';
import { createWriteRequestWriter } from '../../common/remote-write/encode.ts';
import { compressBlock } from '../../common/remote-write/snappy.ts';
import { createRemoteWriteClient, type RemoteWriteClient } from '../../ingest-gateway/forward/remote-write-client.ts';
import { type BenchSeries, hostNames, rawSeries, recordedSeries, upSeries, watchdog } from './api-series.ts';

export interface FleetData {
  readonly hosts: number;
  /** Time of the newest samples on the grid of the coarsest tier, in milliseconds since the epoch. */
  readonly endMs: number;
}

interface Lane {
  readonly stepMs: number;
  readonly startMs: number;
  readonly series: readonly BenchSeries[];
}

/** Shorter than the hour by which Prometheus accepts samples behind the newest sample of any series. */
const sliceMs = 30 * 60_000;
const samplesPerRequest = 20_000;
const requestsAtOnce = 4;

export interface StoredFleet {
  /** Contains whole.json when the data is complete. */
  readonly folder: string;
  /** URL of the Prometheus that stores the data. */
  readonly url: string;
  readonly hosts: number;
}

/** Version of the data. Data of another version is rewritten. */
const version = 2;

/** Writes the data when it is missing or incomplete. Returns the time of the newest samples. */
export async function ensureFleet({ folder, url, hosts }: StoredFleet): Promise<number> {
  const file = join(folder, 'whole.json');
  if (existsSync(file)) {
    const stored = JSON.parse(readFileSync(file, 'utf8')) as { readonly version?: number; readonly endMs: number };
    if (stored.version === version) return stored.endMs;
    throw new Error(`${folder} has another version: --fresh rewrites the data`);
  }
  const endMs = Math.floor(Date.now() / 300_000) * 300_000;
  const samples = await writeFleet(url, { hosts, endMs });
  writeFileSync(file, JSON.stringify({ version, endMs, samples }));
  process.stdout.write(`${samples} samples written\n`);
  return endMs;
}

async function writeFleet(url: string, { hosts, endMs }: FleetData): Promise<number> {
  const lanes = lanesOf({ hosts, endMs });
  const client = createRemoteWriteClient({ url, maxConcurrency: requestsAtOnce, timeoutMs: 120_000 });
  const startMs = Math.min(...lanes.map((lane) => lane.startMs));
  const beganMs = performance.now();
  let [samples, saidMs] = [0, beganMs];
  try {
    for (let fromMs = startMs; fromMs < endMs; fromMs += sliceMs) {
      const toMs = Math.min(endMs, fromMs + sliceMs);
      samples += await writeSlice(client, lanes, [fromMs, toMs]);
      if (performance.now() - saidMs < 15_000) continue;
      saidMs = performance.now();
      const share = Math.floor((100 * (toMs - startMs)) / (endMs - startMs));
      process.stdout.write(
        `writing 30 days: ${share} %, ${Math.round((1_000 * samples) / (saidMs - beganMs))} samples/s\n`,
      );
    }
  } finally {
    client.close();
  }
  return samples;
}

function lanesOf({ hosts, endMs }: FleetData): readonly Lane[] {
  const names = hostNames(hosts);
  const seriesOf = (host: string, tier: TierName): readonly BenchSeries[] =>
    tier === 'raw' ? rawSeries(host) : recordedSeries(host, tier);
  const lanes = tiers.map(({ name, stepMs, retentionMs }) => ({
    stepMs,
    startMs: endMs - retentionMs,
    series: names.flatMap((host) => seriesOf(host, name)),
  }));
  const up = { stepMs: 15_000, startMs: endMs - 86_400_000, series: names.map(upSeries) };
  return [
    ...lanes,
    up,
    { stepMs: 60_000, startMs: Math.min(...lanes.map(({ startMs }) => startMs)), series: [watchdog] },
  ];
}

/** Returns the points of every lane in (from, to]. */
async function writeSlice(
  client: RemoteWriteClient,
  lanes: readonly Lane[],
  [fromMs, toMs]: readonly [number, number],
): Promise<number> {
  const writer = createWriteRequestWriter();
  const inFlight = new Set<Promise<void>>();
  let [samples, gathered] = [0, 0];

  async function flush(): Promise<void> {
    if (gathered === 0) return;
    const sent = send(client, compressBlock(writer.finish())).finally(() => inFlight.delete(sent));
    inFlight.add(sent);
    samples += gathered;
    gathered = 0;
    if (inFlight.size >= requestsAtOnce) await Promise.race(inFlight);
  }

  for (const { stepMs, startMs, series } of lanes) {
    const times: number[] = [];
    const firstMs = Math.max(startMs, (Math.floor(fromMs / stepMs) + 1) * stepMs);
    for (let timeMs = firstMs; timeMs <= toMs; timeMs += stepMs) times.push(timeMs);
    if (times.length === 0) continue;
    for (const [index, each] of series.entries()) {
      writer.add(
        each.labels,
        times,
        times.map((timeMs) => valueOf(each, timeMs, index)),
      );
      gathered += times.length;
      if (gathered >= samplesPerRequest) await flush();
    }
  }
  await flush();
  await Promise.all(inFlight);
  return samples;
}

async function send(client: RemoteWriteClient, body: Uint8Array): Promise<void> {
  const { status, text } = await client.send(body);
  if (status >= 300) throw new Error(`Prometheus answered ${status}: ${text}`);
}

/** Values differ between series and vary, so that chunks compress like real data. */
function valueOf({ level, isCounter }: BenchSeries, timeMs: number, index: number): number {
  const seconds = timeMs / 1_000;
  if (isCounter) return Math.round((seconds % 10_000_000) * level * 10 + ((seconds * (index + 7)) % 13));
  return level * (1 + 0.2 * Math.sin(seconds / 3_000 + index)) + ((seconds * (index + 3)) % 7) / 10;
}
