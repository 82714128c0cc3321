/** What a push may hold, whatever way it comes. */
import type { ScanLimits } from '../remote-write/scanned-series.ts';

export const pushLimits = {
  /** Of a body as it comes, and inflated. */
  maxBodyBytes: 5_000_000,
  maxInflatedBytes: 32 * 2 ** 20,
  maxSamples: 50_000,
  /** Of a series, `__name__`, `job` and `instance` apart. */
  maxLabels: 40,
  /** Of a label's value, in UTF-8. */
  maxValueBytes: 1_024,
  maxNameLength: 255,
  /** More than the 24 h that a host's buffer keeps, less than the 30 h that Prometheus takes late samples for. */
  maxAgeMs: 26 * 3_600_000,
  /** Prometheus counts its window from the newest sample, whoever's clock wrote it. */
  maxFutureMs: 60_000,
} as const;

/** The same as bounds for a scan of remote write; `__name__`, `job` and `instance` are labels there. */
export function scanLimits(nowMs: number): ScanLimits {
  return {
    maxLabels: pushLimits.maxLabels + 3,
    maxValueBytes: pushLimits.maxValueBytes,
    oldestMs: nowMs - pushLimits.maxAgeMs,
    newestMs: nowMs + pushLimits.maxFutureMs,
  };
}
