/** The text of a message, shared by the channels that people read. */
import { metricByName } from '../../common/catalogue/index.ts';
import { renderSpan, renderTime, renderValue } from './format.ts';
import type { Message } from './message.ts';

export interface Fact {
  readonly name: string;
  readonly value: string;
  /** Epoch milliseconds if the value is a time: some channels show it in the reader's time zone. */
  readonly timeMs?: number;
  /** The value soon becomes outdated; left out of messages that stay visible, such as Slack's. */
  readonly isFleeting?: boolean;
}

/** Determines the colours of a message. Unknown severities are a notice. */
export type Tone = 'critical' | 'warning' | 'notice' | 'resolved';

export interface MessageText {
  readonly tone: Tone;
  readonly status: 'Firing' | 'Still firing' | 'Resolved';
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
    tone: isResolved ? 'resolved' : toneOf(message.severity),
    status: isResolved ? 'Resolved' : message.isReminder ? 'Still firing' : 'Firing',
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
  const { startsAtMs, endsAtMs, isAnnounced } = message;
  const after =
    endsAtMs === undefined ? 'Resolved' : `Resolved after ${renderSpan(Math.max(0, endsAtMs - startsAtMs))}`;
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
