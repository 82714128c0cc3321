/**
 * Limits on series for a body that a thread decodes. The thread does not know the active series: it reports the series of a
 * body, and when some of them are refused it decodes the body again without them.
 */
import type { PushGate } from '../ingest/active-series/series-limits.ts';

/** The series of one instance in a body. */
export interface AskedSeries {
  readonly instance: string;
  readonly isHost: boolean;
  readonly hashes: readonly number[];
}

/** Refused series by `keyOf` of the instance: the reason for refusing all series of the instance, or the refused hashes with their reason. */
export type Refusals = ReadonlyMap<string, string | { readonly hashes: ReadonlySet<number>; readonly message: string }>;

function keyOf(instance: string, isHost: boolean): string {
  return `${isHost ? 'host' : 'other'} ${instance}`;
}

/** Returns a gate that refuses the given series and records the others. */
export function recordingGate(refusals: Refusals): { readonly gate: PushGate; asked(): readonly AskedSeries[] } {
  const asked = new Map<string, AskedSeries & { hashes: number[] }>();
  const gate: PushGate = {
    open(instance, { isHost }) {
      const key = keyOf(instance, isHost);
      const refusal = refusals.get(key);
      if (typeof refusal === 'string') return refusal;
      const hashes = asked.get(key)?.hashes ?? [];
      asked.set(key, { instance, isHost, hashes });
      return {
        isRepeated: () => false,
        admit(seriesHash) {
          if (refusal?.hashes.has(seriesHash) === true) return refusal.message;
          hashes.push(seriesHash);
          return undefined;
        },
      };
    },
  };
  return { gate, asked: () => [...asked.values()] };
}

/** Passes each series through the gate and returns those that the gate refuses. */
export function refusalsOf(asked: readonly AskedSeries[], gate: PushGate): Refusals {
  const refusals = new Map<string, string | { hashes: Set<number>; message: string }>();
  for (const { instance, isHost, hashes } of asked) {
    const key = keyOf(instance, isHost);
    const opened = gate.open(instance, { isHost });
    if (typeof opened === 'string') {
      refusals.set(key, opened);
      continue;
    }
    const refused = { hashes: new Set<number>(), message: '' };
    for (const seriesHash of hashes) {
      const message = opened.admit(seriesHash);
      if (message === undefined) continue;
      refused.hashes.add(seriesHash);
      refused.message = message;
    }
    if (refused.hashes.size > 0) refusals.set(key, refused);
  }
  return refusals;
}
