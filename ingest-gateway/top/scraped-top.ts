/**
 * Fetches the busiest processes of scraped hosts from their exporters, so that scraped hosts have the records that pushing hosts send.
 *
 * An exporter keeps ten minutes of records and is asked every two minutes, so that a few failed fetches lose nothing. Fetches run in
 * parallel up to a limit, and an exporter that fails or has no records is asked less often: a slow host delays no other.
 */
import { readFileSync } from 'node:fs';
import { Agent as HttpsAgent } from 'node:https';
import axios from 'axios';
import { Counter, type Registry } from 'prom-client';
import { type Log, messageOf } from '../../common/program/log.ts';
import type { BasicAuth } from '../../common/prometheus/connection.ts';
import { createLeaderLease } from '../../common/store/leases.ts';
import type { Database } from '../../common/store/schema.ts';
import { hostName } from '../schema/fields.ts';
import { topMinutes } from './schema.ts';
import type { TopRecords } from './top-records.ts';

export interface ScrapedTop {
  start(): void;
  /** Ends fetches that are under way. Idempotent. */
  stop(): Promise<void>;
  /** Fetches from the exporters that are due. `start` calls it every few seconds. */
  run(): Promise<void>;
}

export interface ScrapedTopOptions {
  readonly db: Database;
  readonly records: Pick<TopRecords, 'store'>;
  /** Returns the URLs of `/metrics` by host. */
  readonly scrapeUrls: () => ReadonlyMap<string, string>;
  readonly caFile: string | undefined;
  readonly basicAuth: BasicAuth | undefined;
  readonly registry: Registry;
  readonly log: Log;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Tests replace it. */
  readonly timeoutMs?: number;
}

const outcomes = ['ok', 'absent', 'failed'] as const;
type Outcome = (typeof outcomes)[number];

const runIntervalMs = 5_000;
const fetchIntervalMs = 120_000;
const longestIntervalMs = 1_800_000;
/** Until an exporter without records, such as node_exporter, is asked again. */
const absentIntervalMs = 900_000;
const maxParallel = 8;
const leaseMs = 30_000;
/** Ten records with command lines have 100 KiB. */
const maxBytes = 512 * 1_024;

interface Target {
  dueMs: number;
  failures: number;
  /** The end of the newest stored record. */
  newestMs: number;
  isUnderWay: boolean;
}

export function createScrapedTop(options: ScrapedTopOptions): ScrapedTop {
  const { db, records, scrapeUrls, registry, log, now, timeoutMs = 5_000 } = options;
  const targets = new Map<string, Target>();
  const lease = createLeaderLease({ db, name: 'top', lifetimeMs: leaseMs, now, claimIn: 'shared databases' });
  const counter = new Counter({
    name: 'hostpulse_gateway_top_fetches_total',
    help: 'Fetches of the busiest processes of scraped hosts, by outcome: ok, absent (the exporter keeps none), failed.',
    labelNames: ['outcome'] as const,
    registers: [registry],
  });
  for (const outcome of outcomes) counter.inc({ outcome }, 0);
  const stopping = new AbortController();
  const underWay = new Set<Promise<void>>();
  const fetchMinutes = createFetch(options, timeoutMs);
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();

  /** Follows the list of targets. First fetches are spread over the interval. */
  function updateTargets(urls: ReadonlyMap<string, string>): void {
    for (const host of targets.keys()) if (!urls.has(host)) targets.delete(host);
    let place = 0;
    for (const host of urls.keys()) {
      place += 1;
      if (targets.has(host) || !hostName.safeParse(host).success) continue;
      const waitMs = urls.size <= maxParallel ? 0 : (fetchIntervalMs * place) / urls.size;
      targets.set(host, { dueMs: now() + waitMs, failures: 0, newestMs: 0, isUnderWay: false });
    }
  }

  async function run(): Promise<void> {
    if (!(await lease.claim())) return;
    const urls = scrapeUrls();
    updateTargets(urls);
    const due = [...targets]
      .filter(([, target]) => !target.isUnderWay && target.dueMs <= now())
      .sort(([, a], [, b]) => a.dueMs - b.dueMs);
    for (const [host, target] of due) {
      if (underWay.size >= maxParallel || stopping.signal.aborted) return;
      target.isUnderWay = true;
      const work = fetchOne({ host, url: urls.get(host) as string, target }).finally(() => {
        target.isUnderWay = false;
        underWay.delete(work);
      });
      underWay.add(work);
    }
  }

  async function fetchOne({ host, url, target }: { host: string; url: string; target: Target }): Promise<void> {
    let outcome: Outcome;
    try {
      outcome = (await fetchInto({ host, url, target })) ? 'ok' : 'absent';
    } catch (error) {
      if (stopping.signal.aborted) return;
      outcome = 'failed';
      log.debug('the busiest processes of a host were not fetched; a later fetch tries again', {
        host,
        error: messageOf(error),
      });
    }
    counter.inc({ outcome });
    target.failures = outcome === 'failed' ? target.failures + 1 : 0;
    const failedMs = Math.min(fetchIntervalMs * 2 ** Math.max(0, target.failures - 2), longestIntervalMs);
    target.dueMs = now() + { ok: fetchIntervalMs, absent: absentIntervalMs, failed: failedMs }[outcome];
  }

  /** Stores the records that are new. Returns false when the exporter keeps none. */
  async function fetchInto({ host, url, target }: { host: string; url: string; target: Target }): Promise<boolean> {
    const { status, body } = await fetchMinutes(minutesUrl(url), stopping.signal);
    if (status === 404 || status === 405) return false;
    if (status !== 200) throw new Error(`expected status 200, got ${status}`);
    const { records: found } = topMinutes.parse(JSON.parse(body));
    const fresh = found.filter(({ to_ms: toMs }) => toMs > target.newestMs);
    if (fresh.length === 0) return true;
    await records.store(host, fresh);
    target.newestMs = Math.max(...fresh.map(({ to_ms: toMs }) => toMs));
    return true;
  }

  function schedule(): void {
    if (stopping.signal.aborted) return;
    timer = setTimeout(() => {
      running = run()
        .catch((error: unknown) => log.debug('the processes of scraped hosts were not fetched', { error }))
        .finally(schedule);
    }, runIntervalMs);
  }

  return {
    start: schedule,
    async run() {
      await run();
      await Promise.all(underWay);
    },
    async stop() {
      if (stopping.signal.aborted) return;
      stopping.abort();
      clearTimeout(timer);
      await running;
      await Promise.all(underWay);
      await lease.release().catch((error: unknown) => log.debug('the lease was not released; it expires', { error }));
    },
  };
}

/** Returns the URL of the records beside that of the metrics. */
export function minutesUrl(scrapeUrl: string): string {
  const url = new URL(scrapeUrl);
  url.pathname = `${url.pathname.slice(0, url.pathname.lastIndexOf('/'))}/api/top/minutes`;
  url.search = '';
  return url.href;
}

/** Credentials are sent to the target alone: redirects are not followed. */
function createFetch({ caFile, basicAuth }: ScrapedTopOptions, timeoutMs: number) {
  const httpsAgent = new HttpsAgent({ ...(caFile !== undefined && { ca: readFileSync(caFile) }) });
  const client = axios.create({
    httpsAgent,
    proxy: false,
    maxRedirects: 0,
    maxContentLength: maxBytes,
    responseType: 'text',
    transformResponse: [],
    validateStatus: () => true,
    headers: { 'User-Agent': 'hostpulse', Accept: 'application/json' },
    ...(basicAuth && { auth: { username: basicAuth.username, password: basicAuth.password.reveal() } }),
  });
  return async (url: string, stopped: AbortSignal): Promise<{ readonly status: number; readonly body: string }> => {
    const limit = new AbortController();
    const end = () => limit.abort();
    const timer = setTimeout(end, timeoutMs);
    stopped.addEventListener('abort', end);
    try {
      const { status, data } = await client.get<string>(url, { signal: limit.signal });
      return { status, body: data };
    } catch (cause) {
      const { code = 'no answer' } = cause as { readonly code?: string };
      throw new Error(`${url}: no answer within ${timeoutMs} ms (${code})`); // axios' error holds the password
    } finally {
      clearTimeout(timer);
      stopped.removeEventListener('abort', end);
    }
  };
}
