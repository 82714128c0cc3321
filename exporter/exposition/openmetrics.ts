/**
 * Converts the OpenMetrics text format, in which other programs may write text files, to the Prometheus text format 0.0.4. Lines
 * keep their number.
 * Source: https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md
 */

/** Lines that only OpenMetrics has. */
const onlyInOpenMetrics = /^# (?:EOF$|UNIT |TYPE [^ ]+ (?:info|stateset|unknown|gaugehistogram)[ \t]*$)/m;
const typeLine = /^# TYPE ([^ ]+) ([^ ]+)[ \t]*$/;
const metadataLine = /^# (HELP|TYPE|UNIT) ([^ ]+)(.*)$/;
/** A comment at the end of a sample line, after the quoted label values. */
const exemplar = /^((?:[^"#]|"(?:[^"\\]|\\.)*")*?)[ \t]+#[ \t]*\{.*$/;

export function isOpenMetrics(text: string): boolean {
  return onlyInOpenMetrics.test(text);
}

export function convertOpenMetrics(text: string): string {
  const lines = text.split('\n');
  const types = new Map<string, string>();
  for (const line of lines) {
    const [, name, type] = typeLine.exec(line) ?? [];
    if (name !== undefined && type !== undefined) types.set(name, type);
  }
  return lines.map((line) => (line.startsWith('#') ? convertMetadata(line, types) : withoutExemplar(line))).join('\n');
}

function withoutExemplar(line: string): string {
  return exemplar.exec(line)?.[1] ?? line;
}

/** Names and types of the text format: in OpenMetrics the name of a family lacks the suffix of its samples. */
function convertMetadata(line: string, types: ReadonlyMap<string, string>): string {
  const [, keyword, name = '', rest = ''] = metadataLine.exec(line) ?? [];
  if (line === '# EOF' || keyword === 'UNIT') return '#';
  if (keyword === undefined) return line;
  const type = types.get(name) ?? '';
  const { suffix = '', textType = type } = conversions[type] ?? {};
  if (textType === undefined) return '#';
  const fullName = name.endsWith(suffix) ? name : name + suffix;
  return keyword === 'TYPE' ? `# TYPE ${fullName} ${textType}` : `# HELP ${fullName}${rest}`;
}

interface Conversion {
  readonly suffix?: string;
  readonly textType?: string;
}

const conversions: Readonly<Record<string, Conversion>> = {
  counter: { suffix: '_total' },
  info: { suffix: '_info', textType: 'gauge' },
  stateset: { textType: 'gauge' },
  unknown: { textType: 'untyped' },
  // The text format has no such type: the buckets, the sum and the count are families.
  gaugehistogram: { suffix: '_bucket', textType: 'untyped' },
};
