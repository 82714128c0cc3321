/** Evaluates a catalogue expression on raw samples without PromQL, as docs/decisions/rollups.md defines it. */
import type { Expression, Matcher } from '../../common/catalogue/expression.ts';
import type { TestSeries } from './raw-series.ts';
import { type Extrapolation, meanIn, rateIn, samplesIn } from './window-truth.ts';

/** How leaves are read at one time. */
export type TruthReading =
  | {
      readonly kind: 'window';
      readonly endMs: number;
      readonly rangeMs: number;
      readonly extrapolation?: Extrapolation;
    }
  | { readonly kind: 'instant'; readonly atMs: number; readonly extrapolation?: Extrapolation };

type Labels = Readonly<Record<string, string>>;

export interface TruthSample {
  /** Labels without the metric name. */
  readonly labels: Labels;
  readonly value: number;
}

type Vector = readonly TruthSample[];

const sampleMs = 5_000;
const instantRateMs = 20_000;
const lookbackMs = 300_000;

/** Returns one sample per label set, in no particular order. */
export function evaluate(expression: Expression, series: readonly TestSeries[], reading: TruthReading): Vector {
  const of = (part: Expression): Vector => evaluate(part, series, reading);
  switch (expression.kind) {
    case 'counter':
    case 'gauge':
      return series.flatMap(({ labels: { __name__: name, ...labels }, points }) => {
        if (name !== expression.family || !expression.where.every((where) => isMatch(where, labels))) return [];
        const value = readLeaf(expression.kind, points, reading);
        return value === undefined ? [] : [{ labels, value }];
      });
    case 'sum':
    case 'count':
    case 'avg':
      return aggregate(expression.kind, expression.without, of(expression.of));
    case 'minus':
      return pair(of(expression.left), of(expression.right), (left, right) => left - right);
    case 'plus':
      return pair(of(expression.left), of(expression.right), (left, right) => left + right);
    case 'total': {
      const [left, right] = [of(expression.left), of(expression.right)];
      return orElse(
        orElse(
          pair(left, right, (one, other) => one + other),
          left,
        ),
        right,
      );
    }
    case 'scaled':
      return of(expression.of).map(({ labels, value }) => ({ labels, value: expression.factor * value }));
    case 'percent': {
      const whole = of(expression.whole).filter(({ value }) => value > 0);
      return pair(of(expression.part), whole, (part, all) => (100 * part) / all);
    }
  }
}

/** Adds the label sets that only the right side has. */
export function orElse(left: Vector, right: Vector): Vector {
  const known = new Set(left.map(({ labels }) => keyOf(labels)));
  return [...left, ...right.filter(({ labels }) => !known.has(keyOf(labels)))];
}

/** Returns the same text for the same labels. */
export function keyOf(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function readLeaf(kind: 'counter' | 'gauge', points: TestSeries['points'], reading: TruthReading): number | undefined {
  if (reading.kind === 'window') {
    const { endMs, rangeMs } = reading;
    const window = { endMs, rangeMs: rangeMs + sampleMs };
    return kind === 'gauge' ? meanIn(points, reading) : rateIn(points, window, reading.extrapolation);
  }
  if (kind === 'counter') return rateIn(points, { endMs: reading.atMs, rangeMs: instantRateMs }, reading.extrapolation);
  return samplesIn(points, { endMs: reading.atMs, rangeMs: lookbackMs }).at(-1)?.[1];
}

function isMatch({ label, operator, value }: Matcher, labels: Labels): boolean {
  const actual = labels[label] ?? '';
  const matches = operator.endsWith('~') ? new RegExp(`^(?:${value})$`).test(actual) : actual === value;
  return operator.startsWith('!') ? !matches : matches;
}

function aggregate(kind: 'sum' | 'count' | 'avg', without: readonly string[], vector: Vector): Vector {
  const groups = new Map<string, { labels: Labels; values: number[] }>();
  for (const { labels, value } of vector) {
    const rest = Object.fromEntries(Object.entries(labels).filter(([label]) => !without.includes(label)));
    const group = groups.get(keyOf(rest));
    if (group === undefined) groups.set(keyOf(rest), { labels: rest, values: [value] });
    else group.values.push(value);
  }
  return [...groups.values()].map(({ labels, values }) => {
    const sum = values.reduce((one, other) => one + other, 0);
    return { labels, value: { sum, count: values.length, avg: sum / values.length }[kind] };
  });
}

function pair(left: Vector, right: Vector, join: (left: number, right: number) => number): Vector {
  const others = new Map(right.map(({ labels, value }) => [keyOf(labels), value]));
  return left.flatMap(({ labels, value }) => {
    const other = others.get(keyOf(labels));
    return other === undefined ? [] : [{ labels, value: join(value, other) }];
  });
}
