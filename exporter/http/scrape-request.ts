/** What a request for metrics asks of the scrape: `collect[]`, `exclude[]` and the time that Prometheus waits. */
import type { IncomingHttpHeaders } from '../../common/http/node-http.ts';
import type { ScrapeOptions } from '../scrape.ts';

/** Faults of the request are texts for a 400, in node_exporter's sense. */
export type ParsedScrapeRequest = { readonly options: ScrapeOptions } | { readonly fault: string };

/** A collector's time limit, below the usual scrape interval of 5 s: a late page is a page lost. */
const defaultLimitMs = 4_000;
/** Left for writing and sending the page. */
const reserveMs = 500;

export interface KnownCollectors {
  /** Every collector that there is. */
  readonly all: ReadonlySet<string>;
  readonly enabled: ReadonlySet<string>;
}

/**
 * `collect[]` runs the named collectors only, `exclude[]` all but the named; a name that is unknown or turned off is a
 * fault in the first and nothing in the second, as in node_exporter.
 */
export function parseScrapeRequest(
  query: URLSearchParams | undefined,
  headers: IncomingHttpHeaders,
  { all, enabled }: KnownCollectors,
): ParsedScrapeRequest {
  const limitMs = parseLimit(headers['x-prometheus-scrape-timeout-seconds']);
  const collect = query?.getAll('collect[]') ?? [];
  const exclude = query?.getAll('exclude[]') ?? [];
  if (collect.length > 0 && exclude.length > 0) return { fault: 'collect[] and exclude[] cannot be combined' };
  if (collect.length > 0) {
    for (const name of collect) {
      if (!all.has(name)) return { fault: `collect[]: there is no collector "${name}"` };
      if (!enabled.has(name)) return { fault: `collect[]: the collector "${name}" is disabled` };
    }
    return { options: { limitMs, wants: (name) => collect.includes(name) } };
  }
  if (exclude.length > 0) return { options: { limitMs, wants: (name) => !exclude.includes(name) } };
  return { options: { limitMs } };
}

/** Prometheus says how long it waits; a shorter wait than ours shortens the limit. */
function parseLimit(header: string | string[] | undefined): number {
  const waitsMs = Number(header) * 1_000;
  return waitsMs > reserveMs ? Math.min(defaultLimitMs, waitsMs - reserveMs) : defaultLimitMs;
}
