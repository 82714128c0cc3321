/** What a message says, in words, once for every channel that speaks to people. */
import { metricByName } from '../../common/catalogue/index.ts';
import { renderSpan, renderTime, renderValue } from './format.ts';
import type { Message } from './message.ts';

export interface Fact {
  readonly name: string;
  readonly value: string;
  /** Epoch milliseconds, where the value is a time: some channels show it in their reader's zone. */
  readonly timeMs?: number;
  /** Wrong soon after it was told: not for messages that stand where they are read again and again. */
  readonly isFleeting?: boolean;
}

/** How loud a message is; decides colours. Severities that we do not know are a notice. */
export type Tone = 'critical' | 'warning' | 'notice' | 'resolved';

export interface MessageText {
  readonly tone: Tone;
  readonly status: 'Firing' | 'Still firing' | 'Resolved';
  /** `CpuUsageHigh on web-1`: the same from the first message of an episode to its last. */
  readonly title: string;
  /** One sentence: what is wrong, or how it ended. */
  readonly lead: string;
  /** What it means and what to look at; only while there is something to do. */
  readonly advice: string | undefined;
  /** Value, threshold and how long: what a reader looks for first. */
  readonly figures: readonly Fact[];
  /** The rest. */
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

/** Of one line, so that it may stand in a mail's header or a list. */
export function titleOf({ alertname, host }: Message): string {
  const name = alertname === '' ? 'Alert' : alertname;
  return oneLine(host === undefined ? name : `${name} on ${host}`);
}

/** So that a label or annotation out of hand does not bury the rest. */
function cut(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit).toWellFormed()}…`;
}

/** Control characters and line breaks as single blanks. */
export function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
}

/** Value and threshold as people read them; undefined where not known. */
export function valueOf({ value, unit }: Message): string | undefined {
  return value === undefined ? undefined : renderValue(value, unit);
}

function endOf(message: Message): string {
  const { startsAtMs, endsAtMs, isAnnounced } = message;
  const after =
    endsAtMs === undefined ? 'Resolved' : `Resolved after ${renderSpan(Math.max(0, endsAtMs - startsAtMs))}`;
  const value = valueOf(message);
  const told = value === undefined ? `${after}.` : `${after}: ${value} at its end.`;
  return isAnnounced ? told : `${told} Nobody announced it: the alert was gone from Alertmanager and Prometheus.`;
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

/** The catalogue's name and words. */
function metricOf({ metric }: Message): string | undefined {
  if (metric === undefined) return undefined;
  const help = metricByName(metric)?.help.replace(/\.$/, '');
  return help === undefined ? metric : `${metric} (${help})`;
}

/** Said elsewhere in a message, or the same for every host. */
const saidElsewhere = new Set(['alertname', 'severity', 'instance', 'metric', 'job']);

/** The labels that tell an alert from others of its host: `device=/dev/sda1 mountpoint=/`. */
export function tagsOf({ labels }: Message): string | undefined {
  const tags = Object.entries(labels).filter(([name]) => !saidElsewhere.has(name));
  if (tags.length === 0) return undefined;
  return tags
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}

/** Each above 4.5 : 1 on white, and white on it. */
export const toneColours: Readonly<Record<Tone, string>> = {
  critical: '#c62828',
  warning: '#b45309',
  notice: '#1d4ed8',
  resolved: '#2e7d32',
};
