/** Tracks which hosts Prometheus scrapes. A host is scraped or pushes, never both. */
import type { Log } from '../../common/program/log.ts';
import type { PrometheusConnection } from '../../common/prometheus/connection.ts';

/** Label `job` of every host's series, scraped or pushed: docs/decisions/identity.md. */
export const hostJob = 'node';

export interface ScrapedHosts {
  has(host: string): boolean;
  /** Returns whether a target of that job and instance is scraped, such as one of hostpulse's own programs. */
  hasTarget(job: string, instance: string): boolean;
  /** Returns the scraped targets: job and instance with a line feed in between. The same set until the next change. */
  targets(): ReadonlySet<string>;
  /** Returns the URLs that Prometheus scrapes, by host. */
  urls(): ReadonlyMap<string, string>;
  /** False until Prometheus responded for the first time. */
  isKnown(): boolean;
  /** Reads the list now, then every few seconds. */
  start(): void;
  stop(): void;
}

const noTargets: ReadonlySet<string> = new Set();
const noUrls: ReadonlyMap<string, string> = new Map();
const intervalMs = 10_000;
/** Interval until the first response. */
const firstIntervalMs = 500;

export interface ScrapedHostsOptions {
  readonly prometheus: PrometheusConnection;
  readonly log: Log;
}

export function createScrapedHosts({ prometheus, log }: ScrapedHostsOptions): ScrapedHosts {
  let targets: ScrapedTargets | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  async function update(): Promise<void> {
    try {
      const found = await readScrapedTargets(prometheus);
      const known = targets?.hosts;
      const added = known === undefined ? [] : [...found.hosts.keys()].filter((host) => !known.has(host));
      if (added.length > 0) log.info('Prometheus scrapes further hosts; their pushes are rejected', { hosts: added });
      targets = found;
    } catch (error) {
      // The known list stays: an unreachable Prometheus scrapes no further hosts.
      log.debug('the list of scraped hosts cannot be read', { error });
    }
    if (!isStopped) timer = setTimeout(() => void update(), targets === undefined ? firstIntervalMs : intervalMs);
  }

  return {
    has: (host) => targets?.hosts.has(host) ?? false,
    hasTarget: (job, instance) => targets?.all.has(keyOf(job, instance)) ?? false,
    targets: () => targets?.all ?? noTargets,
    urls: () => targets?.hosts ?? noUrls,
    isKnown: () => targets !== undefined,
    start: () => void update(),
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

interface ActiveTarget {
  readonly labels?: Readonly<Record<string, string>>;
  readonly scrapeUrl?: string;
}

interface TargetsResponse {
  readonly data?: { readonly activeTargets?: readonly ActiveTarget[] };
}

/** Active targets. */
interface ScrapedTargets {
  /** Instances of the job of hosts, with the URLs that Prometheus scrapes. */
  readonly hosts: ReadonlyMap<string, string>;
  /** The targets of every job. */
  readonly all: ReadonlySet<string>;
}

function keyOf(job: string, instance: string): string {
  return `${job}\n${instance}`;
}

/** Returns no targets for a backend without them (404). Throws when Prometheus does not respond. */
async function readScrapedTargets(prometheus: PrometheusConnection): Promise<ScrapedTargets> {
  const { status, body } = await prometheus.call({
    method: 'GET',
    path: '/api/v1/targets',
    parameters: new URLSearchParams({ state: 'active' }),
  });
  if (status === 404) return { hosts: new Map(), all: new Set() };
  if (status !== 200) throw new Error(`/api/v1/targets: expected status 200, got ${status}`);
  const { data } = JSON.parse(body.toString('utf8')) as TargetsResponse;
  const active = (data?.activeTargets ?? []).map(({ labels = {}, scrapeUrl = '' }) => ({ labels, scrapeUrl }));
  return {
    hosts: new Map(
      active.flatMap(({ labels: { job, instance }, scrapeUrl }) =>
        job === hostJob && instance !== undefined ? [[instance, scrapeUrl] as const] : [],
      ),
    ),
    all: new Set(active.map(({ labels: { job = '', instance = '' } }) => keyOf(job, instance))),
  };
}
