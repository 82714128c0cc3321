/** Returns the links of an alert to its silence form, graph and host. */
import { matchersOf, renderMatchers } from '../../common/alertmanager/matchers.ts';
import { graphPath, hostPath, newSilencePath } from '../../common/page/paths.ts';
import type { Labels } from '../api/promql.ts';

/** Time shown before and after an alert. */
export const marginMs = 30 * 60_000;

/** Returns the address of a silence form with exactly the given labels. */
export function silencePathOf(labels: Labels): string {
  return newSilencePath(renderMatchers(matchersOf(labels)));
}

interface Spanned {
  readonly annotations: Labels;
  readonly starts_at: string;
  readonly ends_at?: string;
}

/** Returns the address of the graph around the alert. Undefined if the rule has no annotation `expr`. */
export function tryGraphPath({ annotations, starts_at, ends_at }: Spanned): string | undefined {
  const { expr } = annotations;
  if (expr === undefined) return undefined;
  const start = new Date(Date.parse(starts_at) - marginMs).toISOString();
  return graphPath({
    expr,
    start,
    ...(ends_at === undefined ? {} : { end: new Date(Date.parse(ends_at) + marginMs).toISOString() }),
  });
}

/** Returns the address of the host's dashboard for the time of the alert. */
export function hostPathAround(host: string, { starts_at, ends_at }: Omit<Spanned, 'annotations'>): string {
  const from = Date.parse(starts_at) - marginMs;
  const to = ends_at === undefined ? 'now' : String(Date.parse(ends_at) + marginMs);
  return `${hostPath(host)}?${new URLSearchParams({ from: String(from), to })}`;
}
