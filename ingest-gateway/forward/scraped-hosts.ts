/** The hosts that Prometheus scrapes, asked every few seconds: a host is scraped or pushed, never both. */
import type { Log } from '../../common/program/log.ts';
import type { PrometheusConnection } from '../../common/prometheus/connection.ts';
import { hostJob } from '../ingest/host-labels.ts';

export interface ScrapedHosts {
  has(host: string): boolean;
  /** False until Prometheus answered for the first time. */
  isKnown(): boolean;
  /** Asks at once, then every few seconds. */
  start(): void;
  stop(): void;
}

const intervalMs = 10_000;
/** Until the first answer. */
const eagerMs = 500;

export function createScrapedHosts({
  prometheus,
  log,
}: {
  readonly prometheus: PrometheusConnection;
  readonly log: Log;
}): ScrapedHosts {
  let hosts: ReadonlySet<string> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  async function ask(): Promise<void> {
    try {
      const found = await readScrapedHosts(prometheus);
      const added = hosts === undefined ? [] : [...found].filter((host) => !hosts?.has(host));
      if (added.length > 0) log.info('hosts are scraped from now on; what they push is refused', { hosts: added });
      hosts = found;
    } catch (error) {
      // What was known stays: a Prometheus that is away scrapes nobody new.
      log.debug('the list of scraped hosts could not be read', { error });
    }
    if (!isStopped) timer = setTimeout(() => void ask(), hosts === undefined ? eagerMs : intervalMs);
  }

  return {
    has: (host) => hosts?.has(host) ?? false,
    isKnown: () => hosts !== undefined,
    start: () => void ask(),
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

interface TargetsAnswer {
  readonly data?: { readonly activeTargets?: readonly { readonly labels?: Readonly<Record<string, string>> }[] };
}

/** Throws when Prometheus does not answer. A backend without targets (404) scrapes nobody. */
export async function readScrapedHosts(prometheus: PrometheusConnection): Promise<ReadonlySet<string>> {
  const { status, body } = await prometheus.call({
    method: 'GET',
    path: '/api/v1/targets',
    parameters: new URLSearchParams({ state: 'active' }),
  });
  if (status === 404) return new Set();
  if (status !== 200) throw new Error(`the list of targets was answered with status ${status}`);
  const { data } = JSON.parse(body.toString('utf8')) as TargetsAnswer;
  const targets = (data?.activeTargets ?? []).filter(({ labels }) => labels?.['job'] === hostJob);
  return new Set(targets.flatMap(({ labels }) => labels?.['instance'] ?? []));
}
