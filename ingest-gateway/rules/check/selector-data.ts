/** Whether anything has what an expression selects, and since when: an expression of nothing never fires, whatever its threshold. */
import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import { z } from 'zod';
import type { PrometheusConnection } from '../../../common/prometheus/connection.ts';
import { queryRange } from '../../../common/prometheus/query.ts';

export const selectorData = z.object({
  selector: z.string().meta({ description: 'Several with `or` between them: one will do.' }),
  from: z.iso.datetime().optional().meta({
    description:
      "The first sample's time, or the range's start where there are earlier ones; absent: no series matches.",
  }),
});

export type SelectorData = z.output<typeof selectorData>;

/** Wide enough to meet every sample once. */
const coarseMs = 5 * 60_000;
const fineMs = 15_000;
/** Of an expression with more only the first are looked at. */
const maxGroups = 12;

export interface DataRange {
  readonly prometheus: PrometheusConnection;
  readonly startMs: number;
  readonly endMs: number;
  readonly signal: AbortSignal;
}

/** In the order of the expression, each once. Throws a `PrometheusError`. */
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

/** The selectors without which the expression has no value; of those with `or` between them one will do. */
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

/** At most one. `last_over_time` sees series that came and went between two steps, too. */
async function firstTimes(selector: string, { startMs, endMs, ...asked }: DataRange): Promise<readonly number[]> {
  const firstOf = async (expression: string, query: Omit<Parameters<typeof queryRange>[1], 'expression'>) => {
    const [series] = await queryRange(asked.prometheus, { ...query, expression });
    return series?.points[0]?.[0];
  };
  const { signal } = asked;
  const coarse = `count(last_over_time(${selector}[${coarseMs / 1_000}s]))`;
  const window = await firstOf(coarse, { startMs, endMs: endMs + coarseMs, stepMs: coarseMs, signal });
  if (window === undefined) return [];
  if (window <= startMs) return [startMs];
  const fine = { startMs: window - coarseMs, endMs: window, stepMs: fineMs, signal };
  return [(await firstOf(`count(last_over_time(${selector}[${fineMs / 1_000}s]))`, fine)) ?? window];
}
