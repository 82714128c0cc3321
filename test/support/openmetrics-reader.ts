/**
 * Reads an exposition in the OpenMetrics text format 1.0. Strict: throws for every text that the grammar, or a rule about names, types,
 * units and samples, does not allow.
 * Source: https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md
 */

export interface OpenMetricsFamily {
  readonly name: string;
  readonly type: string;
  readonly unit: string;
  readonly help: string;
  /** Values by name and labels: `node_cpu_seconds_total{cpu="0"}`. */
  readonly samples: ReadonlyMap<string, number>;
}

/** Suffixes of samples by type. */
const suffixes: Readonly<Record<string, readonly string[]>> = {
  counter: ['_total', '_created'],
  gauge: [''],
  unknown: [''],
  summary: ['', '_count', '_sum', '_created'],
  histogram: ['_bucket', '_count', '_sum', '_created'],
  info: ['_info'],
  stateset: [''],
  gaugehistogram: ['_bucket', '_gcount', '_gsum'],
};

const escaped = String.raw`(?:[^\n"\\]|\\[n"\\])*`;
const metadata = new RegExp(`^# (HELP|TYPE|UNIT) ([a-zA-Z_:][a-zA-Z0-9_:]*) (${escaped})$`);
const number = String.raw`[+-]?(?:\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|[Ii]nf|[Ii]nfinity)|[Nn]a[Nn]`;
const label = `[a-zA-Z_][a-zA-Z0-9_]*="${escaped}"`;
const sample = new RegExp(`^([a-zA-Z_:][a-zA-Z0-9_:]*)(\\{(?:${label}(?:,${label})*)?\\})? (${number})$`);

interface Draft {
  readonly name: string;
  readonly metadata: Map<string, string>;
  readonly samples: Map<string, number>;
}

/** Returns the families in the order of the text. */
export function readOpenMetrics(text: string): OpenMetricsFamily[] {
  if (!text.endsWith('# EOF\n')) throw new Error('the text does not end in "# EOF" and a line feed');
  const drafts = new Map<string, Draft>();
  let current: Draft | undefined;
  for (const line of text.slice(0, -'# EOF\n'.length).split('\n').slice(0, -1)) {
    if (line.startsWith('#')) current = addMetadata(line, current, drafts);
    else if (current === undefined) throw new Error(`a sample before a family: ${line}`);
    else addSample(line, current);
  }
  return [...drafts.values()].map(familyOf);
}

function addMetadata(line: string, current: Draft | undefined, drafts: Map<string, Draft>): Draft {
  const [, keyword, name, value] = metadata.exec(line) ?? [];
  if (keyword === undefined || name === undefined || value === undefined) throw new Error(`malformed line: ${line}`);
  let draft = current;
  if (draft?.name !== name) {
    if (drafts.has(name)) throw new Error(`the lines of a family are not together: ${line}`);
    draft = { name, metadata: new Map(), samples: new Map() };
    drafts.set(name, draft);
  }
  if (draft.samples.size > 0) throw new Error(`metadata after samples: ${line}`);
  if (draft.metadata.has(keyword)) throw new Error(`a second ${keyword}: ${line}`);
  draft.metadata.set(keyword, value);
  return draft;
}

function addSample(line: string, { name, metadata: facts, samples }: Draft): void {
  const [, sampleName, labels = '', value] = sample.exec(line) ?? [];
  if (sampleName === undefined || value === undefined) throw new Error(`malformed line: ${line}`);
  const type = facts.get('TYPE') ?? 'unknown';
  const endings = suffixes[type];
  if (endings === undefined) throw new Error(`unknown type ${type}: ${line}`);
  if (!endings.some((ending) => sampleName === name + ending))
    throw new Error(`a ${type} ${name} has no such sample: ${line}`);
  const names = [...labels.matchAll(new RegExp(label, 'g'))].map(([each]) => each.slice(0, each.indexOf('=')));
  if (new Set(names).size < names.length) throw new Error(`a label twice: ${line}`);
  if (samples.has(sampleName + labels)) throw new Error(`a series twice: ${line}`);
  const parsed = /inf/i.test(value) ? (value.startsWith('-') ? -Infinity : Infinity) : Number(value);
  if (type === 'counter' && !(parsed >= 0)) throw new Error(`a counter that is not a number from 0 on: ${line}`);
  samples.set(sampleName + labels, parsed);
}

function familyOf({ name, metadata: facts, samples }: Draft): OpenMetricsFamily {
  const unit = facts.get('UNIT') ?? '';
  if (unit !== '' && !name.endsWith(`_${unit}`)) throw new Error(`the name ${name} does not end in its unit ${unit}`);
  return { name, type: facts.get('TYPE') ?? 'unknown', unit, help: facts.get('HELP') ?? '', samples };
}
