/**
 * Decodes pushes without holding up the event loop: small bodies in turns of the loop, large ones and OTLP in a thread, one at a
 * time. Callers that wait take turns.
 */

import { HttpProblem } from '../../common/http/problem.ts';
import type { Log } from '../../common/program/log.ts';
import { createSlots } from '../../common/prometheus/connection.ts';
import { readBlockLength } from '../../common/remote-write/snappy.ts';
import type { ScrapedHosts } from '../forward/scraped-hosts.ts';
import { overloaded } from '../http/request-input.ts';
import type { PushGate, SeriesLimits } from '../ingest/active-series/series-limits.ts';
import { createRejections, pushLimits, type Rejections } from '../ingest/sample-checks.ts';
import { refusalsOf } from './asked-series.ts';
import { createDecodeThread } from './decode-thread.ts';
import { createLoopTurns } from './loop-turns.ts';
import type { DecodedPush, PushBody } from './push-body.ts';
import { createPushDecoder, type DecodeLimits } from './push-decoder.ts';

export interface BodyDecoder {
  /** Throws an `HttpProblem`: 400, 403, 413 or 415, and 503 when the body waited too long. */
  decode(body: PushBody): Promise<DecodedBody>;
  stop(): Promise<void>;
}

export type DecodedBody = Omit<DecodedPush, 'rejections'> & { readonly rejections: Rejections };

export interface BodyDecoderOptions {
  readonly seriesLimits: SeriesLimits;
  readonly seed: Uint8Array;
  readonly scraped: Pick<ScrapedHosts, 'hasTarget' | 'targets'>;
  readonly log: Log;
}

/** Decompressed size of a body that is decoded on the event loop: its worst case takes some ten milliseconds. */
const inlineBytes = 128 * 1024;
const maxWaitMs = 30_000;

const unlimited = Number.POSITIVE_INFINITY;
/** A body beyond them is decoded in the thread. */
const inlineLimits: DecodeLimits = {
  maxBytes: inlineBytes,
  maxSamples: 5_000,
  maxJsonValues: unlimited,
  maxJsonDepth: unlimited,
  maxFields: unlimited,
};
const threadLimits = {
  maxSamples: pushLimits.maxSamples,
  maxJsonValues: pushLimits.maxJsonValues,
  maxJsonDepth: pushLimits.maxJsonDepth,
  maxFields: pushLimits.maxFields,
} as const;

export function createBodyDecoder({ seriesLimits, seed, scraped, log }: BodyDecoderOptions): BodyDecoder {
  const turns = createLoopTurns();
  const slots = createSlots({ count: 1 });
  const thread = createDecodeThread({ seed, log });
  const decoder = createPushDecoder({ seed, isScrapedTarget: scraped.hasTarget, period: () => seriesLimits.hour() });
  let sentTargets: ReadonlySet<string> | undefined;

  async function tryInline(body: PushBody, gate: PushGate): Promise<DecodedPush | undefined> {
    if (!isSmall(body)) return undefined;
    try {
      return await turns.run(body.pusher.id, () => decoder.decode(body, { gate, limits: inlineLimits }));
    } catch (error) {
      if (error instanceof HttpProblem && error.status === 413) return undefined; // it is large when decompressed
      throw error;
    }
  }

  async function inThread(body: PushBody, gate: PushGate): Promise<DecodedPush> {
    const isOtlp = body.format === 'otlp_json' || body.format === 'otlp_protobuf';
    const limits = { ...threadLimits, maxBytes: isOtlp ? pushLimits.maxOtlpBytes : pushLimits.maxInflatedBytes };
    const decode = (refusals: ReturnType<typeof refusalsOf>) => {
      const targets = scraped.targets();
      const scrapedTargets = thread.isNew() || targets !== sentTargets ? targets : undefined;
      sentTargets = targets;
      return thread.decode({ body, limits, refusals, scrapedTargets });
    };
    const first = await decode(new Map());
    const refusals = refusalsOf(first.asked, gate);
    return refusals.size === 0 ? first.push : (await decode(refusals)).push;
  }

  async function inOrder(body: PushBody, gate: PushGate): Promise<DecodedPush> {
    const waiting = AbortSignal.timeout(maxWaitMs);
    try {
      return await slots.run(() => inThread(body, gate), waiting, body.pusher.id);
    } catch (error) {
      if (error === waiting.reason) throw overloaded('the body waited too long to be decoded');
      throw error;
    }
  }

  return {
    async decode(body) {
      const gate = seriesLimits.begin(body.pusher);
      const push = (await tryInline(body, gate)) ?? (await inOrder(body, gate));
      return { ...push, rejections: createRejections(push.rejections) };
    },
    stop: () => thread.stop(),
  };
}

/** OTLP is decoded in the thread alone, which remembers the scopes and histograms of earlier requests. */
function isSmall({ format, bytes }: PushBody): boolean {
  if (bytes.length > inlineBytes) return false;
  if (format === 'collect') return true;
  return format === 'remote_write' && declaredBytes(bytes) <= inlineBytes;
}

/** Returns 0 for a malformed block, which decoding refuses. */
function declaredBytes(block: Uint8Array): number {
  try {
    return readBlockLength(block).length;
  } catch {
    return 0;
  }
}
