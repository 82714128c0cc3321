/** Computes the ticks and labels of the axes. */
import { renderSpan, zoneOffsetMs } from '../text/text.ts';

export interface Tick {
  readonly at: number;
  readonly label: string;
}

export interface ValueAxis {
  readonly low: number;
  readonly high: number;
  /** In ascending order. */
  readonly ticks: readonly Tick[];
}

export interface ValueRange {
  readonly low: number;
  readonly high: number;
  /** As in the annotation `unit`: a unit of the catalogue, `seconds` or `state`. */
  readonly unit: string | undefined;
}

/** Share of the largest value. A narrower range gets an axis that does not start at zero. */
const narrowShare = 0.15;
const intervals = 4;

/** Returns an axis from zero. A narrow range gets its own scale, or the line and the threshold would overlap. */
export function valueAxis({ low, high, unit }: ValueRange): ValueAxis {
  if (unit === 'state') return stateAxis(low, high);
  const size = Math.max(Math.abs(low), Math.abs(high));
  const isNarrow = high - low < size * narrowShare;
  const isBounded = unit === 'percent' && low >= 0 && high <= 100;
  const margin = isNarrow ? Math.max((high - low) / 2, size * 0.02) : 0;
  const from = isNarrow ? low - margin : Math.min(0, low);
  const above = isNarrow ? high + margin : Math.max(0, high + (high - Math.min(0, low)) * 0.06);
  const to = isBounded ? Math.min(100, above) : above;
  const step = niceStep((to - from || 1) / intervals, unit);
  const bottom = Math.floor(from / step + 1e-9) * step;
  const top = Math.ceil(to / step - 1e-9) * step || step;
  const [least, most] = isBounded ? [Math.max(0, bottom), Math.min(100, top)] : [bottom, top];
  const ticks: Tick[] = [];
  for (let at = bottom; at <= top + step / 2; at += step)
    if (at >= least - step * 1e-9 && at <= most + step * 1e-9) ticks.push({ at, label: tickLabel(at, step, unit) });
  return { low: least, high: most, ticks };
}

/** States are integers, mostly 0 and 1. */
function stateAxis(low: number, high: number): ValueAxis {
  const top = Math.max(1, Math.ceil(high));
  const bottom = Math.min(0, Math.floor(low));
  const step = Math.max(1, Math.ceil((top - bottom) / intervals));
  const count = Math.floor((top - bottom) / step) + 1;
  const ticks = Array.from({ length: count }, (_, at) => bottom + at * step).map((at) => ({ at, label: String(at) }));
  return { low: bottom - (top - bottom) * 0.08, high: top + (top - bottom) * 0.08, ticks };
}

const secondSteps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400];

const percentSteps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 25, 50];

/** Returns the next larger step of 1, 2, 5, 10, ...; binary multiples for bytes, minutes and hours for seconds. */
function niceStep(least: number, unit: string | undefined): number {
  if (unit === 'seconds') {
    const step = secondSteps.find((each) => each >= least);
    if (least >= 1 && step !== undefined) return step;
    if (least > 86_400) return decimalStep(least / 86_400) * 86_400;
    return decimalStep(least);
  }
  if (unit === 'percent') return (least >= 0.1 && percentSteps.find((each) => each >= least)) || decimalStep(least);
  if (unit === 'count') return Math.max(1, decimalStep(least));
  if (!isBytes(unit)) return decimalStep(least);
  if (least <= 1) return 1;
  const power = binaryPower(least);
  const own = decimalStep(least / 1_024 ** power);
  return own > 512 ? 1_024 ** (power + 1) : own * 1_024 ** power;
}

function decimalStep(least: number): number {
  const size = 10 ** Math.floor(Math.log10(least));
  const lead = [1, 2, 5, 10].find((each) => each * size >= least * (1 - 1e-9)) ?? 10;
  return lead * size;
}

const binaryUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'] as const;

function isBytes(unit: string | undefined): boolean {
  return unit === 'bytes' || unit === 'bytes/s';
}

function binaryPower(size: number): number {
  return size < 1_024 ? 0 : Math.min(Math.floor(Math.log2(size) / 10), binaryUnits.length - 1);
}

/** Formats a label with enough digits to distinguish neighbouring ticks. */
function tickLabel(value: number, step: number, unit: string | undefined): string {
  const at = Math.abs(value) < step * 1e-6 ? 0 : value;
  if (unit === 'seconds') return secondsLabel(at, step);
  if (isBytes(unit)) {
    const power = binaryPower(Math.max(Math.abs(at), step));
    const scale = 1_024 ** power;
    return `${digits(at / scale, step / scale)} ${binaryUnits[power]}${unit === 'bytes/s' ? '/s' : ''}`;
  }
  if (unit === 'percent') return `${digits(at, step)} %`;
  const [scale, suffix] = step >= 1e8 ? [1e9, 'G'] : step >= 1e5 ? [1e6, 'M'] : step >= 5e3 ? [1e3, 'k'] : [1, ''];
  return at === 0 ? '0' : `${digits(at / scale, step / scale)}${suffix}`;
}

/** Formats a duration. Uses a single unit if the usual two could not distinguish neighbouring ticks. */
function secondsLabel(at: number, step: number): string {
  const size = Math.abs(at);
  if (at === 0) return '0 s';
  if (step < 1 && size >= 1) return `${digits(at, step)} s`;
  if (size < 1) return `${digits(at * 1_000, step * 1_000)} ms`;
  if (size > 86_400 && step < 3_600) return `${digits(at / 3_600, step / 3_600)} h`;
  if (size > 3_600 && step < 60) return `${digits(at / 60, step / 60)} min`;
  return `${at < 0 ? '-' : ''}${renderSpan(size * 1_000)}`;
}

function digits(value: number, step: number): string {
  const count = Math.min(8, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
  return new Intl.NumberFormat('en-US', { minimumFractionDigits: 0, maximumFractionDigits: count }).format(value);
}

const minuteMs = 60_000;
const timeSteps = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1_440].map((minutes) => minutes * minuteMs);

export interface TimeRange {
  readonly startMs: number;
  readonly endMs: number;
  readonly timeZone: string;
}

/** Returns at most seven ticks at round minutes and hours of the time zone. */
export function timeTicks({ startMs, endMs, timeZone }: TimeRange): readonly Tick[] {
  const step = timeSteps.find((each) => (endMs - startMs) / each <= 6) ?? 1_440 * minuteMs;
  const offsetMs = zoneOffsetMs(startMs, timeZone);
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' });
  const ticks: Tick[] = [];
  for (let at = Math.ceil((startMs + offsetMs) / step) * step - offsetMs; at <= endMs; at += step)
    ticks.push({ at, label: format.format(at) });
  return ticks;
}
