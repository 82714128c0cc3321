/**
 * Splits the body of a remote write request into batches: one per host, and one per instance that is not a host. A request whose
 * series are all valid and of one host is forwarded unchanged; other requests are forwarded without their invalid series and samples.
 */
import { HttpProblem } from '../../../common/http/problem.ts';
import { encodeLabels } from '../../../common/remote-write/encode.ts';
import { type BlockReader, BlockTooLargeError, compressBlock } from '../../../common/remote-write/snappy.ts';
import { tooLarge } from '../../http/request-input.ts';
import type { KnownLabels } from '../../remote-write/known-labels.ts';
import { isBytes, isRepeated } from '../../remote-write/label-bytes.ts';
import { type SeriesVisitor, scanWriteRequest } from '../../remote-write/scan.ts';
import type { ScannedSeries } from '../../remote-write/scanned-series.ts';
import { MalformedRequestError, WireCursor } from '../../remote-write/wire-cursor.ts';
import type { PushGate, SeriesHash } from '../active-series/series-limits.ts';
import type { IncomingBatch, PlainBatch } from '../ingest.ts';
import { isOfHost, type Rejections, type RejectReason, reservedFault, scanLimits } from '../sample-checks.ts';
import { createHostShare, type HostShare } from './host-share.ts';
import { encodeSeries, type Loss, mendSeries } from './mend-series.ts';

export interface WriteInput {
  /** Compressed, as received. */
  readonly body: Uint8Array;
  /** Limit of the uncompressed size. */
  readonly maxBytes: number;
  readonly maxSamples: number;
  readonly blocks: BlockReader;
  /** Labels that earlier pushes validated and that the gate admitted; undefined to check all. */
  readonly known: KnownLabels | undefined;
  /** The only host that the caller may write for; undefined for any host. */
  readonly boundHost: string | undefined;
  readonly isScrapedTarget: (job: string, instance: string) => boolean;
  readonly gate: PushGate;
  readonly hash: SeriesHash;
  readonly rejections: Rejections;
  readonly nowMs: number;
}

export type WrittenBatch = PlainBatch & Required<Pick<IncomingBatch, 'hasUp' | 'isOfPrograms'>>;

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
  const { body, maxBytes, maxSamples, blocks, known, boundHost, isScrapedTarget, gate, hash, rejections, nowMs } =
    input;
  const plain = uncompress(blocks, body, maxBytes);
  const bytes = Buffer.from(plain.buffer, plain.byteOffset, plain.byteLength);
  const isBound = boundHost !== undefined;
  const shares = new Map<string, HostShare>();
  /** Series and samples together; a series without samples counts as one. */
  let [index, items, isWhole] = [0, 0, true];
  /** The verdict of the previous series: senders write target by target, so most series have the same one. */
  let latest: { readonly verdict: Verdict; readonly series: ScannedSeries } | undefined;

  function reject(name: string, { reason, message, samples: count }: Loss): void {
    isWhole = false;
    const shown = name === '' ? message : `${name.slice(0, 100)}: ${message}`;
    rejections.add({ index, path: `timeseries[${index}]`, reason, message: shown }, count);
  }

  function shareOf(host: string, isHost: boolean): Verdict {
    const key = `${isHost ? 'host' : 'other'} ${host}`;
    const known = shares.get(key);
    if (known !== undefined) return { share: known };
    if (shares.size >= maxHosts) throw new HttpProblem(413, `a request holds series of at most ${maxHosts} instances`);
    const opened = gate.open(host, { isHost });
    if (typeof opened === 'string') return { reason: 'limit', message: opened };
    const share = createHostShare({ plain, host, isOfHost: isHost, gate: opened });
    shares.set(key, share);
    return { share };
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
    return shareOf(instance, isHost);
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

  /** Returns whether the series is one to remember as known. */
  function visit(series: ScannedSeries, isKnown: boolean): boolean {
    items += Math.max(1, series.samples);
    if (items > maxSamples)
      throw new HttpProblem(413, `a push holds at most ${maxSamples} samples; a series without samples counts as one`);
    let isTaken = false;
    if (series.fault !== undefined) takeMended(series);
    else if (series.samples > 0) isTaken = take(series, isKnown);
    index += 1;
    return isTaken;
  }

  /** Returns false when the series is rejected. */
  function take(series: ScannedSeries, isKnown: boolean): boolean {
    const verdict = verdictOf(series);
    const fault = 'share' in verdict ? limitFault(verdict.share, series, isKnown) : verdict;
    if (fault !== undefined || !('share' in verdict)) {
      const name = bytes.toString('utf8', series.nameStart, series.nameEnd);
      reject(name, { ...(fault as Omit<Loss, 'samples'>), samples: series.samples });
      return false;
    }
    const isUp = isBytes(plain, series.nameStart, series.nameEnd, upBytes);
    const forged = isUp && !verdict.share.isOfHost ? forgedUp(series) : undefined;
    if (forged !== undefined) {
      reject('up', { reason: 'reserved', message: forged, samples: series.samples });
      return false;
    }
    verdict.share.add(series);
    if (isUp) verdict.share.noteUp(plain.subarray(series.start, series.end));
    return true;
  }

  function forgedUp({ jobStart, jobEnd, instanceStart, instanceEnd }: ScannedSeries): string | undefined {
    const [job, instance] = [
      bytes.toString('utf8', jobStart, jobEnd),
      bytes.toString('utf8', instanceStart, instanceEnd),
    ];
    return reservedFault({ name: 'up', job, alertname: '', instance }, { isBound });
  }

  /** A known series was admitted before. */
  function limitFault(
    { gate: own }: HostShare,
    { labelsStart, labelsEnd }: ScannedSeries,
    isKnown: boolean,
  ): Omit<Loss, 'samples'> | undefined {
    if (isKnown) return undefined;
    const message = own.admit(hash(plain.subarray(labelsStart, labelsEnd)));
    return message === undefined ? undefined : { reason: 'limit', message };
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
    const refusal = verdict.share.gate.admit(hash(encodeLabels(name, labels)));
    if (refusal !== undefined) return reject(name, { reason: 'limit', message: refusal, samples: all });
    const encoded = encodeSeries({ ...read, labels });
    const [oldestMs = 0, newestMs = 0] = [read.samples[0]?.timestampMs, read.samples.at(-1)?.timestampMs];
    isWhole = false;
    verdict.share.addMended(encoded, { samples: all, oldestMs, newestMs });
    if (name === 'up') verdict.share.noteUp(encoded);
  }

  scan(plain, { nowMs, known, visit });
  const filled = [...shares.values()].filter(({ times }) => times.samples > 0);
  return filled.map((share) => {
    const { host, isOfHost: isHost, hasUp, times } = share;
    const batch = { host, ...times, hasUp, isOfPrograms: !isHost, hostLabels: share.staticLabels() };
    // Copied, since the received body is a view of shared memory.
    if (isWhole && filled.length === 1) return { ...batch, plain, body: new Uint8Array(body) };
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

function uncompress(blocks: BlockReader, body: Uint8Array, maxBytes: number): Uint8Array {
  try {
    return blocks.uncompress(body, { maxBytes });
  } catch (cause) {
    if (cause instanceof BlockTooLargeError) throw tooLarge(maxBytes);
    throw malformed('expected the block format of snappy', cause);
  }
}

interface Scan extends Pick<WriteInput, 'nowMs' | 'known'> {
  readonly visit: SeriesVisitor;
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
