/** The metrics page: one scrape rendered for one request, with a limit on how many run at once. */

import type { IncomingMessage } from '../../common/http/node-http.ts';
import type { Log } from '../../common/program/log.ts';
import { expositionContentType } from '../exposition/exposition.ts';
import type { Scrape } from '../scrape.ts';
import type { SelfMetrics } from '../self-metrics.ts';
import { createPageWriter } from './exposition-cache.ts';
import { type Answer, plainText } from './http-response.ts';
import { type KnownCollectors, parseScrapeRequest } from './scrape-request.ts';

export interface MetricsPageOptions {
  readonly scrape: Scrape;
  readonly known: KnownCollectors;
  /** Scrapes at the same time; 0 for no limit. */
  readonly maxRequests: number;
  /** Absent: the page shows the host alone. */
  readonly selfMetrics?: SelfMetrics;
  readonly log: Log;
}

/** Answers the page for a request; never rejects. */
export type MetricsPage = (request: IncomingMessage, query: URLSearchParams | undefined) => Promise<Answer>;

export function createMetricsPage({ scrape, known, maxRequests, selfMetrics, log }: MetricsPageOptions): MetricsPage {
  const writePage = createPageWriter();
  let inFlight = 0;

  async function answer(request: IncomingMessage, query: URLSearchParams | undefined): Promise<Answer> {
    if (maxRequests > 0 && inFlight > maxRequests) {
      return fault(503, `${maxRequests} scrapes are running, the limit of --web.max-requests; try again later`);
    }
    const parsed = parseScrapeRequest(query, request.headers, known);
    if ('fault' in parsed) return fault(400, parsed.fault);
    try {
      const host = await scrape(parsed.options);
      const own = selfMetrics === undefined ? [] : [...selfMetrics.readProcess(), ...(await selfMetrics.readOwn())];
      return { status: 200, contentType: expositionContentType, body: writePage([...host, ...own]) };
    } catch (error) {
      log.error('a scrape failed and was answered 500', { error });
      return fault(500, 'internal error; the log has the details');
    }
  }

  return async (request, query) => {
    inFlight += 1;
    selfMetrics?.inFlight.set(inFlight);
    try {
      const answered = await answer(request, query);
      selfMetrics?.requests.inc({ code: String(answered.status) });
      return answered;
    } finally {
      inFlight -= 1;
      selfMetrics?.inFlight.set(inFlight);
    }
  };
}

function fault(status: number, text: string): Answer {
  return { status, contentType: plainText, body: `${text}\n` };
}
