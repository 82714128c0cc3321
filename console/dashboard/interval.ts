/** Time ranges in Grafana's notation; steps, windows and aligned ranges of queries, as in Grafana's Prometheus data source. */

export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** An interval up to the first number is rounded to the second. */
const roundings: readonly (readonly [number, number])[] = [
  [10, 1],
  [15, 10],
  [35, 20],
  [75, 50],
  [150, 100],
  [350, 200],
  [750, 500],
  [1.5 * secondMs, secondMs],
  [3.5 * secondMs, 2 * secondMs],
  [7.5 * secondMs, 5 * secondMs],
  [12.5 * secondMs, 10 * secondMs],
  [17.5 * secondMs, 15 * secondMs],
  [25 * secondMs, 20 * secondMs],
  [45 * secondMs, 30 * secondMs],
  [1.5 * minuteMs, minuteMs],
  [3.5 * minuteMs, 2 * minuteMs],
  [7.5 * minuteMs, 5 * minuteMs],
  [12.5 * minuteMs, 10 * minuteMs],
  [17.5 * minuteMs, 15 * minuteMs],
  [25 * minuteMs, 20 * minuteMs],
  [45 * minuteMs, 30 * minuteMs],
  [1.5 * hourMs, hourMs],
  [2.5 * hourMs, 2 * hourMs],
  [4.5 * hourMs, 3 * hourMs],
  [9 * hourMs, 6 * hourMs],
  [dayMs, 12 * hourMs],
  [7 * dayMs, dayMs],
  [21 * dayMs, 7 * dayMs],
  [42 * dayMs, 30 * dayMs],
];

/** Returns the interval rounded to a common step, such as 5 s, 30 s or 2 min. */
export function roundInterval(intervalMs: number): number {
  return roundings.find(([limitMs]) => intervalMs <= limitMs)?.[1] ?? 365 * dayMs;
}

/** Prometheus refuses more than 11,000 points a series. Grafana lengthens the step to stay below. */
const safePoints = 11_000;

/** Returns the step of a query in milliseconds, which is also `$__interval`. */
export function stepOf({ fromMs, toMs }: TimeRange, maxDataPoints: number, minMs: number): number {
  const exactMs = (toMs - fromMs) / maxDataPoints;
  const stepMs = exactMs < minMs ? minMs : roundInterval(exactMs);
  return Math.max(stepMs, roundInterval((toMs - fromMs) / safePoints));
}

/**
 * Returns `$__rate_interval`: the step plus one sample interval, at least four sample intervals. A lost sample still leaves
 * a rate.
 */
export function rateIntervalOf(stepMs: number, sampleIntervalMs: number): number {
  return Math.max(stepMs + sampleIntervalMs, 4 * sampleIntervalMs);
}

/** Moves both ends back to multiples of the step in the viewer's time zone. Steps of a day begin at midnight. */
export function alignRange({ fromMs, toMs }: TimeRange, stepMs: number, utcOffsetMs: number): TimeRange {
  const align = (timeMs: number): number => Math.floor((timeMs + utcOffsetMs) / stepMs) * stepMs - utcOffsetMs;
  return { fromMs: align(fromMs), toMs: align(toMs) };
}

const units = { ms: 1, s: secondMs, m: minuteMs, h: hourMs, d: dayMs, w: 7 * dayMs, y: 365 * dayMs } as const;

/** Parses an interval of one number and one unit, such as `30s`, `5m` or `1h`. Throws an Error that names `place`. */
export function parseInterval(text: string, place: string): number {
  const [, count, unit] = /^(\d+(?:\.\d+)?)(ms|[smhdwy])$/.exec(text) ?? [];
  if (count === undefined || unit === undefined) {
    throw new Error(`${place}: expected an interval such as 30s, got ${JSON.stringify(text)}`);
  }
  return Number(count) * units[unit as keyof typeof units];
}

/** Formats a duration as PromQL writes it, such as `2m5s`. */
export function formatDuration(durationMs: number): string {
  let restMs = Math.round(durationMs);
  let text = '';
  for (const unit of ['d', 'h', 'm', 's', 'ms'] as const) {
    const count = Math.floor(restMs / units[unit]);
    if (count === 0) continue;
    text += `${count}${unit}`;
    restMs -= count * units[unit];
  }
  return text === '' ? '0s' : text;
}

/** Returns epoch milliseconds for `now`, `now-6h`, or a number of milliseconds. Throws an Error for any other text. */
export function resolveTime(text: string, nowMs: number): number {
  if (text === 'now') return nowMs;
  const ago = /^now-(.+)$/.exec(text)?.[1];
  if (ago !== undefined) return nowMs - parseInterval(ago, text);
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new Error(`expected now, now-6h or milliseconds since the epoch, got ${JSON.stringify(text)}`);
}

export function resolveRange(from: string, to: string, nowMs: number): TimeRange {
  return { fromMs: resolveTime(from, nowMs), toMs: resolveTime(to, nowMs) };
}
