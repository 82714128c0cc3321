/**
 * Parses the Prometheus text format 0.0.4. Strict: any fault in the text is an error.
 * Source: https://github.com/prometheus/docs/blob/main/docs/instrumenting/exposition_formats.md
 */
import { excerpt, parseFloatText, parseSampleLine, unescape } from './exposition-sample.ts';
import type { MetricType, Sample } from './family.ts';

export interface ParsedSample extends Sample {
  readonly timestampMs?: number;
}

export interface ParsedFamily {
  readonly name: string;
  /** Absent when the text has no HELP or an empty one. */
  readonly help?: string;
  readonly type: MetricType;
  /** At least one sample, in the order of the text. A series may have several. */
  readonly samples: readonly ParsedSample[];
}

/** A family whose lines are being parsed. */
interface Draft {
  readonly name: string;
  help?: string;
  type?: MetricType;
  readonly samples: ParsedSample[];
}

/** Suffixes of samples, by the type of the family. */
const suffixes: Readonly<Partial<Record<MetricType, readonly string[]>>> = {
  summary: ['_count', '_sum'],
  histogram: ['_count', '_sum', '_bucket'],
};

const types: ReadonlySet<string> = new Set<MetricType>(['counter', 'gauge', 'untyped', 'histogram', 'summary']);
const comment = /^#[ \t]*(?:(HELP|TYPE)[ \t]+([^ \t]+)(?:[ \t]+(.*))?)?/;
const wholeName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;

/** Returns the families in the order of their first line. Throws an Error that starts with the line: `line 3: ...`. */
export function parseExposition(text: string): ParsedFamily[] {
  const drafts = new Map<string, Draft>();
  const lines = text.split('\n');
  const rest = lines.pop();
  for (const [index, line] of lines.entries()) {
    try {
      readLine(line.replace(/^[ \t]+/, ''), drafts);
    } catch (cause) {
      throw new Error(`line ${index + 1}: ${Error.isError(cause) ? cause.message : String(cause)}`, { cause });
    }
  }
  if (rest !== '') throw new Error(`line ${lines.length + 1}: text ends within a line: ${excerpt(rest ?? '')}`);
  const families: ParsedFamily[] = [];
  for (const { type = 'untyped', ...draft } of drafts.values())
    if (draft.samples.length > 0) families.push({ ...draft, type });
  return families;
}

function readLine(line: string, drafts: Map<string, Draft>): void {
  if (line === '') return;
  if (line.startsWith('#')) readComment(line, drafts);
  else readSample(line, drafts);
}

/** Adds the HELP or TYPE of a comment to the family. Ignores other comments, and an empty HELP or TYPE. */
function readComment(line: string, drafts: Map<string, Draft>): void {
  const [, keyword, name, value] = comment.exec(line) ?? [];
  if (keyword === undefined || name === undefined) return;
  if (!wholeName.test(name)) throw new Error(`expected a metric name after ${keyword}, got ${excerpt(name)}`);
  if (value === undefined || value === '') return;
  const draft = draftOf(name, drafts);
  if (keyword === 'HELP') {
    if (draft.help !== undefined) throw new Error(`a second HELP for ${name}`);
    draft.help = value.replaceAll(/\\(.)?/gs, (_whole, character: string | undefined) => unescape(character));
    return;
  }
  if (draft.type !== undefined || draft.samples.length > 0) {
    throw new Error(`a second TYPE for ${name}, or one after its samples`);
  }
  const type = value.toLowerCase();
  if (!types.has(type)) throw new Error(`expected one of ${[...types].join(', ')}, got ${excerpt(value)}`);
  draft.type = type as MetricType;
}

function readSample(line: string, drafts: Map<string, Draft>): void {
  const { name, labels, value, timestampMs } = parseSampleLine(line);
  const draft = draftOf(name, drafts);
  const suffix = name.slice(draft.name.length);
  checkLabels(draft, suffix, labels);
  draft.samples.push({
    labels,
    value,
    ...(suffix !== '' && { suffix }),
    ...(timestampMs !== undefined && { timestampMs }),
  });
}

/** Checks that buckets of a histogram have a numeric `le`, and samples of a summary without suffix a numeric `quantile`. */
function checkLabels({ name, type }: Draft, suffix: string, labels: Sample['labels']): void {
  const expected =
    type === 'histogram' && suffix === '_bucket' ? 'le' : type === 'summary' && suffix === '' ? 'quantile' : undefined;
  if (type === 'histogram' && suffix === '')
    throw new Error(`${name} is a histogram: expected ${name}_bucket, _sum or _count`);
  if (expected === undefined) return;
  const bound = labels[expected];
  if (bound === undefined) throw new Error(`${name}${suffix}: expected a label ${expected}`);
  parseFloatText(bound);
}

/** Returns the draft of a sample's family: the draft of the same name, or the summary or histogram whose name and suffix form the name. Creates a draft when none exists. */
function draftOf(name: string, drafts: Map<string, Draft>): Draft {
  const own = drafts.get(name);
  if (own !== undefined) return own;
  for (const [type, endings] of Object.entries(suffixes)) {
    for (const ending of endings) {
      const whole = name.endsWith(ending) ? drafts.get(name.slice(0, -ending.length)) : undefined;
      if (whole?.type === type) return whole;
    }
  }
  const draft: Draft = { name, samples: [] };
  drafts.set(name, draft);
  return draft;
}
