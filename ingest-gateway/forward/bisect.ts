/**
 * Finds the samples at fault in a remote write request that Prometheus refuses: bisects it by series, then by sample, and
 * leaves out single samples that are refused. Prometheus stores nothing of a request that it refuses.
 */
import {
  type RefusalReason,
  sendWrite,
  type WriteFailure,
  type WriteOutcome,
  type WriteToSend,
} from './remote-write-client.ts';
import { joinSeries, type SeriesBytes, splitSamples, splitSeries } from './split-request.ts';

/** One sample that Prometheus can never store. */
export interface Refusal {
  readonly reason: RefusalReason;
  /** Prometheus' response. */
  readonly message: string;
  readonly samples: 1;
}

export type BisectOutcome = { readonly kind: 'ok'; readonly refusals: readonly Refusal[] } | WriteFailure;

/** Sends a request, and bisects it when Prometheus refuses it. Never rejects. */
export async function sendBisected(write: WriteToSend): Promise<BisectOutcome> {
  const whole = await sendWrite(write);
  if (whole.kind === 'ok') return { kind: 'ok', refusals: [] };
  return whole.kind === 'refused' ? bisect(write, whole) : whole;
}

type Refused = Extract<WriteOutcome, { kind: 'refused' }>;

/**
 * Bisects a request that Prometheus refused. After a failure, the halves that were stored are sent again with the same values,
 * which changes nothing. Never rejects.
 */
export async function bisect({ writes, body, now }: WriteToSend, whole: Refused): Promise<BisectOutcome> {
  const refusals: Refusal[] = [];

  async function search(
    series: readonly SeriesBytes[],
    { reason, message }: Refused,
  ): Promise<WriteFailure | undefined> {
    const halves = halve(series);
    if (halves.length === 0 && series.length > 0) refusals.push({ reason, message, samples: 1 });
    for (const half of halves) {
      const outcome = await sendWrite({ writes, body: joinSeries(half), coalesce: false, now });
      if (outcome.kind === 'ok') continue;
      const failed = outcome.kind === 'refused' ? await search(half, outcome) : outcome;
      if (failed !== undefined) return failed;
    }
    return undefined;
  }

  return (await search(splitSeries(body), whole)) ?? { kind: 'ok', refusals };
}

/** Returns halves of the series, or of the samples of a single series; nothing for a single sample. */
function halve(series: readonly SeriesBytes[]): readonly (readonly SeriesBytes[])[] {
  const [only] = series;
  if (only === undefined) return [];
  if (series.length === 1) return splitSamples(only)?.map((half) => [half]) ?? [];
  const middle = series.length >> 1;
  return [series.slice(0, middle), series.slice(middle)];
}
