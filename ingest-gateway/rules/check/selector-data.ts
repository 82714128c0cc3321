/** Finds the start of the data that an expression selects: a rule without data never fires. */
import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import { z } from 'zod';
import type { PrometheusConnection } from '../../../common/prometheus/connection.ts';
import { queryRange } from '../../../common/prometheus/query.ts';

export const selectorData = z.object({
  selector: z.string().meta({ description: 'Several selectors joined by `or` are alternatives.' }),
  from: z.iso.datetime().optional().meta({
    description: 'Time of the first sample in the range; absent if no series matches.',
  }),
});

export type SelectorData = z.output<typeof selectorData>;

/** Each sample is in one window. */
const coarseMs = 5 * 60_000;
const fineMs = 15_000;
/** Limits the queries of one expression. */
const maxGroups = 12;

export interface DataRange {
  readonly prometheus: PrometheusConnection;
  readonly startMs: number;
  readonly endMs: number;
  readonly signal: AbortSignal;
}

/** Returns the distinct selectors in the order of the expression. Throws a `PrometheusError`. */
export async function readSelectorData(expression: string, range: DataRange): Promise<SelectorData[]> {
  const found: SelectorData[] = [];
  for (const alternatives of alternativesOf(expression).slice(0, maxGroups)) {
    const times: number[] = [];
    for (const selector of alternatives) times.push(...(await firstTimes(selector, range)));
    const from = times.length === 0 ? {} : { from: new Date(Math.min(...times)).toISOString() };
    found.push({ selector: alternatives.join(' or '), ...from });
  }
  return found;
}

/** Returns the selectors without which the expression has no value. Selectors joined by `or` form a group of alternatives. */
export function alternativesOf(expression: string): readonly (readonly string[])[] {
  const groups = collect(parser.parse(expression).topNode, expression).map((group) => [...new Set(group)]);
  return [...new Map(groups.map((group) => [group.join(' or '), group])).values()];
}

function collect(node: SyntaxNode, text: string): readonly (readonly string[])[] {
  if (node.name === 'VectorSelector') return [[text.slice(node.from, node.to)]];
  const isOr = node.getChild('Or') !== null;
  const isUnless = node.getChild('Unless') !== null;
  const found: (readonly string[])[] = [];
  for (let child = node.firstChild; child !== null && child.name !== 'Unless'; child = child.nextSibling)
    found.push(...collect(child, text));
  return isOr && !isUnless && found.length > 0 ? [found.flat()] : found;
}

/** Returns at most one time. `last_over_time` also finds series that exist only between two steps. */
async function firstTimes(selector: string, { startMs, endMs, ...query }: DataRange): Promise<readonly number[]> {
  const firstOf = async (expression: string, range: Omit<Parameters<typeof queryRange>[1], 'expression'>) => {
    const [series] = await queryRange(query.prometheus, { ...range, expression });
    return series?.points[0]?.[0];
  };
  const { signal } = query;
  const coarse = `count(last_over_time(${selector}[${coarseMs / 1_000}s]))`;
  const window = await firstOf(coarse, { startMs, endMs: endMs + coarseMs, stepMs: coarseMs, signal });
  if (window === undefined) return [];
  if (window <= startMs) return [startMs];
  const fine = { startMs: window - coarseMs, endMs: window, stepMs: fineMs, signal };
  return [(await firstOf(`count(last_over_time(${selector}[${fineMs / 1_000}s]))`, fine)) ?? window];
}
