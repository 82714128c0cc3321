/**
 * Cleans tombstones only where Prometheus loses no sample by it.
 *
 * Before 2.53 Prometheus rewrites an out-of-order block without its hint `from-out-of-order`. Where that block ends later than
 * every in-order block, the next start takes its end for the end of the in-order blocks, and skips older samples of the
 * write-ahead log: up to two hours of every host. Blocks change while a cleaning runs, so that no look at them before can show that
 * it is safe. A skipped cleaning does not undo a deletion: queries do not show the samples,
 * and Prometheus frees their space when it compacts their blocks.
 */
import type { PrometheusConnection } from '../../../common/prometheus/connection.ts';
import { LeaseTaken } from '../../../common/store/leases.ts';
import type { Database } from '../../../common/store/schema.ts';
import { cleanTombstones } from '../../prometheus/admin.ts';
import { tryPrometheusVersion } from '../../prometheus/build-info.ts';
import { withTombstoneLease } from '../repair/replace-points.ts';

export type Cleaning =
  | { readonly kind: 'done' }
  /** `reason` says why, and what the operator can do. */
  | { readonly kind: 'skipped'; readonly reason: string };

export interface CleanRequest {
  readonly prometheus: PrometheusConnection;
  readonly db: Database;
  readonly signal?: AbortSignal | undefined;
}

/** Cleans tombstones, or returns why not. No repair deletes points during the cleaning. Throws a `PrometheusError`. */
export async function cleanWhereSafe({ prometheus, db, signal }: CleanRequest): Promise<Cleaning> {
  try {
    return await withTombstoneLease({ db, signal }, async (lease) => {
      const decision = decideCleaning(await tryPrometheusVersion(prometheus, lease.signal));
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

/**
 * Returns why no single point may be deleted; undefined when it may be. Deleted points need a cleaning: where three or more
 * ranges of a series are deleted from a block, a query of Prometheus 2.42 overwrites the tombstones in memory and hides other
 * samples of the series in the block; the next deletion stores the damage (docs/decisions/replaced-points.md).
 */
export async function whyUncleaned(
  prometheus: PrometheusConnection,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const decision = decideCleaning(await tryPrometheusVersion(prometheus, signal));
  return decision.kind === 'skipped' ? decision.reason : undefined;
}

export type CleaningDecision = { readonly kind: 'clean' } | Extract<Cleaning, { readonly kind: 'skipped' }>;

const notPrometheus =
  'the backend does not identify itself as Prometheus; if it has its own retention, set retention.enabled: false';

/** Returns `clean` only for a version that keeps the hint; undefined: the backend is not Prometheus. */
export function decideCleaning(version: string | undefined): CleaningDecision {
  if (version === undefined) return skipped(notPrometheus);
  if (keepsHint(version)) return { kind: 'clean' };
  const old = `Prometheus ${version === '' ? 'of an unknown version' : version}`;
  return skipped(
    `${old} can lose samples of the last hours at its next start after a cleaning; upgrade Prometheus to 2.53 or later`,
  );
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

function skipped(reason: string): Extract<Cleaning, { readonly kind: 'skipped' }> {
  return { kind: 'skipped', reason };
}
