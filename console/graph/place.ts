/** What the graph's address says: `/graph?expr=...&start=...&end=...`, times in RFC 3339 or as the range picker spells them. */

export interface GraphPlace {
  readonly expr: string;
  readonly from: string;
  readonly to: string;
}

export function readGraphPlace(query: URLSearchParams): GraphPlace {
  return {
    expr: query.get('expr') ?? '',
    from: toText(query.get('start')) ?? 'now-1h',
    to: toText(query.get('end')) ?? 'now',
  };
}

export function renderGraphPlace(query: URLSearchParams, { expr, from, to }: GraphPlace): URLSearchParams {
  const next = new URLSearchParams(query);
  next.set('expr', expr);
  next.set('start', from);
  if (to === 'now') next.delete('end');
  else next.set('end', to);
  return next;
}

/** RFC 3339 as milliseconds; anything else as it is, so that what is wrong with it is told where it is read. */
function toText(time: string | null): string | undefined {
  if (time === null || time === '') return undefined;
  const timeMs = /^\d{4}-/.test(time) ? Date.parse(time) : Number.NaN;
  return Number.isNaN(timeMs) ? time : String(timeMs);
}
