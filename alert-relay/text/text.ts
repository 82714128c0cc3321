/** Renders the text of a message, shared by the channels that people read, with values, times and durations formatted for people. */
import { metricByName } from '../../common/catalogue/metrics.ts';
import type { Message } from './message.ts';

export interface Fact {
  readonly name: string;
  readonly value: string;
  /** Epoch milliseconds if the value is a time: channels such as Slack show the time in the reader's time zone. */
  readonly timeMs?: number;
  /** The value soon becomes outdated; left out of messages that stay visible, such as Slack's. */
  readonly isFleeting?: boolean;
}

/** Determines the colours of a message. Unknown severities are a notice. */
export type Tone = 'critical' | 'warning' | 'notice' | 'resolved';

export interface MessageText {
  readonly tone: Tone;
  readonly status: 'Firing' | 'Still firing' | 'Resolved' | 'No data';
  /** `CpuUsageHigh on web-1`: constant over an episode. */
  readonly title: string;
  /** One sentence: the problem, or its end. */
  readonly lead: string;
  /** The rule's description; undefined once the alert is resolved. */
  readonly advice: string | undefined;
  /** Value, threshold and duration. */
  readonly figures: readonly Fact[];
  /** All other facts. */
  readonly facts: readonly Fact[];
}

export function messageText(message: Message): MessageText {
  const isResolved = message.status === 'resolved';
  return {
    tone: isResolved ? (message.isHostDown ? 'notice' : 'resolved') : toneOf(message.severity),
    status: isResolved ? (message.isHostDown ? 'No data' : 'Resolved') : message.isReminder ? 'Still firing' : 'Firing',
    title: titleOf(message),
    lead: isResolved ? endOf(message) : oneLine(message.summary ?? titleOf(message)),
    advice: isResolved || message.description === undefined ? undefined : cut(message.description, 4_000),
    figures: figuresOf(message),
    facts: factsOf(message),
  };
}

export function toneOf(severity: string | undefined): Tone {
  return severity === 'critical' || severity === 'warning' ? severity : 'notice';
}

/** Returns one line, as required for a mail's subject. */
export function titleOf({ alertname, host }: Message): string {
  const name = alertname === '' ? 'Alert' : alertname;
  return oneLine(host === undefined ? name : `${name} on ${host}`);
}

/** Limits the length of labels and annotations. */
function cut(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit).toWellFormed()}…`;
}

/** Replaces control characters and line breaks by single spaces. */
export function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
}

/** Returns the formatted value, or undefined if it is unknown. */
export function valueOf({ value, unit }: Message): string | undefined {
  return value === undefined ? undefined : renderValue(value, unit);
}

function endOf(message: Message): string {
  const { startsAtMs, endsAtMs, isAnnounced, isHostDown } = message;
  const word = isHostDown ? 'Ended' : 'Resolved';
  const after = endsAtMs === undefined ? word : `${word} after ${renderSpan(Math.max(0, endsAtMs - startsAtMs))}`;
  if (isHostDown) return `${after}, because the host was down. The condition may persist.`;
  const value = valueOf(message);
  const text = value === undefined ? `${after}.` : `${after}: ${value} at its end.`;
  return isAnnounced
    ? text
    : `${text} No resolution was announced: the alert is gone from Alertmanager and Prometheus.`;
}

function figuresOf(message: Message): readonly Fact[] {
  const { status, startsAtMs, endsAtMs, renderedAtMs, threshold, unit } = message;
  const isResolved = status === 'resolved';
  return [
    fact(isResolved ? 'Value at resolve' : 'Value now', valueOf(message)),
    fact('Threshold', threshold === undefined ? undefined : renderValue(threshold, unit)),
    durationFact({ isResolved, startsAtMs, endsAtMs, renderedAtMs }),
  ].flat();
}

export function durationFact({
  isResolved,
  startsAtMs,
  endsAtMs,
  renderedAtMs,
}: Pick<Message, 'startsAtMs' | 'endsAtMs' | 'renderedAtMs'> & { readonly isResolved: boolean }): readonly Fact[] {
  const untilMs = isResolved ? endsAtMs : renderedAtMs;
  if (untilMs === undefined) return [];
  const value = renderSpan(Math.max(0, untilMs - startsAtMs));
  return [isResolved ? { name: 'Lasted', value } : { name: 'Firing for', value, isFleeting: true }];
}

function factsOf(message: Message): readonly Fact[] {
  const { host, severity, status, startsAtMs, endsAtMs, timeZone } = message;
  const isResolved = status === 'resolved';
  return [
    fact('Host', host),
    fact('Severity', severity),
    fact('Metric', metricOf(message)),
    timeFact('Since', startsAtMs, timeZone),
    isResolved && endsAtMs !== undefined ? timeFact('Until', endsAtMs, timeZone) : [],
    fact('Labels', tagsOf(message)),
  ].flat();
}

function fact(name: string, value: string | undefined): readonly Fact[] {
  return value === undefined || value === '' ? [] : [{ name, value: cut(oneLine(value), 1_000) }];
}

export function timeFact(name: string, timeMs: number, timeZone: string): readonly Fact[] {
  return [{ name, value: renderTime(timeMs, timeZone), timeMs }];
}

/** Returns the metric's name and its help text from the catalogue. */
function metricOf({ metric }: Message): string | undefined {
  if (metric === undefined) return undefined;
  const help = metricByName(metric)?.help.replace(/\.$/, '');
  return help === undefined ? metric : `${metric} (${help})`;
}

/** Shown elsewhere in a message, or the same for every host. */
const shownElsewhere = new Set(['alertname', 'severity', 'instance', 'metric', 'job']);

/** Returns the labels that distinguish the alert from others of its host: `device=/dev/sda1 mountpoint=/`. */
export function tagsOf({ labels }: Message): string | undefined {
  const tags = Object.entries(labels).filter(([name]) => !shownElsewhere.has(name));
  if (tags.length === 0) return undefined;
  return tags
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}

/** Contrast with white is above 4.5 : 1 for each. */
export const toneColours: Readonly<Record<Tone, string>> = {
  critical: '#c62828',
  warning: '#b45309',
  notice: '#1d4ed8',
  resolved: '#2e7d32',
};

const binaryPrefixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'] as const;

/**
 * Returns a value with its unit to three significant figures: `91.5 %`, `0.0007`, `1.5 GiB`, `0.4 ms`, `34 min 15 s`. Whole
 * numbers keep all their digits: `1,204 packets/s`. Returns undefined for states, whose numbers have no meaning to a reader. A
 * unit that is not in the catalogue is appended unchanged.
 */
export function renderValue(value: number, unit: string | undefined): string | undefined {
  if (unit === 'state') return undefined;
  if (!Number.isFinite(value)) return renderNumber(value);
  switch (unit) {
    case 'seconds':
      return renderSeconds(value);
    case 'percent':
      return `${renderNumber(value)} %`;
    case 'bytes':
    case 'bytes/s':
      return renderBytes(value, unit.slice('bytes'.length));
    case 'count':
    case 'load':
    case undefined:
      return renderNumber(value);
    default:
      return `${renderNumber(value)} ${unit}`;
  }
}

function renderBytes(value: number, suffix: string): string {
  const size = Math.abs(value);
  const power = size < 1_024 ? 0 : Math.min(Math.floor(Math.log2(size) / 10), binaryPrefixes.length - 1);
  return `${renderNumber(value / 1_024 ** power)} ${binaryPrefixes[power]}B${suffix}`;
}

/** Renders a duration. From one minute, renders the two largest units. */
function renderSeconds(value: number): string {
  const size = Math.abs(value);
  if (size >= 60) return `${value < 0 ? '-' : ''}${renderSpan(size * 1_000)}`;
  return size >= 1 || size === 0 ? `${renderNumber(value)} s` : `${renderNumber(value * 1_000)} ms`;
}

/** Returns the number to three significant figures: `0.0007`, `91.5`, `1,204`, `1e+21`, `+Inf`, `NaN`. */
export function renderNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const rounded = Number(value.toPrecision(3));
  const size = Math.abs(rounded);
  if (size >= 1e15 || (size > 0 && size < 1e-6)) return rounded.toExponential();
  if (size === 0) return '0';
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(size)));
  return new Intl.NumberFormat('en-US', { maximumFractionDigits: decimals }).format(value);
}

/** Returns the text in which a raw value of a template, such as `91.53333333333333`, is rounded like other values. */
export function roundRawValue(text: string, raw: string | undefined): string {
  if (raw === undefined || !/^[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/.test(raw) || Number.isInteger(Number(raw)))
    return text;
  const literal = raw.replaceAll(/[.+]/g, '\\$&');
  return text.replaceAll(new RegExp(`(?<![\\w.])${literal}(?![\\w]|\\.\\d)`, 'g'), renderNumber(Number(raw)));
}

const spanUnits = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const;

/** Returns the two largest units that are not zero: `2 d 3 h`, `34 min 15 s`, `4 s`. Milliseconds below one second. */
export function renderSpan(spanMs: number): string {
  if (spanMs < 1_000) return `${Math.round(spanMs)} ms`;
  const seconds = Math.round(spanMs / 1_000);
  const first = spanUnits.findIndex(([, size]) => seconds >= size);
  let rest = seconds;
  return spanUnits
    .slice(first, first + 2)
    .flatMap(([name, size]) => {
      const count = Math.floor(rest / size);
      rest -= count * size;
      return count === 0 ? [] : [`${count} ${name}`];
    })
    .join(' ');
}

/** Returns `2026-03-01 12:00:00 UTC`, `2026-07-01 14:00:00 CEST`, `2026-03-01 07:00:00 GMT-5`. */
export function renderTime(timeMs: number, timeZone: string): string {
  const { year, month, day, hour, minute, second } = partsOf(timeMs, timeZone);
  return `${year}-${month}-${day} ${hour}:${minute}:${second} ${zoneName(timeMs, timeZone)}`;
}

/** Returns the abbreviation of the time zone at that time: `UTC`, `CEST`. */
export function zoneName(timeMs: number, timeZone: string): string {
  return partsOf(timeMs, timeZone)['timeZoneName'] ?? timeZone;
}

/** Returns the offset from UTC at that time, positive in the east. */
export function zoneOffsetMs(timeMs: number, timeZone: string): number {
  const { year, month, day, hour, minute, second } = partsOf(timeMs, timeZone);
  const shown = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return shown - Math.floor(timeMs / 1_000) * 1_000;
}

/** Returns whether the name is in the IANA time zone database: `Europe/Berlin`, `UTC`. */
export function isTimeZone(name: string): boolean {
  try {
    zoneName(0, name);
    return true;
  } catch {
    return false; // Intl throws for an unknown name
  }
}

function partsOf(timeMs: number, timeZone: string): Readonly<Record<string, string>> {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
  });
  return Object.fromEntries(format.formatToParts(timeMs).map(({ type, value }) => [type, value]));
}
