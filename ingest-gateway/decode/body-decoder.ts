/**
 * Decodes the bodies of pushes without holding up the event loop. Small bodies are decoded on the loop, which callers share in
 * turns of ten milliseconds. Large bodies and OTLP go to another decoder, a thread.
 */
import { HttpProblem } from '../../common/http/problem.ts';
import { maxExpansion, readBlockLength } from '../../common/remote-write/snappy.ts';
import type { ScrapedHosts } from '../forward/scraped-hosts.ts';
import type { PushGate, SeriesLimits } from '../ingest/active-series/series-limits.ts';
import { createRejections, type Rejections } from '../ingest/sample-checks.ts';
import { createPushDecoder, type DecodedPush, type DecodeLimits, type PushBody } from './push-decoder.ts';

export interface BodyDecoder {
  /** Throws an `HttpProblem`: 400, 403, 413 or 415, and 503 when the body waited too long. */
  decode(body: PushBody): Promise<DecodedBody>;
}

/** Decodes large bodies away from the event loop. */
export interface LargeBodyDecoder {
  /** Throws as `BodyDecoder.decode` does. */
  decode(body: PushBody, gate: PushGate): Promise<DecodedPush>;
}

export type DecodedBody = Omit<DecodedPush, 'rejections'> & { readonly rejections: Rejections };

export interface BodyDecoderOptions {
  readonly seriesLimits: SeriesLimits;
  readonly seed: Uint8Array;
  readonly scraped: Pick<ScrapedHosts, 'hasTarget'>;
  readonly large: LargeBodyDecoder;
}

/** Decompressed size of a body that is decoded on the event loop: its worst case takes some ten milliseconds. */
const inlineBytes = 128 * 1024;
/** A body beyond them is large. */
const inlineLimits: DecodeLimits = { maxBytes: inlineBytes, maxSamples: 5_000, maxFields: Number.POSITIVE_INFINITY };

export function createBodyDecoder({ seriesLimits, seed, scraped, large }: BodyDecoderOptions): BodyDecoder {
  const turns = createLoopTurns();
  const decodePush = createPushDecoder({ seed, isScrapedTarget: scraped.hasTarget, period: () => seriesLimits.hour() });

  async function tryInline(body: PushBody, gate: PushGate): Promise<DecodedPush | undefined> {
    if (!isSmall(body)) return undefined;
    try {
      return await turns.run(body.pusher.id, () => decodePush(body, { gate, limits: inlineLimits }));
    } catch (error) {
      if (error instanceof HttpProblem && error.status === 413) return undefined; // it is large when decoded
      throw error;
    }
  }

  return {
    async decode(body) {
      const gate = seriesLimits.begin(body.pusher);
      const push = (await tryInline(body, gate)) ?? (await large.decode(body, gate));
      return { ...push, rejections: createRejections(push.rejections) };
    },
  };
}

/** OTLP is decoded in the thread alone, which remembers the scopes and histograms of earlier requests. */
function isSmall({ format, bytes }: PushBody): boolean {
  if (bytes.length > inlineBytes) return false;
  if (format === 'collect') return true;
  if (format !== 'remote_write') return false;
  const declared = declaredBytes(bytes);
  return declared <= inlineBytes || declared > maxExpansion * bytes.length;
}

/** Returns 0 for a malformed block, which decoding refuses. */
function declaredBytes(block: Uint8Array): number {
  try {
    return readBlockLength(block).length;
  } catch {
    return 0;
  }
}

export interface LoopTurns {
  /** Runs `work`, at once when this turn of the loop has time left. The work of one caller runs in the order of its calls. */
  run<Result>(caller: string, work: () => Result): Promise<Result>;
}

/** Time for work in one turn of the loop. One piece of work may take longer: bodies of this size are decoded in a thread. */
const turnMs = 10;

/**
 * Divides the event loop among callers: work that is requested while one turn of the loop is used up waits for the next turn,
 * and callers that wait take turns. Between two turns the loop serves everything else, such as health checks.
 */
export function createLoopTurns(): LoopTurns {
  /** The waiting work of each caller; the caller whose turn was longest ago comes first. */
  const waiting = new Map<string, (() => void)[]>();
  let usedMs = 0;
  let isScheduled = false;

  function schedule(): void {
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(() => {
      isScheduled = false;
      usedMs = 0;
      while (usedMs < turnMs && runNext());
      if (waiting.size > 0) schedule();
    });
  }

  /** Returns false when no work waits. */
  function runNext(): boolean {
    const [next] = waiting;
    if (next === undefined) return false;
    const [caller, queue] = next;
    waiting.delete(caller);
    const work = queue.shift();
    if (queue.length > 0) waiting.set(caller, queue);
    work?.();
    return true;
  }

  function timed<Result>(work: () => Result): Result {
    const startMs = performance.now();
    try {
      return work();
    } finally {
      usedMs += performance.now() - startMs;
      schedule();
    }
  }

  return {
    async run(caller, work) {
      if (waiting.size === 0 && usedMs < turnMs) return timed(work);
      return new Promise((resolve, reject) => {
        const queue = waiting.get(caller) ?? [];
        queue.push(() => {
          try {
            resolve(timed(work));
          } catch (error) {
            reject(error as Error);
          }
        });
        waiting.set(caller, queue);
        schedule();
      });
    },
  };
}
