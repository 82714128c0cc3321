/** Templates with fields in double braces: `{"text": "{{title}}"}`. Values are escaped for the format of the text around them. */
import { cutText } from './fit.ts';
import { escapeHtml } from './markup.ts';

export type FieldValue = string | number | boolean | null;
export type FieldValues = Readonly<Record<string, FieldValue>>;

/** `json`: within a string the escaped text, elsewhere a JSON value. `form` and `url`: percent-encoding. `text`: unchanged. */
export type TemplateFormat = 'json' | 'form' | 'url' | 'xml' | 'text' | 'header';

export interface Template {
  /** `values` returns the value of a field; null if the alert has none. */
  render(values: (field: string) => FieldValue): string;
}

/** `problem` names the place: `line 2, column 5: no field "titel"`. */
export type ParsedTemplate = { readonly template: Template } | { readonly problem: string };

export interface TemplateOptions {
  readonly format: TemplateFormat;
  /** Returns whether a field has this name. */
  readonly isField: (name: string) => boolean;
}

interface Placeholder {
  readonly field: string;
  readonly source: string;
  /** The text before it, from the end of the previous one. */
  readonly before: string;
  readonly isInString: boolean;
}

/** Parses the template. JSON is also checked as a whole, so that a comma too many is found when the relay starts. */
export function parseTemplate(text: string, { format, isField }: TemplateOptions): ParsedTemplate {
  const placeholders: Placeholder[] = [];
  let end = 0;
  let isInString = false;
  for (const match of text.matchAll(/\{\{|\}\}/g)) {
    if (match.index < end) continue;
    const [, name] = /^\{\{\s*([A-Za-z_][\w.]*)\s*\}\}/.exec(text.slice(match.index)) ?? [];
    if (match[0] === '{{' && name === undefined && format === 'json' && !isFieldStart(text, match.index)) continue;
    if (match[0] === '}}' && format === 'json') continue; // the end of two objects
    if (name === undefined) return { problem: `${placeOf(text, match.index)}: expected a field such as {{title}}` };
    if (!isField(name)) return { problem: `${placeOf(text, match.index)}: no field "${name}"` };
    const source = text.slice(match.index, text.indexOf('}}', match.index) + 2);
    const before = text.slice(end, match.index);
    isInString = endsInString(before, isInString);
    placeholders.push({ field: name, source, before, isInString });
    end = match.index + source.length;
  }
  const rest = text.slice(end);
  const problem = format === 'json' ? problemOfJson(placeholders, rest) : undefined;
  if (problem !== undefined) return { problem };
  const encode = encoders[format];
  return {
    template: {
      render: (values) => placeholders.map((each) => each.before + encode(values(each.field), each)).join('') + rest,
    },
  };
}

type Encode = (value: FieldValue, placeholder: Placeholder) => string;

const plain = (value: FieldValue): string => String(value ?? '').toWellFormed();
const percent: Encode = (value) => encodeURIComponent(plain(value));

/** Servers refuse URLs and headers of more than some kilobytes. */
const maxShort = 200;
const short = (value: FieldValue): string => cutText(plain(value), maxShort).toWellFormed();

const encoders: Readonly<Record<TemplateFormat, Encode>> = {
  json: (value, { isInString }) => (isInString ? JSON.stringify(plain(value)).slice(1, -1) : JSON.stringify(value)),
  form: percent,
  url: (value) => encodeURIComponent(short(value)),
  xml: (value) => escapeHtml(plain(value)),
  text: plain,
  // Header values are ASCII without control characters: RFC 9110 section 5.5.
  header: (value) =>
    short(value)
      .replaceAll(/[^\x20-\x7e]+/g, ' ')
      .trim(),
};

/** Two braces that open two objects of JSON are no field. */
function isFieldStart(text: string, at: number): boolean {
  return !/^\{\{\s*["}]/.test(text.slice(at)) && !/^\{\s*\{\s*"/.test(text.slice(at));
}

/** Returns whether the end of the text is inside a JSON string, given whether its start is. */
function endsInString(text: string, startsInString: boolean): boolean {
  let isInString = startsInString;
  for (let at = 0; at < text.length; at += 1) {
    if (isInString && text[at] === '\\') at += 1;
    else if (text[at] === '"') isInString = !isInString;
  }
  return isInString;
}

/** Replaces fields by values of the same length, so that the position in an error is the position in the template. */
function problemOfJson(placeholders: readonly Placeholder[], rest: string): string | undefined {
  const fill = ({ source, isInString }: Placeholder): string =>
    isInString ? 'x'.repeat(source.length) : '0'.padEnd(source.length);
  const text = placeholders.map((each) => each.before + fill(each)).join('') + rest;
  const fault = jsonFault(text);
  if (fault === undefined) return undefined;
  const [, position] = /at position (\d+)/.exec(fault) ?? [];
  const at = position !== undefined ? Number(position) : isBadToken(fault) ? placeOfBadToken(text) : text.length;
  return `${placeOf(text, at)}: no JSON from here on`;
}

function jsonFault(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return Error.isError(error) ? error.message : String(error);
  }
}

function isBadToken(fault: string | undefined): boolean {
  return fault?.startsWith('Unexpected token') === true;
}

/** V8 names an unexpected token, but not its place: the shortest beginning of the text that already has the fault ends there. */
function placeOfBadToken(text: string): number {
  let [good, bad] = [0, text.length];
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (isBadToken(jsonFault(text.slice(0, middle)))) bad = middle;
    else good = middle;
  }
  return good;
}

function placeOf(text: string, at: number): string {
  const before = text.slice(0, at).split('\n');
  return `line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`;
}
