/** Limits of a push, the same for every protocol. */
import type { ScanLimits } from '../remote-write/scanned-series.ts';
import { mayBeReserved } from './reserved-series.ts';

export const pushLimits = {
  /** Size of a body as received, and inflated. */
  maxBodyBytes: 5_000_000,
  maxInflatedBytes: 32 * 2 ** 20,
  /** Size of an OTLP request, as received and inflated. */
  maxOtlpBytes: 64 * 2 ** 20,
  /** Objects, lists, members and entries of a JSON body, and their nesting. */
  maxJsonValues: 1_000_000,
  maxJsonDepth: 128,
  /** Fields of an OTLP request in protobuf. */
  maxFields: 1_500_000,
  maxSamples: 50_000,
  /** Labels of a series besides `__name__`, `job` and `instance`. */
  maxLabels: 40,
  /** Size of a label's value in UTF-8. */
  maxValueBytes: 1_024,
  maxNameLength: 255,
  /** More than the 24 h that a host buffers, less than the 30 h for which Prometheus takes late samples. */
  maxAgeMs: 26 * 3_600_000,
  /** Prometheus counts its out-of-order window from the newest sample of any host. */
  maxFutureMs: 60_000,
} as const;

/** Returns the limits for a scan of remote write, which counts `__name__`, `job` and `instance` as labels. */
export function scanLimits(nowMs: number): ScanLimits {
  return {
    maxLabels: pushLimits.maxLabels + 3,
    maxValueBytes: pushLimits.maxValueBytes,
    oldestMs: nowMs - pushLimits.maxAgeMs,
    newestMs: nowMs + pushLimits.maxFutureMs,
    mayBeReserved,
  };
}
