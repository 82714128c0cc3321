/**
 * Decodes the bodies of pushes, in every format, into batches of one host each, without holding up the event loop. Small bodies are
 * decoded on the loop, which callers share in turns of ten milliseconds. Large bodies and OTLP go to another decoder, a thread.
 */
import type { Principal } from '../../common/http/auth.ts';
import { HttpProblem } from '../../common/http/problem.ts';
import { createBlockReader, maxExpansion, readBlockLength } from '../../common/remote-write/snappy.ts';
import { requireHost } from '../auth/credentials.ts';
import type { ScrapedHosts } from '../forward/scraped-hosts.ts';
import { inflate } from '../http/request-input.ts';
import {
  createSeriesHash,
  type Pusher,
  type PushGate,
  type SeriesLimits,
} from '../ingest/active-series/series-limits.ts';
import { createCollectDecoder } from '../ingest/collect/collect.ts';
import type { IncomingBatch, PlainBatch } from '../ingest/ingest.ts';
import { splitWriteRequest } from '../ingest/remote-write/split-write-request.ts';
import { createRejections, type RejectionData, type Rejections } from '../ingest/sample-checks.ts';
import { createKnownParts } from '../otlp/known-parts.ts';
import { parseOtlp } from '../otlp/request/parse.ts';
import { createScopes } from '../otlp/scopes.ts';
import { translate } from '../otlp/translate.ts';
import { createKnownLabels, type KnownLabels } from '../remote-write/known-labels.ts';
import { checkJson, type JsonLimits } from './json-size.ts';

export type PushFormat = 'collect' | 'remote_write' | 'otlp_json' | 'otlp_protobuf';

/** The body of a push before decoding. Can be sent to a thread, as can `DecodedPush` back. */
export interface PushBody {
  readonly format: PushFormat;
  /** As received. */
  readonly bytes: Uint8Array;
  /** Value of `Content-Encoding`. */
  readonly encoding?: string | undefined;
  /** The only host that the caller may write for; undefined for any host. */
  readonly boundHost: string | undefined;
  /** The host in the request's header, which the body must name too. */
  readonly namedHost?: string | undefined;
  readonly pusher: Pusher;
  readonly nowMs: number;
}

/** Returns the caller of a push, which has a credential. */
export function pusherOf(principal: Principal | undefined): Pusher {
  if (principal === undefined) throw new Error('a push passed the authorization without a credential');
  const { kind, id, name } = principal;
  return { id: `${kind} ${id}`, name };
}

export interface DecodedPush<Batch extends IncomingBatch = IncomingBatch> {
  /** Batches with at least one sample. */
  readonly batches: readonly Batch[];
  readonly rejections: RejectionData;
  /** The number of valid samples, including those that a push repeats. */
  readonly accepted: number;
  /** OTLP: rejected points that cannot be read. */
  readonly unreadable: number;
  /** OTLP: why a resource was refused. */
  readonly forbidden: Pick<HttpProblem, 'status' | 'title'> | undefined;
}

/** Throws an `HttpProblem` when nothing of the body can be stored: 413 beyond a limit, 400, 403 or 415. */
export type PushDecoder = (body: PushBody, options: DecodeOptions) => DecodedPush<PlainBatch>;

export interface DecodeOptions {
  readonly gate: PushGate;
  readonly limits: DecodeLimits;
}

export interface DecodeLimits {
  /** Decompressed size. */
  readonly maxBytes: number;
  /** Samples; a series or an entry without samples counts as one. */
  readonly maxSamples: number;
  /** Absent: not checked. */
  readonly json?: JsonLimits;
  /** Fields of an OTLP request in protobuf. */
  readonly maxFields: number;
}

export interface PushDecoderOptions {
  readonly seed: Uint8Array;
  /** Returns whether Prometheus scrapes the target. */
  readonly isScrapedTarget: (job: string, instance: string) => boolean;
  /** Returns another number when the labels of earlier bodies must be checked again. Absent: every body is checked in full. */
  readonly period?: () => number;
}

export function createPushDecoder({ seed, isScrapedTarget, period }: PushDecoderOptions): PushDecoder {
  const blocks = createBlockReader();
  const hash = createSeriesHash(seed);
  const collect = createCollectDecoder(hash);
  const otlp = { scopes: createScopes(), parts: createKnownParts() };
  let known: KnownLabels | undefined;
  let knownPeriod: number | undefined;

  function decodeWrite({ bytes, boundHost, nowMs }: PushBody, { gate, limits }: DecodeOptions, rejections: Rejections) {
    if (knownPeriod !== period?.()) [known, knownPeriod] = [createKnownLabels(), period?.()];
    const { maxBytes, maxSamples } = limits;
    return splitWriteRequest({
      body: bytes,
      maxBytes,
      maxSamples,
      blocks,
      known,
      boundHost,
      isScrapedTarget,
      gate,
      hash,
      rejections,
      nowMs,
    });
  }

  function inflateChecked({ format, bytes, encoding }: PushBody, { maxBytes, json }: DecodeLimits): Uint8Array {
    const plain = inflate(bytes, { encoding, maxBytes });
    if (format !== 'otlp_protobuf' && json !== undefined) checkJson(plain, json);
    return plain;
  }

  function decodeCollect(body: PushBody, { gate, limits }: DecodeOptions, rejections: Rejections) {
    const { boundHost, namedHost, nowMs } = body;
    const { maxSamples } = limits;
    return collect(inflateChecked(body, limits), { boundHost, namedHost, gate, rejections, nowMs, maxSamples });
  }

  function decodeOtlp(body: PushBody, { gate, limits }: DecodeOptions, rejections: Rejections) {
    const { boundHost, format, nowMs } = body;
    const { maxFields } = limits;
    const request = parseOtlp(inflateChecked(body, limits), { isJson: format === 'otlp_json', maxFields });
    const { batches, unreadable, forbidden } = translate(request, {
      boundHost,
      requireHost: (host) => requireHost(boundHost, host),
      isScraped: isScrapedTarget,
      memory: otlp,
      gate,
      hash,
      rejections,
      nowMs,
    });
    return {
      batches: batches.finish(),
      accepted: batches.samples,
      unreadable,
      forbidden: forbidden === undefined ? undefined : { status: forbidden.status, title: forbidden.title },
    };
  }

  return (body, options) => {
    const rejections = createRejections();
    const { byReason, examples, first } = rejections;
    const shared = { rejections: { byReason, examples, first }, accepted: 0, unreadable: 0, forbidden: undefined };
    if (body.format === 'collect') return { ...shared, ...decodeCollect(body, options, rejections) };
    if (body.format === 'remote_write') return { ...shared, batches: decodeWrite(body, options, rejections) };
    return { ...shared, ...decodeOtlp(body, options, rejections) };
  };
}

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
