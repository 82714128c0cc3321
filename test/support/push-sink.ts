/** Receives pushes over real HTTP or HTTPS. Checks both protocols and records every request in order. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { uncompressBlock } from '../../common/remote-write/snappy.ts';
import { readWriteRequest } from '../../ingest-gateway/remote-write/read.ts';
import { checkSeries } from './check-series.ts';

export interface SinkSeries {
  /** Labels without `__name__`. */
  readonly labels: Readonly<Record<string, string>>;
  readonly name: string;
  /** `null` for a stale marker. */
  readonly points: readonly (readonly [timestampMs: number, value: number | null])[];
}

export interface SinkRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly series: readonly SinkSeries[];
  /** The unit in JSON; absent for remote write. */
  readonly body?: unknown;
}

export interface SinkAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface PushSink {
  readonly url: string;
  readonly port: number;
  /** Requests answered with 2xx, in order. */
  readonly taken: SinkRequest[];
  readonly all: SinkRequest[];
  /** Resolves with the `count`-th accepted request. */
  waitFor(count: number): Promise<SinkRequest>;
  stop(): Promise<void>;
}

export interface PushSinkOptions {
  readonly tls?: ServerOptions;
  readonly port?: number;
  /** Status of the answer; default: 204 or 202. Undefined closes the connection without an answer. */
  readonly answer?: (request: SinkRequest) => SinkAnswer | undefined;
}

/** A request that violates the protocol is answered with 500 and rejects `waitFor`, so that it is not taken for an outage. */
export async function startPushSink({ tls, port = 0, answer }: PushSinkOptions = {}): Promise<PushSink> {
  const [all, taken]: [SinkRequest[], SinkRequest[]] = [[], []];
  const waiting: { readonly count: number; readonly settle: PromiseWithResolvers<SinkRequest> }[] = [];
  let fault: unknown;

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
    // The records of processes, which are sent beside the samples.
    if (incoming.url?.endsWith('/api/v1/top') === true) return void response.writeHead(202).end('{}');
    let request: SinkRequest;
    try {
      request = readRequest(incoming, Buffer.concat(chunks));
    } catch (error) {
      fault = error;
      for (const { settle } of waiting) settle.reject(error);
      response.writeHead(500).end(String(error));
      return;
    }
    all.push(request);
    const given = answer === undefined ? defaultAnswer(request) : answer(request);
    if (given === undefined) {
      incoming.socket.destroy();
      return;
    }
    if (given.status < 300) taken.push(request);
    response.writeHead(given.status, given.headers).end(given.body ?? '');
    for (const { count, settle } of waiting) if (taken.length >= count) settle.resolve(taken[count - 1] as SinkRequest);
  }

  const handler = (incoming: IncomingMessage, response: ServerResponse): void =>
    void serve(incoming, response).catch(() => response.destroy());
  const server = tls === undefined ? createServer(handler) : createTlsServer(tls, handler);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${bound}`,
    port: bound,
    all,
    taken,
    waitFor(count) {
      const settle = Promise.withResolvers<SinkRequest>();
      if (fault !== undefined) settle.reject(fault);
      else if (taken.length >= count) settle.resolve(taken[count - 1] as SinkRequest);
      else waiting.push({ count, settle });
      return settle.promise;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function defaultAnswer({ path }: SinkRequest): SinkAnswer {
  return path.endsWith('/collect') ? { status: 202, body: '{"accepted":1,"rejected":0}' } : { status: 204 };
}

function readRequest({ url: path = '', headers }: IncomingMessage, body: Buffer): SinkRequest {
  if (path.endsWith('/collect')) {
    const parsed = JSON.parse(gunzipSync(body).toString()) as JsonPush;
    return { path, headers, body: parsed, series: parsed.metrics.map((each) => readJsonSeries(parsed, each)) };
  }
  const series = readWriteRequest(uncompressBlock(body, { maxBytes: 64 * 2 ** 20 }));
  for (const each of series) checkSeries(each);
  return {
    path,
    headers,
    series: series.map(({ labels, samples }) => {
      const { __name__: name = '', ...rest } = Object.fromEntries(labels);
      return {
        name,
        labels: rest,
        points: samples.map((each) => [each.timestampMs, each.isStale ? null : each.value]),
      };
    }),
  };
}

interface JsonPush {
  readonly host: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly metrics: readonly JsonSeries[];
}

interface JsonSeries {
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly points: readonly (readonly [number, number | string | null])[];
}

function readJsonSeries({ host, labels }: JsonPush, { name, tags, points }: JsonSeries): SinkSeries {
  return {
    name,
    labels: { ...labels, ...tags, job: 'node', instance: host },
    points: points.map(([ms, value]) => [
      ms,
      typeof value === 'string' ? Number(value.replace('Inf', 'Infinity')) : value,
    ]),
  };
}
