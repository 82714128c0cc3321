/** Creates the limits on series that a test of decoding needs. The default limits are wide. */
import {
  createSeriesHash,
  createSeriesLimits,
  type PushGate,
  type SeriesBounds,
} from '../../ingest-gateway/ingest/active-series/series-limits.ts';

const wide: SeriesBounds = { maxHostSeries: 10_000, maxKeySeries: 100_000, maxKeyHosts: 1_000 };

/** Returns the gate of one push of a new key named `test key`, and the hash for its series. */
export function seriesGate(bounds: Partial<SeriesBounds> = {}) {
  const limits = createSeriesLimits({ bounds: { ...wide, ...bounds }, now: Date.now });
  const gate: PushGate = limits.begin({ id: 'key test', name: 'test key' });
  return { gate, hash: createSeriesHash(new Uint8Array(16)) };
}
