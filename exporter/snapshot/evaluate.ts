/**
 * Evaluates the catalogue's expressions over two scrapes of one host, as Prometheus does over the same samples: the value of
 * a counter is its rate between the scrapes, and the value of a gauge is its value in the later scrape.
 */
import type { Expression, Matcher } from '../../common/catalogue/expression.ts';
import { labelKey } from '../../common/remote-write/encode.ts';
import type { Family, Labels } from '../exposition/family.ts';

export interface Scraped {
  readonly families: readonly Family[];
  /** On a monotonic clock. */
  readonly atMs: number;
}

/** One series of a result, without empty labels. */
export interface SeriesValue {
  readonly labels: Labels;
  readonly value: number;
}

export type Evaluate = (expression: Expression) => readonly SeriesValue[];

/** Throws a `RangeError` when the scrapes are not in order of time. */
export function createEvaluate(before: Scraped, after: Scraped): Evaluate {
  const seconds = (after.atMs - before.atMs) / 1000;
  if (!(seconds > 0)) throw new RangeError(`expected the second scrape after the first, got ${seconds} s between them`);
  const first = byName(before.families);
  const second = byName(after.families);

  function evaluate(expression: Expression): readonly SeriesValue[] {
    switch (expression.kind) {
      case 'gauge':
        return select(second.get(expression.family), expression.where);
      case 'counter': {
        const earlier = keyed(select(first.get(expression.family), expression.where));
        return select(second.get(expression.family), expression.where).flatMap(({ labels, value }) => {
          const from = earlier.get(labelKey(labels));
          if (from === undefined) return [];
          // A counter that fell was reset to 0.
          const increase = value < from ? value : value - from;
          return [{ labels, value: increase / seconds }];
        });
      }
      case 'sum':
      case 'count':
      case 'avg':
        return aggregate(evaluate(expression.of), expression.without, expression.kind);
      case 'minus':
        return join(evaluate(expression.left), evaluate(expression.right), (left, right) => left - right);
      case 'plus':
        return join(evaluate(expression.left), evaluate(expression.right), (left, right) => left + right);
      case 'total':
        return addTotals(evaluate(expression.left), evaluate(expression.right));
      case 'percent': {
        const wholes = evaluate(expression.whole).filter(({ value }) => value > 0);
        return join(evaluate(expression.part), wholes, (part, whole) => (100 * part) / whole);
      }
    }
  }
  return evaluate;
}

function byName(families: readonly Family[]): ReadonlyMap<string, Family> {
  return new Map(families.map((family) => [family.name, family]));
}

function select(family: Family | undefined, where: readonly Matcher[]): SeriesValue[] {
  if (family === undefined) return [];
  return family.samples
    .filter(({ labels }) => where.every((matcher) => matches(labels[matcher.label] ?? '', matcher)))
    .map(({ labels, value }) => ({ labels: dropEmpty(labels), value }));
}

/** Regular expressions are anchored: https://prometheus.io/docs/prometheus/latest/querying/basics/#time-series-selectors */
function matches(text: string, { operator, value }: Matcher): boolean {
  switch (operator) {
    case '=':
      return text === value;
    case '!=':
      return text !== value;
    case '=~':
      return new RegExp(`^(?:${value})$`, 's').test(text);
    case '!~':
      return !new RegExp(`^(?:${value})$`, 's').test(text);
  }
}

function aggregate(
  values: readonly SeriesValue[],
  without: readonly string[],
  operation: 'sum' | 'count' | 'avg',
): SeriesValue[] {
  const groups = new Map<string, { readonly labels: Labels; sum: number; count: number }>();
  for (const { labels, value } of values) {
    const grouped = Object.fromEntries(Object.entries(labels).filter(([name]) => !without.includes(name)));
    const group = groups.get(labelKey(grouped)) ?? { labels: grouped, sum: 0, count: 0 };
    group.sum += value;
    group.count += 1;
    groups.set(labelKey(grouped), group);
  }
  const valueOf = {
    sum: ({ sum }: Sums) => sum,
    count: ({ count }: Sums) => count,
    avg: (at: Sums) => at.sum / at.count,
  };
  return [...groups.values()].map((group) => ({ labels: group.labels, value: valueOf[operation](group) }));
}

interface Sums {
  readonly sum: number;
  readonly count: number;
}

/** Matches one to one by all labels and drops series that only one side has. */
function join(
  left: readonly SeriesValue[],
  right: readonly SeriesValue[],
  combine: (left: number, right: number) => number,
): SeriesValue[] {
  const others = keyed(right);
  return left.flatMap(({ labels, value }) => {
    const other = others.get(labelKey(labels));
    return other === undefined ? [] : [{ labels, value: combine(value, other) }];
  });
}

/** Adds series by all labels; a series that only one side has keeps its value. */
function addTotals(left: readonly SeriesValue[], right: readonly SeriesValue[]): SeriesValue[] {
  const others = keyed(right);
  const own = keyed(left);
  const sums = left.map(({ labels, value }) => ({ labels, value: value + (others.get(labelKey(labels)) ?? 0) }));
  return [...sums, ...right.filter(({ labels }) => !own.has(labelKey(labels)))];
}

function keyed(values: readonly SeriesValue[]): ReadonlyMap<string, number> {
  return new Map(values.map(({ labels, value }) => [labelKey(labels), value]));
}

function dropEmpty(labels: Labels): Labels {
  return Object.values(labels).includes('')
    ? Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== ''))
    : labels;
}
