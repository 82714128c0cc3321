/** Creates, serves and reads samples that a test compares one by one. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PrometheusConnection } from '../../common/prometheus/connection.ts';
import { queryRaw } from '../../common/prometheus/query.ts';
import type { TestSeries } from './raw-series.ts';

export interface ScrapeTarget {
  /** `host:port`. */
  readonly address: string;
  stop(): void;
}

/** Starts a scrape target with one series whose value depends on the time of the scrape. */
export async function startScrapeTarget(name: string): Promise<ScrapeTarget> {
  const server = createServer((_request, response) => {
    response.setHeader('Content-Type', 'text/plain; version=0.0.4');
    response.end(`${name} ${Date.now() % 1_000}\n`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Returns series of the job `node` with one sample each. The value of a sample depends only on its time. */
export function seriesAt(timeMs: number, hosts: readonly string[], names: readonly string[]): readonly TestSeries[] {
  return hosts.flatMap((instance) =>
    names.map((name) => ({
      labels: { __name__: name, job: 'node', instance },
      points: [[timeMs, timeMs % 1_000] as const],
    })),
  );
}

/** Returns a text for each sample: name, instance, time, value. */
export function identifySamples({ labels, points }: TestSeries): readonly string[] {
  return points.map(([timeMs, value]) => `${labels['__name__']} ${labels['instance']} ${timeMs} ${value}`);
}

/** Returns the stored samples of these names from `startMs` to now, sorted, as `identifySamples` writes them. */
export async function storedSamples(
  connection: PrometheusConnection,
  startMs: number,
  names: readonly string[],
): Promise<readonly string[]> {
  const selector = `{__name__=~"${names.join('|')}"}`;
  return (await queryRaw(connection, { selector, startMs, endMs: Date.now() })).flatMap(identifySamples).sort();
}
