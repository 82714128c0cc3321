/** Answers `/api/top`: the busiest processes at an instant, or the records of the last minutes. */
import { parseRfc3339 } from '../../common/time/rfc3339.ts';
import type { TopRecord } from '../../common/top/top-record.ts';
import type { Top } from './top.ts';

export interface TopAnswer {
  readonly status: 200 | 400 | 404;
  readonly body: string;
}

/** Parses RFC 3339, or seconds since 1970. Returns milliseconds since 1970; undefined for another text. */
export function parseInstant(text: string): number | undefined {
  // 11 digits: until the year 5138.
  if (/^\d{1,11}(?:\.\d{1,9})?$/.test(text)) return Math.round(Number(text) * 1_000);
  // An unescaped + in a URL decodes to a blank.
  return parseRfc3339(text.replace(/ (?=\d\d:\d\d$)/, '+'));
}

const notRunning = 'the processes are not followed: --no-top is set, or this system has no /proc';

/** Answers `/api/top?at=TIME`; without a time, with the newest record. */
export function answerTop(top: Top | undefined, query: URLSearchParams | undefined): TopAnswer {
  const asked = query?.getAll('at') ?? [];
  const [text] = asked;
  const unknown = [...(query?.keys() ?? [])].find((name) => name !== 'at');
  if (unknown !== undefined) return fault(400, `${unknown}: unknown parameter; expected at`);
  if (asked.length > 1) return fault(400, `at: expected one time, got ${asked.length}`);
  const timeMs = text === undefined ? undefined : parseInstant(text);
  if (text !== undefined && timeMs === undefined)
    return fault(
      400,
      `at: expected RFC 3339 (2026-01-31T03:12:00Z) or seconds since 1970, got ${JSON.stringify(text)}`,
    );
  if (top === undefined) return fault(404, notRunning);
  const record = timeMs === undefined ? top.passes.newest() : top.passes.at(timeMs);
  if (record !== undefined) return { status: 200, body: JSON.stringify(rendered(record)) };
  const span = top.passes.span();
  if (span === undefined) return fault(404, 'there is no record yet; the first one follows within 10 seconds');
  return fault(404, `there is no record at that time; records are from ${iso(span.fromMs)} to ${iso(span.toMs)}`);
}

/** Answers `/api/top/minutes`: the records of the last ten minutes, which the gateway fetches. */
export function answerMinutes(top: Top | undefined): TopAnswer {
  if (top === undefined) return fault(404, notRunning);
  return { status: 200, body: JSON.stringify({ records: top.minutes.all() }) };
}

function rendered({ from_ms: fromMs, to_ms: toMs, processes }: TopRecord) {
  return { from: iso(fromMs), to: iso(toMs), processes };
}

function iso(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

function fault(status: 400 | 404, message: string): TopAnswer {
  return { status, body: JSON.stringify({ error: message }) };
}
