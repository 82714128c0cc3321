/** The quota of requests by remote write and OTLP, whose hosts are known only after decoding. */
import type { Principal } from '../../common/http/auth.ts';
import type { CollectorLimit } from '../auth/rate-limits.ts';
import type { SeriesLimits } from '../ingest/active-series/series-limits.ts';
import { pusherOf } from './push-decoder.ts';

export interface WriterQuotaServices {
  readonly collectorLimit: CollectorLimit;
  readonly seriesLimits: Pick<SeriesLimits, 'active'>;
}

/** Counts a request of the caller. Throws an `HttpProblem` with `status` when the caller has used up its quota. */
export function admitWriter(
  principal: Principal | undefined,
  { collectorLimit, seriesLimits }: WriterQuotaServices,
  status: 429 | 503,
): void {
  if (principal === undefined) return;
  const { hosts } = seriesLimits.active(pusherOf(principal).id);
  collectorLimit.admitWriter({ principal, hosts, status });
}
