/** The time range of a call: at most two of start, end and length. */
import { HttpProblem } from '../../common/http/problem.ts';
import { instant, timeSpan } from '../schema/fields.ts';

export const timeRangeParameters = {
  start: instant.optional(),
  end: instant.optional(),
  range: timeSpan.optional().meta({ description: 'Length of the range; default without a start: 1 h.' }),
};

interface AskedRange {
  readonly start?: number | undefined;
  readonly end?: number | undefined;
  readonly range?: number | undefined;
}

const defaultRangeMs = 3_600_000;

/** Resolves the range; the default end is now. Throws 400 when all three are given or the end precedes the start. */
export function resolveTimeRange({ start, end, range }: AskedRange, nowMs: number) {
  if (start !== undefined && end !== undefined && range !== undefined)
    throw refused('range', 'expected at most two of start, end and range');
  if (start !== undefined) {
    const endMs = end ?? (range === undefined ? nowMs : start + range);
    if (endMs < start) throw refused('start', `expected a time before the end, ${new Date(endMs).toISOString()}`);
    return { startMs: start, endMs };
  }
  const endMs = end ?? nowMs;
  const startMs = endMs - (range ?? defaultRangeMs);
  if (startMs < 0) throw refused('range', 'expected a range that starts after 1970');
  return { startMs, endMs };
}

function refused(path: string, message: string): HttpProblem {
  return new HttpProblem(400, 'the parameters are not valid', { errors: [{ path, message }] });
}
