/** Splits a large batch, so that forwarding, comparing and bisecting it never hold up the event loop. */
import { compressBlock } from '../../common/remote-write/snappy.ts';
import type { PlainBatch } from '../ingest/ingest.ts';
import { scanWriteRequest } from '../remote-write/scan.ts';
import type { ScannedSeries } from '../remote-write/scanned-series.ts';

/** Uncompressed size of a batch. A single series may be larger. */
export const maxBatchBytes = 512 * 1024;

const checked = {
  maxLabels: Number.POSITIVE_INFINITY,
  maxValueBytes: Number.POSITIVE_INFINITY,
  oldestMs: Number.NEGATIVE_INFINITY,
  newestMs: Number.POSITIVE_INFINITY,
};

/** Returns the batch, or batches of adjacent series that are not larger than `maxBatchBytes`. */
export function splitBatch(batch: PlainBatch): readonly PlainBatch[] {
  const { plain } = batch;
  if (plain.length <= maxBatchBytes) return [batch];
  const parts: PlainBatch[] = [];
  let part = emptyPart(0);

  function close(): void {
    const { start, end, ...times } = part;
    if (end === start) return;
    const own = plain.subarray(start, end);
    parts.push({ ...batch, ...times, plain: own, body: compressBlock(own) });
    part = emptyPart(end);
  }

  scanWriteRequest(plain, checked, (series: ScannedSeries) => {
    if (series.end - part.start > maxBatchBytes) close();
    part.end = series.end;
    part.samples += series.samples;
    part.oldestMs = Math.min(part.oldestMs, series.oldestMs);
    part.newestMs = Math.max(part.newestMs, series.newestMs);
  });
  close();
  return parts;
}

function emptyPart(start: number) {
  return { start, end: start, samples: 0, oldestMs: Number.POSITIVE_INFINITY, newestMs: 0 };
}
