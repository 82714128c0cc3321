/**
 * Cleans tombstones only where Prometheus loses no sample by it.
 *
 * Before 2.53 Prometheus rewrites an out-of-order block without its hint `from-out-of-order`. Where that block ends later than
 * every in-order block, the next start takes its end for the end of the in-order blocks, and skips older samples of the
 * write-ahead log: up to two hours of every host. A skipped cleaning does not undo a deletion: queries do not show the samples,
 * and Prometheus frees their space when it compacts their blocks.
 */
import type { PrometheusConnection } from '../../../common/prometheus/connection.ts';
import { LeaseTaken } from '../../../common/store/leases.ts';
import type { Database } from '../../../common/store/schema.ts';
import { cleanTombstones, tryLoadedBlocks } from '../../prometheus/admin.ts';
import { tryPrometheusVersion } from '../../prometheus/build-info.ts';
import { withTombstoneLease } from '../repair/replace-points.ts';
import { type BlocksReading, readBlocks, type TsdbBlock } from './tsdb-blocks.ts';

export type Cleaning =
  | { readonly kind: 'done' }
  /** `reason` says why, and what the operator can do. */
  | { readonly kind: 'skipped'; readonly reason: string };

export interface CleanRequest {
  readonly prometheus: PrometheusConnection;
  readonly db: Database;
  /** Undefined where the gateway cannot read it. */
  readonly dataDirectory: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Cleans tombstones, or returns why not. No repair deletes points between the check and the end of the cleaning: its tombstone
 * could put the newest block at risk. Throws a `PrometheusError`.
 */
export async function cleanWhereSafe({ prometheus, db, dataDirectory, signal }: CleanRequest): Promise<Cleaning> {
  try {
    return await withTombstoneLease({ db, signal }, async (lease) => {
      const version = await tryPrometheusVersion(prometheus, lease.signal);
      const loaded = dataDirectory === undefined ? undefined : await tryLoadedBlocks(prometheus, lease.signal);
      // Read last: a deletion by another client of Prometheus can still add tombstones after this.
      const blocks = dataDirectory === undefined ? undefined : loadedBlocks(await readBlocks(dataDirectory), loaded);
      const decision = decideCleaning({ version, blocks });
      if (decision.kind === 'skipped') return decision;
      await lease.confirm();
      await cleanTombstones(prometheus, lease.signal);
      return { kind: 'done' };
    });
  } catch (error) {
    if (!(error instanceof LeaseTaken)) throw error;
    return skipped('a repair is deleting points; the next run cleans');
  }
}

export interface CleaningFacts {
  /** Undefined: the backend is not Prometheus. */
  readonly version: string | undefined;
  /** Undefined: no data directory is set. */
  readonly blocks: BlocksReading | undefined;
}

export type CleaningDecision = { readonly kind: 'clean' } | Extract<Cleaning, { readonly kind: 'skipped' }>;

const notPrometheus =
  'the backend does not identify itself as Prometheus; if it has its own retention, set retention.enabled: false';

/** Returns `clean` only where the version keeps the hint, or the blocks show that no hint matters. */
export function decideCleaning({ version, blocks }: CleaningFacts): CleaningDecision {
  if (version === undefined) return skipped(notPrometheus);
  if (keepsHint(version)) return { kind: 'clean' };
  const old = `Prometheus ${version === '' ? 'of an unknown version' : version} can lose samples of the last hours at its next start after a cleaning`;
  const upgrade = 'upgrade Prometheus to 2.53 or later';
  if (blocks === undefined)
    return skipped(`${old}; ${upgrade}, or set retention.prometheus_data_dir to its data directory`);
  if (blocks.kind === 'unknown') return skipped(`${old}, and its blocks are not known: ${blocks.reason}; ${upgrade}`);
  const block = blockAtRisk(blocks.blocks);
  if (block === undefined) return { kind: 'clean' };
  return skipped(`${old}: its newest block, ${block.ulid}, holds only out-of-order samples; ${upgrade}`);
}

/** The first version known to keep the hint; measured with 2.53.3 and 3.5.3. */
const firstKeeping = { major: 2, minor: 53 } as const;

/** False for a version that does not read `MAJOR.MINOR.PATCH`, and for a pre-release of the first version that keeps the hint. */
function keepsHint(version: string): boolean {
  const match = /^v?(\d+)\.(\d+)\.(\d+)(?<preRelease>[-~])?/.exec(version);
  if (match === null) return false;
  const [major, minor, patch] = match.slice(1, 4).map(Number) as [number, number, number];
  if (major !== firstKeeping.major) return major > firstKeeping.major;
  if (minor !== firstKeeping.minor) return minor > firstKeeping.minor;
  return patch > 0 || match.groups?.['preRelease'] === undefined;
}

/** Returns an out-of-order block that a cleaning would rewrite and that ends later than every in-order block. */
function blockAtRisk(blocks: readonly TsdbBlock[]): TsdbBlock | undefined {
  const inOrderEndMs = Math.max(
    ...blocks.filter(({ isOutOfOrder }) => !isOutOfOrder).map(({ maxTimeMs }) => maxTimeMs),
  );
  return blocks.find(
    ({ isOutOfOrder, hasTombstones, maxTimeMs }) => isOutOfOrder && hasTombstones && maxTimeMs > inOrderEndMs,
  );
}

/** Returns `unknown` for the directory of another Prometheus, and for one in which Prometheus replaces blocks at this moment. */
function loadedBlocks(reading: BlocksReading, loaded: number | undefined): BlocksReading {
  if (reading.kind === 'unknown' || reading.blocks.length === loaded) return reading;
  const reason = `retention.prometheus_data_dir has ${reading.blocks.length} blocks, Prometheus has loaded ${loaded ?? 'an unknown number'}`;
  return { kind: 'unknown', reason };
}

function skipped(reason: string): Extract<Cleaning, { readonly kind: 'skipped' }> {
  return { kind: 'skipped', reason };
}
