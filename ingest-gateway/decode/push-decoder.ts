/**
 * Decodes the body of one push, in every format, into batches of one host each: inflates and parses it, and checks it sample by
 * sample against the limits, the bound host and the series of the key.
 */
import type { Principal } from '../../common/http/auth.ts';
import type { HttpProblem } from '../../common/http/problem.ts';
import { createBlockReader } from '../../common/remote-write/snappy.ts';
import { requireHost } from '../auth/credentials.ts';
import { inflate } from '../http/request-input.ts';
import { createSeriesHash, type Pusher, type PushGate } from '../ingest/active-series/series-limits.ts';
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
