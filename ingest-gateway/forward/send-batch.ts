/** Sends one batch whole; when Prometheus refuses it for one bad sample, without that sample. */
import { messageOf } from '../../common/program/log.ts';
import { joinSeries, type SeriesBytes, splitSamples, splitSeries } from './split-request.ts';
import type { Company, JoinedWrites } from './write-coalescer.ts';
import { classifyAnswer, type RefusalReason, type WriteOutcome } from './write-outcome.ts';

export interface Refusal {
  readonly reason: RefusalReason;
  /** Prometheus' words. */
  readonly message: string;
  readonly samples: number;
}

export type SendOutcome =
  | { readonly kind: 'ok'; readonly refusals: readonly Refusal[] }
  | Extract<WriteOutcome, { kind: 'retry' | 'away' }>;

export interface BatchToSend {
  readonly writes: JoinedWrites;
  readonly body: Uint8Array;
  readonly company: Company;
  readonly now: () => number;
}

/**
 * Never throws. Prometheus stores nothing of a request that it refuses, so the parts are sent again; what was stored of
 * a batch that ends with `retry` is sent a second time with the same values, which changes nothing.
 */
export async function sendBatch({ writes, body, company, now }: BatchToSend): Promise<SendOutcome> {
  const outcome = await sendOnce(body, company);
  if (outcome.kind !== 'refused') return outcome.kind === 'ok' ? { kind: 'ok', refusals: [] } : outcome;
  const refusals: Refusal[] = [];

  async function sendOnce(part: Uint8Array, partCompany: Company): Promise<WriteOutcome> {
    try {
      return classifyAnswer(await writes.send(part, partCompany), now());
    } catch (error) {
      return { kind: 'away', message: messageOf(error) };
    }
  }

  /** Sends the halves of what was refused. */
  async function bisect(parts: readonly SeriesBytes[], refused: WriteOutcome & { kind: 'refused' }): Promise<Failure> {
    const [only] = parts;
    if (only === undefined) return undefined;
    const halves = parts.length > 1 ? halvesOf(parts) : splitSamples(only)?.map((half) => [half]);
    if (halves === undefined) {
      refusals.push({ reason: refused.reason, message: refused.message, samples: 1 });
      return undefined;
    }
    for (const half of halves) {
      const next = await sendOnce(joinSeries(half), 'alone');
      const failure = next.kind === 'refused' ? await bisect(half, next) : next.kind === 'ok' ? undefined : next;
      if (failure !== undefined) return failure;
    }
    return undefined;
  }

  const failure = await bisect(splitSeries(body), outcome);
  return failure ?? { kind: 'ok', refusals };
}

type Failure = Extract<WriteOutcome, { kind: 'retry' | 'away' }> | undefined;

function halvesOf(parts: readonly SeriesBytes[]): readonly (readonly SeriesBytes[])[] {
  const middle = parts.length >> 1;
  return [parts.slice(0, middle), parts.slice(middle)];
}
