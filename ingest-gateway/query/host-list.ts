/** Lists the hosts in Prometheus: state, time last seen, system and version. */
import { type Matcher } from '../../common/catalogue/expression.ts';
import { anyOf, renderSelector } from '../../common/catalogue/promql.ts';
import type { PrometheusConnection } from '../../common/prometheus/connection.ts';
import { type InstantSample, queryInstant, type SeriesLabels } from '../../common/prometheus/query.ts';
import { hostName } from '../schema/fields.ts';

export interface Host {
  readonly host: string;
  /** How samples of the host arrive. */
  readonly mode: 'scrape' | 'push';
  readonly up: boolean;
  /** When the host was last up, RFC 3339; to the minute for a host that is down. Absent after more than a day. */
  readonly last_seen?: string;
  /** From uname: `Linux 6.1.0-18-amd64 x86_64`. Absent if unknown. */
  readonly os?: string;
  /** Version of hostpulse's exporter. Absent for other exporters. */
  readonly version?: string;
}

export interface HostsQuestion {
  readonly prometheus: PrometheusConnection;
  readonly matchers: readonly Matcher[];
  readonly timeMs: number;
  readonly signal: AbortSignal;
}

/** Returns hosts sorted by name. Throws a `PrometheusError`. */
export async function readHosts({ prometheus, matchers, timeMs, signal }: HostsQuestion): Promise<Host[]> {
  const ask = (expression: string): Promise<readonly InstantSample[]> =>
    queryInstant(prometheus, { expression, timeMs, signal });
  const select = (family: string): string => renderSelector(family, matchers);
  const [states, seen, scraped, systems, builds] = await Promise.all([
    ask(`max by (instance) (${select('up')})`).then(ofHosts),
    ask(`max by (instance) (timestamp(${select('up')}))`),
    // Prometheus writes this series for every scrape, failed scrapes included, and no client pushes it.
    ask(`count by (instance) (${select('scrape_duration_seconds')})`),
    ask(`max by (instance, sysname, release, machine) (${select('node_uname_info')})`),
    ask(`max by (instance, version) (${select('hostpulse_build_info')})`),
  ]);
  const down = states.filter(({ value }) => value !== 1).flatMap(({ labels }) => labels['instance'] ?? []);
  const lastUp = byHost(
    await Promise.all([...chunksOf(down)].map((hosts) => ask(lastUpExpression(hosts, matchers)))).then((answers) =>
      answers.flat(),
    ),
  );
  const [seenBy, scrapedBy, systemBy, buildBy] = [seen, scraped, systems, builds].map(byHost) as Lookup[];
  const hosts: Host[] = [];
  for (const { labels, value } of states) {
    const host = labels['instance'];
    if (host === undefined) continue;
    const lastSeconds = (value === 1 ? seenBy : lastUp)?.get(host)?.value;
    const system = systemBy?.get(host)?.labels;
    const version = buildBy?.get(host)?.labels['version'];
    hosts.push({
      host,
      mode: scrapedBy?.has(host) ? 'scrape' : 'push',
      up: value === 1,
      ...(lastSeconds === undefined ? {} : { last_seen: new Date(lastSeconds * 1_000).toISOString() }),
      ...(system === undefined ? {} : { os: describeSystem(system) }),
      ...(version === undefined ? {} : { version }),
    });
  }
  return hosts.sort((left, right) => (left.host < right.host ? -1 : 1));
}

/** Leaves out instances that no host can have: Prometheus may hold series that no gateway wrote. */
function ofHosts(samples: readonly InstantSample[]): readonly InstantSample[] {
  return samples.filter(({ labels }) => hostName.safeParse(labels['instance']).success);
}

type Lookup = ReadonlyMap<string, InstantSample>;

function byHost(samples: readonly InstantSample[]): Lookup {
  return new Map(
    samples.flatMap((sample) => {
      const host = sample.labels['instance'];
      return host === undefined ? [] : [[host, sample] as const];
    }),
  );
}

/** The subquery reads a day of `up` per host, so it runs for hosts that are down only, in batches. */
const hostsPerQuery = 100;

function* chunksOf(hosts: readonly string[]): Generator<readonly [string, ...string[]]> {
  for (let at = 0; at < hosts.length; at += hostsPerQuery) {
    const [first, ...rest] = hosts.slice(at, at + hostsPerQuery);
    if (first !== undefined) yield [first, ...rest];
  }
}

function lastUpExpression(hosts: readonly [string, ...string[]], matchers: readonly Matcher[]): string {
  const up = renderSelector('up', [...matchers, anyOf('instance', hosts)]);
  return `max by (instance) (max_over_time(timestamp(${up} == 1)[1d:1m]))`;
}

function describeSystem({ sysname, release, machine }: SeriesLabels): string {
  return [sysname, release, machine].filter((part) => part !== undefined && part !== '').join(' ');
}
