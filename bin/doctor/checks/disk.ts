/** Checks the free space of the data directory against the reserve and the growth until the retention is reached. */
import { statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { listSnapshots } from '../../backup/prometheus-snapshot.ts';
import { type Check, type Finding, fault, ok, warning } from '../site/finding.ts';
import type { LocalStack, PrometheusAccess } from '../site/site.ts';

export const disk: Check = {
  name: 'disk',
  async run({ local, prometheus, now }) {
    if (local === undefined) return [];
    const { root } = local.directory;
    const { bavail, bsize, blocks, ffree, files } = statfsSync(root);
    const space = { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
    const growth = prometheus === undefined ? undefined : await tryGrowth(prometheus, local, now());
    const inodes = files > 0 && ffree / files < 0.01 ? [fault(`${root}: no free inodes`, `df -i ${root}`)] : [];
    return [...judgeSpace(root, space, growth), ...inodes, ...judgeSnapshots(local, now())];
  },
};

const dayMs = 86_400_000;

interface Space {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** Space for a block that compaction rewrites, and for the gateway's queue while Prometheus does not answer. */
const reserveBytes = 2 * 2 ** 30;
const fullBytes = 256 * 2 ** 20;

/** `growthBytes`: bytes that the data directory will add until the retention is reached; undefined while unknown. */
export function judgeSpace(
  folder: string,
  { freeBytes, totalBytes }: Space,
  growthBytes: number | undefined,
): readonly Finding[] {
  const free = `${gib(freeBytes)} of ${gib(totalBytes)} free at ${folder}`;
  if (freeBytes < fullBytes)
    return [
      fault(
        `the disk is full: ${free}`,
        `du -xh ${folder} --max-depth 2 shows the space: free other files, then: hostpulse tiers prune (docs/operations.md)`,
      ),
    ];
  const neededBytes = reserveBytes + (growthBytes ?? 0);
  if (freeBytes >= neededBytes) return [ok(free)];
  const needed = `${gib(neededBytes)} are needed until the retention is reached`;
  return [
    warning(`${free}; ${needed}`, 'set retention.size or a shorter retention.5m in hostpulse.yml, or enlarge the disk'),
  ];
}

/** Fewer days of data overestimate the growth: raw samples, which are kept for a day, are most of the data at first. */
const minDays = 3;

async function tryGrowth(
  prometheus: PrometheusAccess,
  { config }: LocalStack,
  nowMs: number,
): Promise<number | undefined> {
  const read = async (name: string): Promise<number | undefined> =>
    (await prometheus.query(`max(${name}{job="prometheus"})`))[0]?.value;
  const stored = await read('prometheus_tsdb_storage_blocks_bytes').catch(() => undefined); // the check of samples reports it
  const lowest = await read('prometheus_tsdb_lowest_timestamp_seconds').catch(() => undefined);
  if (stored === undefined || lowest === undefined || lowest === 0) return undefined;
  const days = (nowMs - lowest * 1_000) / dayMs;
  if (days < minDays) return undefined;
  const missingDays = Math.max(0, config.retentionFiveMinutesMs / dayMs - days);
  const expected = (stored / days) * missingDays;
  return config.retentionBytes === undefined
    ? expected
    : Math.min(expected, Math.max(0, config.retentionBytes - stored));
}

/** Reports snapshots older than a day: a snapshot keeps the disk space of blocks that Prometheus has deleted. */
function judgeSnapshots({ directory }: LocalStack, nowMs: number): readonly Finding[] {
  const folder = join(directory.prometheus.data, 'snapshots');
  const old = listSnapshots(directory.prometheus.data).filter(
    (name) => nowMs - statSync(join(folder, name)).mtimeMs > dayMs,
  );
  if (old.length === 0) return [];
  const message = `${old.length} old snapshots of Prometheus keep the space of deleted samples`;
  return [warning(message, `rm -r ${old.map((name) => join(folder, name)).join(' ')}`)];
}

function gib(bytes: number): string {
  return bytes < 2 ** 30 ? `${(bytes / 2 ** 20).toFixed(0)} MiB` : `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
