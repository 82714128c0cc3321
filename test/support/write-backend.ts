/** Runs a remote write receiver in the process of the test, which stores samples and answers raw queries as Prometheus does. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { uncompressBlock } from '../../common/remote-write/snappy.ts';
import { type ReadSeries, readWriteRequest } from '../../ingest-gateway/remote-write/read.ts';

export interface WriteBackend {
  readonly url: string;
  /** Series of each write request, refused ones included. */
  readonly requests: (readonly ReadSeries[])[];
  /** Stored values as `instance name time`. */
  readonly stored: Map<string, number>;
  /** Raw queries so far. */
  queries(): number;
  stop(): void;
}

/** Status and body of a response to a write; undefined stores the samples. */
export type WriteResponder = (series: readonly ReadSeries[]) => readonly [status: number, text: string] | undefined;

export async function startWriteBackend(respond: WriteResponder = () => undefined): Promise<WriteBackend> {
  const requests: (readonly ReadSeries[])[] = [];
  const stored = new Map<string, number>();
  let queries = 0;

  function write(body: Buffer): readonly [number, string] {
    const series = readWriteRequest(uncompressBlock(body, { maxBytes: 2 ** 26 }));
    requests.push(series);
    const refusal = respond(series);
    if (refusal !== undefined) return refusal;
    for (const { labels, samples } of series) {
      const { instance, __name__: name } = Object.fromEntries(labels);
      for (const { timestampMs, value } of samples) stored.set(`${instance} ${name} ${timestampMs}`, value);
    }
    return [204, ''];
  }

  function query(form: URLSearchParams): readonly [number, string] {
    queries += 1;
    const [, host = '', range = ''] = /^\{instance="([^"]*)"\}\[(\d+)ms\]$/.exec(form.get('query') ?? '') ?? [];
    const endMs = Math.round(Number(form.get('time')) * 1_000);
    const result = [...stored].flatMap(([key, value]) => {
      const [instance, name, time = ''] = key.split(' ');
      const isWithin = Number(time) > endMs - Number(range) && Number(time) <= endMs;
      if (instance !== host || !isWithin) return [];
      return [{ metric: { __name__: name, instance, job: 'node' }, values: [[Number(time) / 1_000, String(value)]] }];
    });
    return [200, JSON.stringify({ status: 'success', data: { resultType: 'matrix', result } })];
  }

  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      const isWrite = request.url === '/api/v1/write';
      const isQuery = request.url === '/api/v1/query';
      const [status, text] = isWrite ? write(body) : isQuery ? query(new URLSearchParams(String(body))) : [404, ''];
      response.writeHead(status).end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    stored,
    queries: () => queries,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
