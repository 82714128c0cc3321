/** Interpolates variables and macros in Grafana's notations: `$name`, `${name}`, `${name:format}`. */
import { formatDuration, type TimeRange } from '../../../common/dashboard/interval.ts';
import { promqlValue, type Selection } from '../../../common/dashboard/selection.ts';

/** Values of `$__interval` and related macros. Only for queries of panels. */
interface StepMacros {
  readonly stepMs: number;
  readonly rateIntervalMs: number;
}

export interface Scope {
  readonly range: TimeRange;
  readonly selection: Selection;
  readonly steps?: StepMacros;
}

const reference = /\$(\w+)|\$\{(\w+)(?::([\w:]+))?\}/g;

/** Leaves unknown names unchanged, as Grafana does. */
export function interpolate(text: string, scope: Scope): string {
  const macros = macrosOf(scope);
  return text.replace(reference, (match, bare?: string, braced?: string, format?: string) => {
    const name = bare ?? braced ?? '';
    const chosen = scope.selection.get(name);
    if (chosen !== undefined) return promqlValue(chosen);
    return macros.get(format === undefined ? name : `${name}:${format}`) ?? match;
  });
}

/** Returns the names of variables and macros that the text refers to, without formats and duplicates. */
export function referencesIn(text: string): readonly string[] {
  return [...new Set([...text.matchAll(reference)].map(([, bare, braced]) => bare ?? braced ?? ''))];
}

function macrosOf({ range, steps }: Scope): ReadonlyMap<string, string> {
  const rangeMs = range.toMs - range.fromMs;
  const rangeSeconds = Math.round(rangeMs / 1_000);
  const macros = new Map([
    ['__from', String(range.fromMs)],
    ['__to', String(range.toMs)],
    ['__from:date:seconds', String(Math.round(range.fromMs / 1_000))],
    ['__to:date:seconds', String(Math.round(range.toMs / 1_000))],
    ['__range', `${rangeSeconds}s`],
    ['__range_s', String(rangeSeconds)],
    ['__range_ms', String(rangeMs)],
  ]);
  if (steps === undefined) return macros;
  const { stepMs, rateIntervalMs } = steps;
  return macros
    .set('__interval', formatDuration(stepMs))
    .set('__interval_ms', String(stepMs))
    .set('__rate_interval', formatDuration(rateIntervalMs))
    .set('__rate_interval_ms', String(rateIntervalMs));
}
