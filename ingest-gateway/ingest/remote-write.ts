/** Splits the body of a remote write request into batches, one per host. A valid request of one host is forwarded unchanged. */
import { HttpProblem } from '../../common/http/problem.ts';
import { type BlockReader, BlockTooLargeError, compressBlock } from '../../common/remote-write/snappy.ts';
import { hostJob } from '../forward/scraped-hosts.ts';
import { tooLarge } from '../http/body.ts';
import type { KnownLabels } from '../remote-write/known-labels.ts';
import { isBytes, isRepeated } from '../remote-write/label-bytes.ts';
import { scanWriteRequest } from '../remote-write/scan.ts';
import type { ScannedSeries, SeriesFault } from '../remote-write/scanned-series.ts';
import { MalformedRequestError } from '../remote-write/wire-cursor.ts';
import type { EncodedBatch } from './host-batch.ts';
import { pushLimits, scanLimits } from './limits.ts';
import type { Rejections, RejectReason } from './rejection.ts';

export interface WriteInput {
  /** Compressed, as received. */
  readonly body: Buffer;
  readonly blocks: BlockReader;
  /** Labels that earlier pushes validated. */
  readonly known: KnownLabels;
  /** The only host that the caller may write for; undefined for any host. */
  readonly boundHost: string | undefined;
  readonly rejections: Rejections;
  readonly nowMs: number;
}

export interface WrittenBatch extends EncodedBatch {
  /** The batch holds `up`, or no series of the host itself: the gateway does not write the host's `up` then. */
  readonly hasUp: boolean;
}

/** One host's part of the request. */
interface Share {
  readonly host: string;
  /** First position of the host's name. */
  readonly hostStart: number;
  readonly hostEnd: number;
  /** Start and end of each run of adjacent series, in turn. */
  readonly bounds: number[];
  samples: number;
  oldestMs: number;
  newestMs: number;
  hasUp: boolean;
  hasHost: boolean;
}

const upBytes = new TextEncoder().encode('up');
const jobBytes = new TextEncoder().encode(hostJob);

/** Hosts in one request, each of which becomes a batch. */
const maxHosts = 2_000;

/**
 * Returns the batches of valid series and adds the others to the rejections. `plain` of a batch is valid until the reader's
 * next block. Throws an `HttpProblem`: 400, 413, or 415 for remote write 2.0.
 */
export function splitWriteRequest({ body, blocks, known, boundHost, rejections, nowMs }: WriteInput): WrittenBatch[] {
  const plain = uncompress(blocks, body);
  const bytes = Buffer.from(plain.buffer, plain.byteOffset, plain.byteLength);
  const shares = new Map<string, Share>();
  let index = 0;
  let samples = 0;
  let isWhole = true;
  let latest: Share | undefined;

  function reject(series: ScannedSeries, reason: RejectReason, message: string): void {
    isWhole = false;
    const name = bytes.toString('utf8', series.nameStart, Math.min(series.nameEnd, series.nameStart + 100));
    rejections.add(
      { index, path: `timeseries[${index}]`, reason, message: `${name}: ${message}` },
      Math.max(1, series.samples),
    );
  }

  /** Senders write host by host, so most series belong to the previous share. */
  function shareOf({ instanceStart, instanceEnd }: ScannedSeries): Share {
    if (
      latest !== undefined &&
      latest.hostEnd - latest.hostStart === instanceEnd - instanceStart &&
      isRepeated(plain, instanceStart, instanceEnd, latest.hostStart)
    )
      return latest;
    const host = bytes.toString('utf8', instanceStart, instanceEnd);
    const share = shares.get(host) ?? newShare(host, instanceStart, instanceEnd);
    if (shares.size >= maxHosts && !shares.has(host))
      throw new HttpProblem(413, `a request holds series of at most ${maxHosts} instances`);
    shares.set(host, share);
    latest = share;
    return share;
  }

  function visit(series: ScannedSeries): void {
    samples += series.samples;
    if (samples > pushLimits.maxSamples)
      throw new HttpProblem(413, `a push holds at most ${pushLimits.maxSamples} samples`);
    if (series.fault !== undefined) reject(series, ...faultReasons[series.fault]);
    else if (series.samples > 0) take(series);
    index += 1;
  }

  function take(series: ScannedSeries): void {
    const share = shareOf(series);
    if (boundHost !== undefined && share.host !== boundHost) {
      shares.delete(share.host);
      latest = undefined;
      return reject(series, 'label', `instance is ${JSON.stringify(share.host)}, and the key is bound to ${boundHost}`);
    }
    if (share.bounds.at(-1) === series.start) share.bounds[share.bounds.length - 1] = series.end;
    else share.bounds.push(series.start, series.end);
    share.samples += series.samples;
    share.oldestMs = Math.min(share.oldestMs, series.oldestMs);
    share.newestMs = Math.max(share.newestMs, series.newestMs);
    share.hasUp ||= isBytes(plain, series.nameStart, series.nameEnd, upBytes);
    share.hasHost ||= isBytes(plain, series.jobStart, series.jobEnd, jobBytes);
  }

  scan(plain, { nowMs, known, visit });
  return [...shares.values()].map(({ bounds, hasHost, hostStart: _start, hostEnd: _end, ...rest }) => {
    const share = { ...rest, hasUp: rest.hasUp || !hasHost };
    // Copied, since the received body is a view of shared memory.
    if (isWhole && shares.size === 1) return { ...share, plain, body: new Uint8Array(body) };
    const part = joinParts(plain, bounds);
    return { ...share, plain: part, body: compressBlock(part) };
  });
}

function newShare(host: string, hostStart: number, hostEnd: number): Share {
  return {
    host,
    hostStart,
    hostEnd,
    bounds: [],
    samples: 0,
    oldestMs: Number.POSITIVE_INFINITY,
    newestMs: 0,
    hasUp: false,
    hasHost: false,
  };
}

function joinParts(plain: Uint8Array, bounds: readonly number[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bounds.length; at += 2) parts.push(plain.subarray(bounds[at], bounds[at + 1]));
  return new Uint8Array(Buffer.concat(parts));
}

function uncompress(blocks: BlockReader, body: Buffer): Uint8Array {
  const maxBytes = pushLimits.maxInflatedBytes;
  try {
    return blocks.uncompress(body, { maxBytes });
  } catch (cause) {
    if (cause instanceof BlockTooLargeError) throw tooLarge(maxBytes);
    throw malformed('expected the block format of snappy', cause);
  }
}

interface Scan extends Pick<WriteInput, 'nowMs' | 'known'> {
  readonly visit: (series: ScannedSeries) => void;
}

function scan(plain: Uint8Array, { nowMs, known, visit }: Scan): void {
  try {
    const { series, hasSymbols } = scanWriteRequest(plain, scanLimits(nowMs), visit, known);
    if (series === 0 && hasSymbols) throw versionTwo();
  } catch (error) {
    if (error instanceof MalformedRequestError) throw malformed(error.message, error);
    throw error;
  }
}

function malformed(message: string, cause: unknown): HttpProblem {
  return new HttpProblem(400, 'the body is not a remote write 1.0 request', {
    cause,
    errors: [{ path: 'body', message }],
  });
}

/** Prometheus responds 204 to remote write 2.0 and stores nothing; the gateway reports it. */
export function versionTwo(): HttpProblem {
  return new HttpProblem(415, 'remote write 2.0 is not supported; set the sender to 1.0', {
    errors: [{ path: 'Content-Type', message: 'expected application/x-protobuf, proto=prometheus.WriteRequest' }],
  });
}

const faultReasons: Readonly<Record<SeriesFault, readonly [RejectReason, string]>> = {
  label_order: ['label', 'labels are not sorted by name, or one appears twice'],
  label_name: ['label', 'a label has no name of letters, digits and _'],
  label_value: ['label', `a label is empty, longer than ${pushLimits.maxValueBytes} bytes, or not UTF-8`],
  label_count: ['limit', `more than ${pushLimits.maxLabels} labels`],
  no_name: ['name', '__name__ is missing or not a metric name'],
  no_instance: ['label', 'instance is missing'],
  no_job: ['label', 'job is missing'],
  sample_order: ['order', 'samples are not in time order'],
  too_old: ['too_old', 'a sample is older than 26 h'],
  too_new: ['too_new', "a sample is more than 60 s ahead of the gateway's clock"],
  histogram: ['histogram', 'native histograms are not supported'],
};
