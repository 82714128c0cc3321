/** Reads a graph's address: its range, and the unit of its values, which links do not carry. */
import type { RangeTexts } from '../dashboard/view-state.ts';
import type { QueryChanges } from '../state/route.ts';

/**
 * Returns the range of a graph from the parameters of its address. Links have RFC 3339 times in `start` and `end`. A range chosen
 * on the page is in `from` and `to`, as on other views.
 */
export function graphRange(query: URLSearchParams): RangeTexts {
  return {
    from: query.get('from') ?? toText(query.get('start')) ?? 'now-1h',
    to: query.get('to') ?? toText(query.get('end')) ?? 'now',
  };
}

/** Returns the changed parameters of the address. */
export function graphRangeChanges({ from, to }: RangeTexts): QueryChanges {
  return { start: undefined, end: undefined, from, to };
}

/** Returns milliseconds. An invalid time is returned unchanged and rejected later, with a message. */
function toText(time: string | null): string | undefined {
  if (time === null) return undefined;
  const timeMs = Date.parse(time);
  return Number.isNaN(timeMs) ? time : String(timeMs);
}

/** Guesses the unit from the metric's name. Returns `short` if the name tells nothing. */
export function guessUnit(expr: string): string {
  const text = expr.replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, '""');
  if (/^\s*\(*\s*100\s*\*/.test(text)) return 'percent';
  if (text.includes('/')) return 'short';
  const isRate = /\b(?:rate|irate|deriv)\s*\(/.test(text);
  if (/_bytes(?:_total)?\b/.test(text)) return isRate ? 'binBps' : 'bytes';
  if (/_seconds\b/.test(text) && !isRate) return 's';
  return 'short';
}
