/** Tracks which hosts Prometheus scrapes. A host is scraped or pushes, never both. */
import type { Log } from '../../common/program/log.ts';
import type { PrometheusConnection } from '../../common/prometheus/connection.ts';

/** Label `job` of every host's series, scraped or pushed: docs/decisions/identity.md. */
export const hostJob = 'node';

export interface ScrapedHosts {
  has(host: string): boolean;
  /** False until Prometheus responded for the first time. */
  isKnown(): boolean;
  /** Reads the list now, then every few seconds. */
  start(): void;
  stop(): void;
}

const intervalMs = 10_000;
/** Interval until the first response. */
const firstIntervalMs = 500;

export interface ScrapedHostsOptions {
  readonly prometheus: PrometheusConnection;
  readonly log: Log;
}

export function createScrapedHosts({ prometheus, log }: ScrapedHostsOptions): ScrapedHosts {
  let hosts: ReadonlySet<string> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  async function update(): Promise<void> {
    try {
      const found = await readScrapedHosts(prometheus);
      const added = hosts === undefined ? [] : [...found].filter((host) => !hosts?.has(host));
      if (added.length > 0) log.info('Prometheus scrapes further hosts; their pushes are rejected', { hosts: added });
      hosts = found;
    } catch (error) {
      // The known list stays: an unreachable Prometheus scrapes no further hosts.
      log.debug('the list of scraped hosts cannot be read', { error });
    }
    if (!isStopped) timer = setTimeout(() => void update(), hosts === undefined ? firstIntervalMs : intervalMs);
  }

  return {
    has: (host) => hosts?.has(host) ?? false,
    isKnown: () => hosts !== undefined,
    start: () => void update(),
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

interface TargetsResponse {
  readonly data?: { readonly activeTargets?: readonly { readonly labels?: Readonly<Record<string, string>> }[] };
}

/** Returns no hosts for a backend without targets (404). Throws when Prometheus does not respond. */
export async function readScrapedHosts(prometheus: PrometheusConnection): Promise<ReadonlySet<string>> {
  const { status, body } = await prometheus.call({
    method: 'GET',
    path: '/api/v1/targets',
    parameters: new URLSearchParams({ state: 'active' }),
  });
  if (status === 404) return new Set();
  if (status !== 200) throw new Error(`/api/v1/targets: expected status 200, got ${status}`);
  const { data } = JSON.parse(body.toString('utf8')) as TargetsResponse;
  const targets = (data?.activeTargets ?? []).filter(({ labels }) => labels?.['job'] === hostJob);
  return new Set(targets.flatMap(({ labels }) => labels?.['instance'] ?? []));
}
