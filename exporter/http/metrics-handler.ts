/** Serves the metrics endpoint: parses a scrape request, runs the scrape and renders the exposition. */
import type { IncomingHttpHeaders, IncomingMessage } from '../../common/http/node-http.ts';
import type { Log } from '../../common/program/log.ts';
import type { CollectorNames } from '../enabled-collectors.ts';
import { createExpositionRenderer } from '../exposition/exposition.ts';
import { createConflictLog, createMergeFamilies } from '../exposition/family.ts';
import type { Scrape, ScrapeOptions } from '../scrape.ts';
import type { SelfMetrics } from '../self-metrics.ts';
import { type HttpResponse, negotiateFormat, plainText } from './http-response.ts';

export interface MetricsHandlerOptions {
  readonly scrape: Scrape;
  readonly collectorNames: () => CollectorNames;
  /** Limit of concurrent scrapes; 0 for no limit. */
  readonly maxRequests: number;
  /** Absent: the exposition has the host's metrics only. */
  readonly selfMetrics?: SelfMetrics;
  readonly log: Log;
}

/** Returns the response to a scrape request. Never rejects. */
export type MetricsHandler = (request: IncomingMessage, query: URLSearchParams | undefined) => Promise<HttpResponse>;

export function createMetricsHandler(options: MetricsHandlerOptions): MetricsHandler {
  const { scrape, collectorNames, maxRequests, selfMetrics, log } = options;
  const render = createExpositionRenderer();
  const merge = createMergeFamilies(createConflictLog(log));
  let inFlight = 0;

  async function respond(request: IncomingMessage, query: URLSearchParams | undefined): Promise<HttpResponse> {
    if (maxRequests > 0 && inFlight > maxRequests)
      return failure(503, `limit of concurrent scrapes reached (--web.max-requests=${maxRequests}); try again later`);
    const parsed = parseScrapeRequest(query, request.headers, collectorNames());
    if ('fault' in parsed) return failure(400, parsed.fault);
    try {
      const host = await scrape(parsed.options);
      const own = selfMetrics === undefined ? [] : selfMetrics.read();
      const format = negotiateFormat(request.headers.accept);
      return { status: 200, contentType: format.contentType, body: render(merge(host, own), format) };
    } catch (error) {
      log.error('scrape failed; responded with status 500', { error });
      return failure(500, 'internal error; see the log of the exporter');
    }
  }

  return async (request, query) => {
    inFlight += 1;
    selfMetrics?.startRequest();
    try {
      const response = await respond(request, query);
      selfMetrics?.countResponse(response.status);
      return response;
    } finally {
      inFlight -= 1;
      selfMetrics?.endRequest();
    }
  };
}

function failure(status: number, text: string): HttpResponse {
  return { status, contentType: plainText, body: [`${text}\n`] };
}

/** Below the usual scrape interval of 5 s: Prometheus drops a response that arrives after its own timeout. */
const defaultLimitMs = 4_000;
/** Reserved for rendering and sending the response. */
const reserveMs = 500;

/**
 * Parses the parameters of a scrape request; `fault` is the text of a response with status 400.
 * As in node_exporter, `collect[]` selects collectors and rejects unknown names; `exclude[]` deselects collectors and ignores
 * unknown names. The name of a collector that is off, or that only node_exporter has, is not a fault: the response has no series of
 * this collector.
 */
export function parseScrapeRequest(
  query: URLSearchParams | undefined,
  headers: IncomingHttpHeaders,
  { all }: CollectorNames,
): { readonly options: ScrapeOptions } | { readonly fault: string } {
  const limitMs = parseLimit(headers['x-prometheus-scrape-timeout-seconds']);
  const collect = query?.getAll('collect[]') ?? [];
  const exclude = query?.getAll('exclude[]') ?? [];
  if (collect.length > 0 && exclude.length > 0) return { fault: 'collect[] and exclude[] cannot be combined' };
  if (collect.length > 0) {
    for (const name of collect) {
      if (!all.has(name)) return { fault: `collect[]: unknown collector "${name}"` };
    }
    return { options: { limitMs, isWanted: (name) => collect.includes(name) } };
  }
  if (exclude.length > 0) return { options: { limitMs, isWanted: (name) => !exclude.includes(name) } };
  return { options: { limitMs } };
}

/** Returns the time limit of the collectors: the default, or less when Prometheus announces a shorter timeout. */
function parseLimit(header: string | string[] | undefined): number {
  const timeoutMs = Number(header) * 1_000;
  return timeoutMs > reserveMs ? Math.min(defaultLimitMs, timeoutMs - reserveMs) : defaultLimitMs;
}
