/** Gateways that write `up` from one database at a time that the test sets, and a server that receives what they write. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Registry } from 'prom-client';
import { createPrometheusConnection } from '../../common/prometheus/connection.ts';
import { uncompressBlock } from '../../common/remote-write/snappy.ts';
import { openStore, type Store, type StoreLocation } from '../../common/store/open.ts';
import { createRemoteWriteClient, createWriteCoalescer } from '../../ingest-gateway/forward/remote-write-client.ts';
import { createScrapedHosts } from '../../ingest-gateway/forward/scraped-hosts.ts';
import { createLiveness, type Liveness } from '../../ingest-gateway/liveness/liveness.ts';
import { livenessMetrics, renderHostMetrics } from '../../ingest-gateway/liveness/liveness-metrics.ts';
import { createPushTracker, type Push, type PushTracker } from '../../ingest-gateway/liveness/push-tracker.ts';
import { readWriteRequest } from '../../ingest-gateway/remote-write/read.ts';
import { eventually } from './eventually.ts';
import { createRecordingLog } from './recording-log.ts';

export interface WrittenUp {
  readonly gateway: string;
  readonly host: string;
  readonly timeMs: number;
  /** Null: a stale marker. */
  readonly value: number | null;
  /** Labels besides `instance` and `job`. */
  readonly labels: Readonly<Record<string, string>>;
}

export interface LivenessGateway {
  readonly name: string;
  readonly store: Store;
  readonly pushes: PushTracker;
  readonly liveness: Liveness;
  push(host: string, more?: Partial<Omit<Push, 'host'>>): void;
  trackedHosts(): readonly string[];
  /** The gateway's metrics as text. */
  metrics(): Promise<string>;
  /** Ends the gateway without releasing its lease, as a kill does. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

export interface LivenessSite {
  /** Every point of `up`, in the order of arrival. */
  readonly written: readonly WrittenUp[];
  /** Stale markers of other series, by host. */
  readonly ended: ReadonlyMap<string, number>;
  startGateway(name: string, options?: { readonly maxHosts?: number }): Promise<LivenessGateway>;
  close(): Promise<void>;
}

export async function createLivenessSite(location: StoreLocation, now: () => number): Promise<LivenessSite> {
  const written: WrittenUp[] = [];
  const ended = new Map<string, number>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const [, gateway = '', ...path] = (request.url ?? '').split('/');
      if (path.at(-1) === 'write') receive(gateway, Buffer.concat(chunks));
      const isQuery = path.at(-1) === 'query';
      response.writeHead(isQuery ? 200 : path.at(-1) === 'write' ? 204 : 404);
      response.end(isQuery ? answerQuery(Buffer.concat(chunks).toString()) : undefined);
    });
  });
  const url = await listen(server);

  function receive(gateway: string, body: Uint8Array): void {
    for (const { labels, samples } of readWriteRequest(uncompressBlock(body, { maxBytes: 2 ** 20 }))) {
      const { __name__: name, instance: host = '', job: _job, ...others } = Object.fromEntries(labels);
      for (const { timestampMs, value, isStale } of samples)
        if (name === 'up')
          written.push({ gateway, host, timeMs: timestampMs, value: isStale ? null : value, labels: others });
        else if (isStale) ended.set(host, (ended.get(host) ?? 0) + 1);
    }
  }

  /** Answers with one pushed series of the host that is asked for. */
  function answerQuery(body: string): string {
    const query = new URLSearchParams(body).get('query') ?? '';
    const [, host] = /instance="([^"]*)"/.exec(query) ?? [];
    const metric = { __name__: 'node_load1', instance: host, job: 'node' };
    const result = [{ metric, values: [[now() / 1_000 - 20, '1']] }];
    return JSON.stringify({ status: 'success', data: { resultType: 'matrix', result } });
  }

  return {
    written,
    ended,
    async startGateway(name, { maxHosts } = {}) {
      const store = await openStore({ ...location, busyTimeoutMs: 1 });
      const log = createRecordingLog();
      const base = `${url}/${name}`;
      const bounds = { timeoutMs: 10_000, maxConcurrency: 1, maxAnswerBytes: 2 ** 20 };
      const prometheus = createPrometheusConnection({ name: 'Prometheus', url: base, ...bounds });
      const client = createRemoteWriteClient({ url: base, maxConcurrency: 1, timeoutMs: 10_000 });
      const pushes = createPushTracker({ now, ...(maxHosts === undefined ? {} : { maxHosts }) });
      const scraped = createScrapedHosts({ prometheus, log });
      scraped.start();
      await eventually(
        { what: 'the scraped hosts', limitMs: 10_000, pollMs: 5 },
        async () => scraped.isKnown() || undefined,
      );
      const registry = new Registry();
      const pending = (): number => 0;
      const liveness = createLiveness({
        db: store.db,
        pushes,
        scraped,
        prometheus,
        writes: createWriteCoalescer(client, { maxRequests: 1 }),
        pending,
        metrics: livenessMetrics({ registry, pushes }),
        now,
        log,
      });
      async function kill(): Promise<void> {
        scraped.stop();
        client.close();
        prometheus.close();
        await store.close();
      }
      return {
        name,
        store,
        pushes,
        liveness,
        push: (host, more = {}) => pushes.note({ host, newestMs: now(), hasUp: false, mayBringUp: false, ...more }),
        trackedHosts: () => [...pushes.hosts()].map(({ host }) => host),
        metrics: async () => `${await registry.metrics()}${renderHostMetrics({ pushes, pending })}`,
        kill,
        async stop() {
          await liveness.stop();
          await kill();
        },
      };
    },
    close: () => new Promise((resolve) => server.close(() => resolve()) && server.closeAllConnections()),
  };
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
