/**
 * Tells which batches may hold a sample for a series and an instant that was accepted before. Prometheus would replace
 * what it has, so such a batch is compared with it before it is forwarded. Most hosts send their series together and in
 * order of time: for them one number is enough. Whoever does not is followed series by series.
 */
import { scanWriteRequest } from '../remote-write/scan.ts';
import { scanLimits } from './limits.ts';

export interface BatchTimes {
  readonly host: string;
  readonly oldestMs: number;
  readonly newestMs: number;
  /** The request before compression. */
  readonly plain: Uint8Array;
}

export interface LateCheck {
  /** True when a sample is not newer than all that was accepted of its series, as far as known; remembers the batch. */
  check(batch: BatchTimes): boolean;
}

interface HostTimes {
  /** Newest sample accepted of any series. */
  newestMs: number;
  /** By series, once the host sent something late; a series that is missing counts as `baseMs`. */
  bySeries: Map<string, number> | undefined;
  baseMs: number;
  lastLateMs: number;
}

export interface LateCheckOptions {
  /** Newest sample of each host from before the start. */
  readonly newestAtStart: ReadonlyMap<string, number>;
  readonly now: () => number;
}

/** A host with more series than this is late as a whole. */
const maxSeries = 20_000;
/** A host that was in order for so long needs one number again. */
const forgiveMs = 600_000;
/** Hosts not heard of for so long are forgotten: samples of that age are refused. */
const forgetMs = 27 * 3_600_000;

export function createLateCheck({ newestAtStart, now }: LateCheckOptions): LateCheck {
  const hosts = new Map<string, HostTimes>();
  let prunedMs = now();
  for (const [host, newestMs] of newestAtStart) hosts.set(host, known(newestMs));

  function known(newestMs: number): HostTimes {
    return { newestMs, bySeries: undefined, baseMs: 0, lastLateMs: 0 };
  }

  function prune(nowMs: number): void {
    if (nowMs - prunedMs < forgiveMs) return;
    prunedMs = nowMs;
    for (const [host, { newestMs }] of hosts) if (newestMs < nowMs - forgetMs) hosts.delete(host);
  }

  /** Remembers each series of the batch; true when one of them was seen with a sample as new. */
  function follow(times: HostTimes, { plain }: BatchTimes, nowMs: number): boolean {
    const bySeries = (times.bySeries ??= new Map());
    const bytes = Buffer.from(plain.buffer, plain.byteOffset, plain.byteLength);
    let isLate = false;
    scanWriteRequest(plain, scanLimits(nowMs), ({ labelsStart, labelsEnd, oldestMs, newestMs }) => {
      const key = bytes.toString('latin1', labelsStart, labelsEnd);
      const beforeMs = bySeries.get(key) ?? times.baseMs;
      if (oldestMs <= beforeMs) isLate = true;
      if (newestMs > beforeMs) bySeries.set(key, newestMs);
    });
    if (bySeries.size > maxSeries) {
      times.bySeries = undefined;
      times.baseMs = times.newestMs;
    }
    return isLate;
  }

  return {
    check(batch) {
      const nowMs = now();
      prune(nowMs);
      const times = hosts.get(batch.host);
      if (times === undefined) {
        hosts.set(batch.host, known(batch.newestMs));
        return false;
      }
      const isBehind = batch.oldestMs <= times.newestMs;
      if (times.bySeries === undefined && isBehind) times.baseMs = times.newestMs;
      let isLate = false;
      if (isBehind || times.bySeries !== undefined) isLate = follow(times, batch, nowMs);
      times.newestMs = Math.max(times.newestMs, batch.newestMs);
      if (isBehind) times.lastLateMs = nowMs;
      else if (nowMs - times.lastLateMs > forgiveMs) times.bySeries = undefined;
      return isLate;
    },
  };
}
