/** Runs one scrape: starts the collectors within a shared time limit, isolates their failures and measures their durations. */
import type { Log } from '../common/program/log.ts';
import type { EnabledCollector } from './collector/collector.ts';
import {
  counter,
  createConflictLog,
  createMergeFamilies,
  type Family,
  gauge,
  type Labels,
  type Sample,
} from './exposition/family.ts';

export interface ScrapeOptions {
  /** Selects among the enabled collectors. Absent: all of them run. */
  readonly isWanted?: (collector: string) => boolean;
  /** Time limit of the scrape: a collector without a result by then fails. */
  readonly limitMs: number;
}

/** Returns the families of one scrape. Never rejects when a collector fails. Scrapes may overlap. */
export type Scrape = (options: ScrapeOptions) => Promise<readonly Family[]>;

export function createScrape(collectors: readonly EnabledCollector[], log: Log): Scrape {
  const runs = collectors.map((collector) => createCollectorRun(collector, log));
  const merge = createMergeFamilies(createConflictLog(log));
  return async ({ isWanted, limitMs }) => {
    const limit = startTimeLimit(limitMs);
    try {
      const wanted = isWanted === undefined ? runs : runs.filter(({ name }) => isWanted(name));
      const starts = wanted.map((run) => run.start(limit));
      const outcomes: CollectorOutcome[] = [];
      // Most collectors return at once, and a promise for each costs more than some reads.
      for (const each of starts) outcomes.push(each instanceof Promise ? await each : each);
      return merge([...outcomes.flatMap(({ families }) => families), ...scrapeFamilies(outcomes)], []);
    } finally {
      limit.end();
    }
  };
}

const partialErrorsName = 'hostpulse_collector_partial_errors_total';
const partialErrorsHelp = 'Values that a collector omitted because they cannot be read or parsed.';

/** Returns duration, success and partial errors of each collector. Duration and success have node_exporter's names, so that alerts on these metrics work unmodified. */
function scrapeFamilies(outcomes: readonly CollectorOutcome[]): Family[] {
  const durations: Sample[] = [];
  const successes: Sample[] = [];
  const partialErrors: Sample[] = [];
  for (const { run, seconds, isSuccess } of outcomes) {
    const { labels } = run;
    durations.push({ labels, value: seconds });
    successes.push({ labels, value: isSuccess ? 1 : 0 });
    if (run.partialErrors !== undefined) partialErrors.push({ labels, value: run.partialErrors() });
  }
  return [
    gauge('node_scrape_collector_duration_seconds', 'node_exporter: Duration of a collector scrape.', durations),
    gauge('node_scrape_collector_success', 'node_exporter: Whether a collector succeeded.', successes),
    ...(partialErrors.length === 0 ? [] : [counter(partialErrorsName, partialErrorsHelp, partialErrors)]),
  ];
}

/** The result of one run of a collector. */
interface CollectorOutcome {
  readonly run: CollectorRun;
  /** False also when the host has no data for the collector, as in node_exporter. */
  readonly isSuccess: boolean;
  readonly seconds: number;
  readonly families: readonly Family[];
}

interface CollectorRun {
  readonly name: string;
  /** The label of the collector's own metrics. */
  readonly labels: Labels;
  readonly partialErrors: (() => number) | undefined;
  /** Never throws or rejects. */
  start(limit: TimeLimit): CollectorOutcome | Promise<CollectorOutcome>;
}

/**
 * Guarantees that a collector has at most one read in flight. Overlapping scrapes share the read. When a read exceeds its
 * time limit, the collector fails every scrape immediately until the read settles.
 */
function createCollectorRun({ name, read, partialErrors }: EnabledCollector, log: Log): CollectorRun {
  const run: CollectorRun = { name, labels: { collector: name }, partialErrors, start };
  let inFlight: Promise<readonly Family[]> | undefined;
  let isOverdue = false;
  let hasFailed = false;

  function start(limit: TimeLimit): CollectorOutcome | Promise<CollectorOutcome> {
    const startedMs = performance.now();
    if (isOverdue) return failed(new Error('still busy with an earlier scrape'), startedMs);
    try {
      const reading = inFlight ?? read(limit.signal);
      return reading instanceof Promise ? settled(within(limit, reading), startedMs) : succeeded(reading, startedMs);
    } catch (error) {
      return failed(error, startedMs);
    }
  }

  async function settled(reading: Promise<readonly Family[]>, startedMs: number): Promise<CollectorOutcome> {
    try {
      return succeeded(await reading, startedMs);
    } catch (error) {
      return failed(error, startedMs);
    }
  }

  async function within(limit: TimeLimit, reading: Promise<readonly Family[]>): Promise<readonly Family[]> {
    inFlight ??= reading.finally(() => {
      inFlight = undefined;
      isOverdue = false;
    });
    const first = await Promise.race([inFlight, limit.expired()]);
    if (first !== timedOut) return first;
    isOverdue = inFlight !== undefined;
    throw new Error(`no result within ${limit.limitMs} ms`);
  }

  function succeeded(families: readonly Family[], startedMs: number): CollectorOutcome {
    const seconds = secondsSince(startedMs);
    if (hasFailed) log.info('collector recovered', { collector: name });
    hasFailed = false;
    return { run, isSuccess: families.length > 0, seconds, families };
  }

  /** Logs the first error of a series of failures: an error that alternates with "still busy" is one failure to an operator. */
  function failed(error: unknown, startedMs: number): CollectorOutcome {
    const seconds = secondsSince(startedMs);
    if (!hasFailed) log.error('collector failed; its series are missing until it recovers', { collector: name, error });
    hasFailed = true;
    return { run, isSuccess: false, seconds, families: [] };
  }

  return run;
}

function secondsSince(startedMs: number): number {
  return (performance.now() - startedMs) / 1_000;
}

/** The time limit that the collectors of one scrape share. */
interface TimeLimit {
  readonly limitMs: number;
  /** Aborts when the time limit is exceeded. */
  readonly signal: AbortSignal;
  /** Resolves when the time limit is exceeded; stays pending after `end`. The first call starts the timer. */
  expired(): Promise<typeof timedOut>;
  /** Stops the timer. Idempotent. */
  end(): void;
}

const timedOut: unique symbol = Symbol('timed out');

/** Starts a time limit. Most scrapes need no timer, because their collectors return without waiting. */
function startTimeLimit(limitMs: number): TimeLimit {
  const startedMs = performance.now();
  const controller = new AbortController();
  const expiry = Promise.withResolvers<typeof timedOut>();
  let timer: NodeJS.Timeout | undefined;
  let hasEnded = false;
  return {
    limitMs,
    signal: controller.signal,
    expired() {
      if (timer === undefined && !hasEnded) {
        const expire = (): void => {
          expiry.resolve(timedOut);
          controller.abort(new Error(`time limit of ${limitMs} ms exceeded`));
        };
        timer = setTimeout(expire, limitMs - (performance.now() - startedMs));
      }
      return expiry.promise;
    },
    end() {
      hasEnded = true;
      clearTimeout(timer);
    },
  };
}
