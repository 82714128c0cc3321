/** One scrape, the whole story: every collector runs within its time limit, alone in its failure, and is timed. */

import type { Log } from '../common/program/log.ts';
import { type CollectorOutcome, createCollectorRun } from './collector/collector-run.ts';
import { startTimeLimit } from './collector/time-limit.ts';
import type { EnabledCollector } from './enabled-collectors.ts';
import type { Family, Sample } from './exposition/family.ts';
import { mergeFamilies } from './exposition/merge.ts';

export interface ScrapeOptions {
  /** Which of the enabled collectors to run; all when absent. */
  readonly wants?: (collector: string) => boolean;
  /** What the collectors may take together. */
  readonly limitMs: number;
}

/** Answers the families of one scrape. Never rejects for a collector's fault; scrapes may overlap. */
export type Scrape = (options: ScrapeOptions) => Promise<readonly Family[]>;

export function createScrape(collectors: readonly EnabledCollector[], log: Log): Scrape {
  const runs = collectors.map((collector) => createCollectorRun(collector, log));
  const reported = new Set<string>();
  const onConflict = (family: string, reason: string): void => {
    if (reported.has(family)) return;
    reported.add(family);
    log.warn('part of a family is left out', { family, reason });
  };
  return async ({ wants, limitMs }) => {
    const limit = startTimeLimit(limitMs);
    try {
      const wanted = wants === undefined ? runs : runs.filter(({ name }) => wants(name));
      const outcomes = await Promise.all(wanted.map((run) => run.start(limit)));
      return mergeFamilies([...outcomes.flatMap(({ families }) => families), ...scrapeFamilies(outcomes)], onConflict);
    } finally {
      limit.end();
    }
  };
}

/** How each collector did, under node_exporter's names: alerts on them work unmodified. */
function scrapeFamilies(outcomes: readonly CollectorOutcome[]): Family[] {
  const gauge = (name: string, help: string, valueOf: (outcome: CollectorOutcome) => number): Family => ({
    name,
    help,
    type: 'gauge',
    samples: outcomes.map((outcome): Sample => ({ labels: { collector: outcome.name }, value: valueOf(outcome) })),
  });
  return [
    gauge(
      'node_scrape_collector_duration_seconds',
      'node_exporter: Duration of a collector scrape.',
      ({ seconds }) => seconds,
    ),
    gauge('node_scrape_collector_success', 'node_exporter: Whether a collector succeeded.', ({ isSuccess }) =>
      isSuccess ? 1 : 0,
    ),
  ];
}
