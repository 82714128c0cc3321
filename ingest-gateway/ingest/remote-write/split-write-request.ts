/**
 * Splits the body of a remote write request into batches: one per host, and one per instance that is not a host. A request whose
 * series are all valid and of one host is forwarded unchanged; other requests are forwarded without their invalid series and samples.
 */
import { HttpProblem } from '../../../common/http/problem.ts';
import { type BlockReader, BlockTooLargeError, compressBlock } from '../../../common/remote-write/snappy.ts';
import { tooLarge } from '../../http/body.ts';
import type { KnownLabels } from '../../remote-write/known-labels.ts';
import { isBytes, isRepeated } from '../../remote-write/label-bytes.ts';
import { scanWriteRequest } from '../../remote-write/scan.ts';
import type { ScannedSeries } from '../../remote-write/scanned-series.ts';
import { MalformedRequestError, WireCursor } from '../../remote-write/wire-cursor.ts';
import type { IncomingBatch } from '../ingest.ts';
import { pushLimits, scanLimits } from '../limits.ts';
import type { Rejections, RejectReason } from '../rejection.ts';
import { isOfHost, reservedFault } from '../reserved-series.ts';
import { createHostShare, type HostShare } from './host-share.ts';
import { encodeSeries, type Loss, mendSeries } from './mend-series.ts';

export interface WriteInput {
  /** Compressed, as received. */
  readonly body: Buffer;
  readonly blocks: BlockReader;
  /** Labels that earlier pushes validated. */
  readonly known: KnownLabels;
  /** The only host that the caller may write for; undefined for any host. */
  readonly boundHost: string | undefined;
  readonly isScrapedTarget: (job: string, instance: string) => boolean;
  readonly rejections: Rejections;
  readonly nowMs: number;
}

export type WrittenBatch = IncomingBatch & Required<Pick<IncomingBatch, 'hasUp' | 'isOfPrograms'>>;

const upBytes = new TextEncoder().encode('up');

/** Hosts in one request, each of which becomes a batch. */
const maxHosts = 2_000;

/** The verdict on one pair of job and instance in a request. */
type Verdict = { readonly share: HostShare } | { readonly reason: RejectReason; readonly message: string };

/**
 * Returns the batches of valid series and adds the rest to the rejections. `plain` of a batch is valid until the reader's next
 * block. Throws an `HttpProblem`: 400, 413, or 415 for remote write 2.0.
 */
export function splitWriteRequest(input: WriteInput): WrittenBatch[] {
  const { body, blocks, known, boundHost, isScrapedTarget, rejections, nowMs } = input;
  const plain = uncompress(blocks, body);
  const bytes = Buffer.from(plain.buffer, plain.byteOffset, plain.byteLength);
  const isBound = boundHost !== undefined;
  const shares = new Map<string, HostShare>();
  let [index, samples, isWhole] = [0, 0, true];
  /** The verdict of the previous series: senders write target by target, so most series have the same one. */
  let latest: { readonly verdict: Verdict; readonly series: ScannedSeries } | undefined;

  function reject(name: string, { reason, message, samples: count }: Loss): void {
    isWhole = false;
    const shown = name === '' ? message : `${name.slice(0, 100)}: ${message}`;
    rejections.add({ index, path: `timeseries[${index}]`, reason, message: shown }, count);
  }

  function shareOf(host: string, isHost: boolean): HostShare {
    const key = `${isHost ? 'host' : 'other'} ${host}`;
    const share = shares.get(key) ?? createHostShare({ plain, host, isOfHost: isHost });
    if (shares.size >= maxHosts && !shares.has(key))
      throw new HttpProblem(413, `a request holds series of at most ${maxHosts} instances`);
    shares.set(key, share);
    return share;
  }

  function judge(name: string, job: string, instance: string): Verdict {
    if (isBound && instance !== boundHost)
      return {
        reason: 'label',
        message: `instance is ${JSON.stringify(instance)}, and the key is bound to ${boundHost}`,
      };
    const reserved = reservedFault({ name: '', job, alertname: '', instance }, { isBound });
    if (reserved !== undefined) return { reason: 'reserved', message: reserved };
    const isHost = isOfHost(name, job, instance);
    if (!isHost && isScrapedTarget(job, instance))
      return { reason: 'scraped', message: `Prometheus scrapes ${job} of ${JSON.stringify(instance)} already` };
    return { share: shareOf(instance, isHost) };
  }

  function verdictOf(series: ScannedSeries): Verdict {
    const isCatalogued = startsAsCatalogued(plain, series);
    if (latest !== undefined && !isCatalogued && isSameTarget(plain, latest.series, series)) return latest.verdict;
    const text = (start: number, end: number): string => bytes.toString('utf8', start, end);
    const name = isCatalogued ? text(series.nameStart, series.nameEnd) : '';
    const verdict = judge(name, text(series.jobStart, series.jobEnd), text(series.instanceStart, series.instanceEnd));
    latest = isCatalogued ? undefined : { verdict, series: { ...series } };
    return verdict;
  }

  function visit(series: ScannedSeries): void {
    samples += series.samples;
    if (samples > pushLimits.maxSamples)
      throw new HttpProblem(413, `a push holds at most ${pushLimits.maxSamples} samples`);
    if (series.fault !== undefined) takeMended(series);
    else if (series.samples > 0) take(series);
    index += 1;
  }

  function take(series: ScannedSeries): void {
    const verdict = verdictOf(series);
    if (!('share' in verdict)) {
      const name = bytes.toString('utf8', series.nameStart, series.nameEnd);
      return reject(name, { ...verdict, samples: series.samples });
    }
    const isUp = isBytes(plain, series.nameStart, series.nameEnd, upBytes);
    const forged = isUp && !verdict.share.isOfHost ? forgedUp(series) : undefined;
    if (forged !== undefined) return reject('up', { reason: 'reserved', message: forged, samples: series.samples });
    verdict.share.add(series);
    if (isUp) verdict.share.noteUp(plain.subarray(series.start, series.end));
  }

  function forgedUp({ jobStart, jobEnd, instanceStart, instanceEnd }: ScannedSeries): string | undefined {
    const [job, instance] = [
      bytes.toString('utf8', jobStart, jobEnd),
      bytes.toString('utf8', instanceStart, instanceEnd),
    ];
    return reservedFault({ name: 'up', job, alertname: '', instance }, { isBound });
  }

  function takeMended({ start, end }: ScannedSeries): void {
    const read = mendSeries(contentOf(plain, start, end), nowMs);
    if ('reason' in read) return reject(read.name, read);
    const { name, losses } = read;
    for (const loss of losses) reject(name, loss);
    const all = read.samples.length;
    if (all === 0) return;
    const { job = '', instance = boundHost ?? '', alertname = '' } = read.labels;
    const reserved = reservedFault({ name, job, alertname, instance }, { isBound });
    const verdict: Verdict =
      reserved === undefined ? judge(name, job, instance) : { reason: 'reserved', message: reserved };
    if (!('share' in verdict)) return reject(name, { ...verdict, samples: all });
    const labels = instance === '' ? read.labels : { ...read.labels, instance };
    const encoded = encodeSeries({ ...read, labels });
    const [oldestMs = 0, newestMs = 0] = [read.samples[0]?.timestampMs, read.samples.at(-1)?.timestampMs];
    isWhole = false;
    verdict.share.addMended(encoded, { samples: all, oldestMs, newestMs });
    if (name === 'up') verdict.share.noteUp(encoded);
  }

  scan(plain, { nowMs, known, visit });
  return [...shares.values()].map((share) => {
    const { host, isOfHost: isHost, hasUp, times } = share;
    const batch = { host, ...times, hasUp, isOfPrograms: !isHost, hostLabels: share.staticLabels() };
    // Copied, since the received body is a view of shared memory.
    if (isWhole && shares.size === 1) return { ...batch, plain, body: new Uint8Array(body) };
    const part = share.join();
    return { ...batch, plain: part, body: compressBlock(part) };
  });
}

/** Returns whether the name begins like the stored names of the catalogue: such a series is of a host under any job. */
function startsAsCatalogued(plain: Uint8Array, { nameStart, nameEnd }: ScannedSeries): boolean {
  return nameEnd - nameStart > hostpulse.length && isBytes(plain, nameStart, nameStart + hostpulse.length, hostpulse);
}

const hostpulse = new TextEncoder().encode('hostpulse_');

function isSameTarget(plain: Uint8Array, one: ScannedSeries, other: ScannedSeries): boolean {
  const instanceLength = other.instanceEnd - other.instanceStart;
  const jobLength = other.jobEnd - other.jobStart;
  return (
    one.instanceEnd - one.instanceStart === instanceLength &&
    one.jobEnd - one.jobStart === jobLength &&
    isRepeated(plain, other.instanceStart, other.instanceEnd, one.instanceStart) &&
    isRepeated(plain, other.jobStart, other.jobEnd, one.jobStart)
  );
}

/** Returns the content of the field. */
function contentOf(plain: Uint8Array, start: number, end: number): Uint8Array {
  const cursor = new WireCursor(plain);
  cursor.position = start;
  cursor.key(end);
  cursor.contentEnd(end);
  return plain.subarray(cursor.position, end);
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
