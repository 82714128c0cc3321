/** Sends one batch whole; when Prometheus refuses it for one bad sample, without that sample. */

import { messageOf } from '../../common/program/log.ts';
import type { RemoteWriteClient } from '../../common/prometheus/remote-write-client.ts';
import { joinSeries, type SeriesBytes, splitSamples, splitSeries } from './request-parts.ts';
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

/**
 * Never throws. Prometheus stores nothing of a request that it refuses, so the parts are sent again; what was stored of
 * a batch that ends with `retry` is sent a second time with the same values, which changes nothing.
 */
export async function sendBatch(client: RemoteWriteClient, body: Uint8Array, now: () => number): Promise<SendOutcome> {
  const outcome = await sendOnce(client, body, now);
  if (outcome.kind !== 'refused') return outcome.kind === 'ok' ? { kind: 'ok', refusals: [] } : outcome;
  const refusals: Refusal[] = [];

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
      const next = await sendOnce(client, joinSeries(half), now);
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

async function sendOnce(client: RemoteWriteClient, body: Uint8Array, now: () => number): Promise<WriteOutcome> {
  try {
    return classifyAnswer(await client.send(body), now());
  } catch (error) {
    return { kind: 'away', message: messageOf(error) };
  }
}
