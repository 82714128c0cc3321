/** Parses a sample line of the Prometheus text format 0.0.4. Rejects all lines that Prometheus' parser rejects. */
import type { Labels } from './family.ts';

export interface SampleLine {
  /** The name in the line, such as `http_request_seconds_bucket`. */
  readonly name: string;
  /** In the order of the line. */
  readonly labels: Labels;
  readonly value: number;
  readonly timestampMs?: number;
}

/** Metric names may contain colons, label names may not. */
const metricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const labelStart = /[ \t]*([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"/y;
const labelEnd = /[ \t]*(?:(,)[ \t]*)?(\})?/y;
const valueEnd = /["\\]/g;
const valueAndTime = /^([^ \t]*)(?:[ \t]+(.*))?$/;
const float = /^(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|[+-]?inf(?:inity)?|nan)$/i;
const integer = /^[+-]?\d{1,19}$/;

/** Parses a line without its LF and leading blanks. Throws an Error that names the expected text. */
export function parseSampleLine(line: string): SampleLine {
  const [name] = metricName.exec(line) ?? [];
  if (name === undefined) throw new Error(`expected a metric name, got ${excerpt(line)}`);
  const afterName = skipBlanks(line, name.length);
  const { labels, end } = line[afterName] === '{' ? parseLabels(line, afterName + 1) : { labels: {}, end: afterName };
  const [, value = '', timestamp] = valueAndTime.exec(line.slice(skipBlanks(line, end))) ?? [];
  if (timestamp === undefined) return { name, labels, value: parseFloatText(value) };
  if (!integer.test(timestamp)) throw new Error(`expected a timestamp in milliseconds, got ${excerpt(timestamp)}`);
  return { name, labels, value: parseFloatText(value), timestampMs: Number(timestamp) };
}

/** Parses a float64. A number that exceeds the range of a float64 is an error instead of an infinity. */
export function parseFloatText(text: string): number {
  if (!float.test(text)) throw new Error(`expected a number, got ${excerpt(text)}`);
  const lower = text.toLowerCase();
  if (lower === 'nan') return NaN;
  if (lower.includes('inf')) return lower.startsWith('-') ? -Infinity : Infinity;
  const value = Number(text);
  if (!Number.isFinite(value)) throw new Error(`expected a number within the range of a float64, got ${excerpt(text)}`);
  return value;
}

function skipBlanks(line: string, from: number): number {
  let index = from;
  while (line[index] === ' ' || line[index] === '\t') index++;
  return index;
}

/** Parses the labels from the position after `{`, and returns the position after `}`. */
function parseLabels(line: string, from: number): { labels: Labels; end: number } {
  const labels: Record<string, string> = Object.create(null) as Record<string, string>; // `__proto__` is a name like others
  let index = skipBlanks(line, from);
  if (line[index] === '}') return { labels, end: index + 1 };
  for (;;) {
    labelStart.lastIndex = index;
    const [start, name] = labelStart.exec(line) ?? [];
    if (start === undefined || name === undefined) {
      throw new Error(`expected a label as name="value", got ${excerpt(line.slice(index))}`);
    }
    if (name === '__name__') throw new Error('the label name __name__ is reserved');
    if (Object.hasOwn(labels, name)) throw new Error(`duplicate label ${name}`);
    const { value, end } = parseLabelValue(line, index + start.length);
    labels[name] = value;
    labelEnd.lastIndex = end;
    const [separator = '', comma, brace] = labelEnd.exec(line) ?? [];
    index = end + separator.length;
    if (brace !== undefined) return { labels, end: index };
    if (comma === undefined) throw new Error(`expected , or } after a label, got ${excerpt(line.slice(end))}`);
  }
}

/** Parses the value from the position after the opening quote, and returns the position after the closing quote. */
function parseLabelValue(line: string, from: number): { value: string; end: number } {
  let value = '';
  let index = from;
  for (;;) {
    valueEnd.lastIndex = index;
    const stop = valueEnd.exec(line)?.index;
    if (stop === undefined)
      throw new Error(`expected " at the end of a label's value, got ${excerpt(line.slice(from))}`);
    value += line.slice(index, stop);
    if (line[stop] === '"') return { value, end: stop + 1 };
    value += unescape(line[stop + 1]);
    index = stop + 2;
  }
}

/** Returns the character that `\` and `character` encode. */
export function unescape(character: string | undefined): string {
  if (character === 'n') return '\n';
  if (character === '\\' || character === '"') return character;
  throw new Error(`expected \\\\, \\" or \\n, got ${excerpt(`\\${character ?? ''}`)}`);
}

/** Quotes text for an error message, shortened to 80 characters. */
export function excerpt(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}...` : text);
}
