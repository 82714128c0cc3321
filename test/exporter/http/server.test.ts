/** The exporter's HTTP server over real sockets. */
import { get, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { afterEach, describe, expect, test } from '@jest/globals';
import { openMetricsFormat, textFormat } from '../../../exporter/exposition/exposition.ts';
import { type Family, single } from '../../../exporter/exposition/family.ts';
import { createExporterServer, type ExporterServer } from '../../../exporter/http/server.ts';
import { createScrape } from '../../../exporter/scrape.ts';
import { createSelfMetrics } from '../../../exporter/self-metrics.ts';
import { createTop, type Top } from '../../../exporter/top/top.ts';
import { createLogLines } from '../../support/log-lines.ts';
import { readOpenMetrics } from '../../support/openmetrics-reader.ts';

const running: ExporterServer[] = [];
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
});

type Reads = Readonly<Record<string, () => readonly Family[] | Promise<readonly Family[]>>>;

const value = (name: string) => () => [single(`node_${name}`, 'A value.', 'gauge', 1)];

async function startServer(
  reads: Reads,
  change: {
    readonly maxRequests?: number;
    readonly isBare?: true;
    readonly telemetryPath?: string;
    readonly top?: Top;
  } = {},
) {
  const { log } = createLogLines();
  const server = createExporterServer({
    addresses: [{ host: '127.0.0.1', port: 0 }],
    telemetryPath: change.telemetryPath ?? '/metrics',
    version: '1.2.3',
    maxRequests: change.maxRequests ?? 40,
    scrape: createScrape(
      Object.entries(reads).map(([name, read]) => ({ name, read })),
      log,
    ),
    collectorNames: () => ({ all: new Set([...Object.keys(reads), 'off']), enabled: new Set(Object.keys(reads)) }),
    top: () => change.top,
    log,
    ...(change.isBare ? {} : { selfMetrics: createSelfMetrics({ version: '1.2.3' }) }),
  });
  running.push(server);
  await server.start();
  const port = server.bound()[0]?.port;
  return { server, url: (path: string) => `http://127.0.0.1:${port}${path}` };
}

interface Reply {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Sends a request without fetch, which always accepts compression. */
function ask(url: string, headers: Record<string, string> = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    get(url, { headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    }).on('error', reject);
  });
}

describe('the metrics endpoint', () => {
  test('serves the host, then the exporter itself', async () => {
    const { url } = await startServer({ one: value('one'), two: value('two') });
    const { status, headers, body } = await ask(url('/metrics'));
    expect(status).toBe(200);
    expect(headers['content-type']).toBe(textFormat.contentType);
    expect(headers['content-length']).toBe(String(body.length));
    const lines = body.toString().split('\n');
    expect(lines.slice(0, 3)).toEqual(['# HELP node_one A value.', '# TYPE node_one gauge', 'node_one 1']);
    expect(lines).toContain('node_scrape_collector_success{collector="two"} 1');
    expect(lines.filter((line) => line.startsWith('hostpulse_build_info'))).toEqual([
      `hostpulse_build_info{program="exporter",version="1.2.3",runtime="node ${process.versions.node}"} 1`,
    ]);
    for (const name of ['cpu_seconds_total', 'resident_memory_bytes', 'start_time_seconds', 'open_fds', 'max_fds']) {
      const [line = ''] = lines.filter((each) => each.startsWith(`process_${name} `));
      expect(Number(line.split(' ')[1])).toBeGreaterThan(0);
    }
  });

  test('omits the exporter itself on request', async () => {
    const { url } = await startServer({ one: value('one') }, { isBare: true });
    const names = (await ask(url('/metrics'))).body.toString().match(/^[a-z_0-9]+(?=[ {])/gm);
    expect(names).toEqual(['node_one', 'node_scrape_collector_duration_seconds', 'node_scrape_collector_success']);
  });

  test('counts its responses', async () => {
    const { url } = await startServer({ one: value('one') });
    await ask(url('/metrics'));
    await ask(url('/metrics?collect[]=unknown'));
    const text = (await ask(url('/metrics'))).body.toString();
    expect(text).toContain('hostpulse_exporter_requests_total{code="200"} 1\n');
    expect(text).toContain('hostpulse_exporter_requests_total{code="400"} 1\n');
    expect(text).toContain('hostpulse_exporter_requests_total{code="503"} 0\n');
    expect(text).toContain('hostpulse_exporter_requests_in_flight 1\n');
  });

  test.each([
    ['gzip', true],
    ['deflate, gzip;q=0.5', true],
    ['*', true],
    ['gzip;q=0', false],
    ['identity', false],
    ['', false],
  ])('Accept-Encoding "%s"', async (accepted, isCompressed) => {
    const { url } = await startServer({
      many: () => Array.from({ length: 60 }, (_, n) => value(`metric_${n}`)()[0] as Family),
    });
    const plain = await ask(url('/metrics'));
    expect(plain.headers['content-encoding']).toBeUndefined();
    const { headers, body } = await ask(url('/metrics'), { 'Accept-Encoding': accepted });
    expect(headers['content-encoding']).toBe(isCompressed ? 'gzip' : undefined);
    expect(headers['vary']).toBe('Accept, Accept-Encoding');
    expect(headers['content-length']).toBe(String(body.length));
    expect((isCompressed ? gunzipSync(body) : body).toString()).toContain('node_metric_59 1\n');
  });
});

describe('OpenMetrics', () => {
  const accept = 'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.3';
  const decoders: Readonly<Record<string, (body: Buffer) => Buffer>> = {
    identity: (body) => body,
    gzip: gunzipSync,
    zstd: zstdDecompressSync,
  };

  test.each(Object.entries(decoders))('in %s', async (encoding, decode) => {
    // More than one part of an exposition.
    const families = Array.from({ length: 4_000 }, (_, n) => value(`metric_${n}_seconds`)()[0] as Family);
    const { url } = await startServer({ many: () => families });
    const { headers, body } = await ask(url('/metrics'), { Accept: accept, 'Accept-Encoding': encoding });
    expect(headers['content-type']).toBe(openMetricsFormat.contentType);
    expect(headers['content-encoding']).toBe(encoding === 'identity' ? undefined : encoding);
    expect(headers['content-length']).toBe(String(body.length));
    const read = readOpenMetrics(decode(body).toString());
    expect(read.slice(0, 4_000).map(({ name, unit, samples }) => [name, unit, [...samples.values()]])).toEqual(
      families.map(({ name }) => [name, 'seconds', [1]]),
    );
    expect(read.map(({ name }) => name)).toContain('hostpulse_exporter_requests');
  });
});

describe('filters', () => {
  const reads: Reads = { one: value('one'), two: value('two'), three: value('three') };
  const shown = async (query: string): Promise<readonly string[]> => {
    const { url } = await startServer(reads);
    const text = (await ask(url(`/metrics?${query}`))).body.toString();
    return [...text.matchAll(/success\{collector="(\w+)"\}/g)].map(([, name]) => name as string);
  };

  test('collect[] selects collectors, exclude[] deselects them', async () => {
    expect(await shown('collect[]=three&collect[]=one')).toEqual(['one', 'three']);
    expect(await shown('collect%5B%5D=two')).toEqual(['two']);
    expect(await shown('exclude[]=two&exclude[]=unknown')).toEqual(['one', 'three']);
    expect(await shown('exclude[]=one&exclude[]=two&exclude[]=three')).toEqual([]);
    expect(await shown('other=1')).toEqual(['one', 'two', 'three']);
    // A collector that is off costs its own series.
    expect(await shown('collect[]=off&collect[]=one')).toEqual(['one']);
    expect(await shown('collect[]=off')).toEqual([]);
  });

  test.each([
    ['collect[]=one&exclude[]=two', 'cannot be combined'],
    ['collect[]=one&collect[]=missing', 'unknown collector "missing"'],
  ])('%s is rejected', async (query, words) => {
    const { url } = await startServer(reads);
    const { status, body } = await ask(url(`/metrics?${query}`));
    expect(status).toBe(400);
    expect(body.toString()).toContain(words);
  });
});

describe('concurrent scrapes', () => {
  test('above --web.max-requests receive 503, the others complete', async () => {
    const gate = Promise.withResolvers<void>();
    let waiting = 0;
    const arrived = Promise.withResolvers<void>();
    const { url } = await startServer(
      {
        slow: async () => {
          await gate.promise;
          return value('slow')();
        },
        counted: () => {
          waiting += 1;
          if (waiting === 2) arrived.resolve();
          return value('counted')();
        },
      },
      { maxRequests: 2 },
    );
    const allowed = [ask(url('/metrics')), ask(url('/metrics'))];
    await arrived.promise;
    const refused = await ask(url('/metrics'));
    expect(refused.status).toBe(503);
    expect(refused.body.toString()).toContain('--web.max-requests');
    expect((await ask(url('/-/healthy'))).status).toBe(200);
    gate.resolve();
    for (const reply of await Promise.all(allowed)) {
      expect(reply.status).toBe(200);
      expect(reply.body.toString()).toContain('node_slow 1\n');
    }
    expect((await ask(url('/metrics'))).status).toBe(200);
  });
});

describe('request targets, as Go takes them', () => {
  /** Sends a request line unchanged. */
  async function statusOf(port: number, target: string, headers = ''): Promise<string> {
    const socket = connect(port, '127.0.0.1');
    socket.end(`GET ${target} HTTP/1.1\r\nHost: h.example\r\nConnection: close\r\n${headers}\r\n`);
    let text = '';
    for await (const chunk of socket.setEncoding('utf8') as AsyncIterable<string>) text += chunk;
    const location = /^Location: (.*)$/im.exec(text)?.[1] ?? '';
    return `${text.split(' ', 2)[1]} ${location.trim()}`.trim();
  }

  test.each([
    ['http://h.example:9100/metrics', '200'],
    ['HTTP://h.example/metrics?collect[]=one', '200'],
    ['http://h.example', '200'],
    ['/%6detrics', '200'],
    ['/metrics?x=%zz', '200'],
    ['/%zz', '400'],
    ['//metrics', '301 /metrics'],
    ['//evil.example/..//x?a=1', '301 /x?a=1'],
    ['/a/../metrics', '301 /metrics'],
    ['/metrics/', '404'],
  ])('%s: %s', async (target, expected) => {
    const { server } = await startServer({ one: value('one') });
    expect(await statusOf(server.bound()[0]?.port ?? 0, target)).toBe(expected);
  });

  test('headers of 20 KB', async () => {
    const { server } = await startServer({ one: value('one') });
    expect(await statusOf(server.bound()[0]?.port ?? 0, '/metrics', `X-Big: ${'a'.repeat(20_000)}\r\n`)).toBe('200');
  });

  test('pages below a telemetry path with a prefix', async () => {
    const { url } = await startServer({ one: value('one') }, { telemetryPath: '/ext/node/metrics' });
    const statuses: Record<string, number | undefined> = {};
    for (const path of ['/', '/ext/node', '/ext/node/', '/ext/node/metrics', '/ext/node/-/healthy', '/-/ready'])
      statuses[path] = (await ask(url(path))).status;
    expect(new Set(Object.values(statuses))).toEqual(new Set([200]));
    for (const path of ['/metrics', '/ext', '/ext/nodes', '/ext/node/x'])
      expect((await ask(url(path))).status).toBe(404);
  });
});

describe('other paths and methods', () => {
  test('the landing page links to the endpoints', async () => {
    const { url } = await startServer({ one: value('one') });
    const { status, headers, body } = await ask(url('/'));
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    const links = [...body.toString().matchAll(/href="([^"]+)"/g)].map(([, path]) => path as string);
    expect(links).toEqual(['/metrics', '/-/healthy', '/-/ready']);
    for (const link of links) expect((await ask(url(link))).status).toBe(200);
  });

  test('HEAD receives headers without a body, POST a page, other methods 405, other paths 404', async () => {
    const { url } = await startServer({ one: value('one') });
    const head = await fetch(url('/metrics'), { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(head.headers.get('content-type')).toBe(textFormat.contentType);
    expect(Number(head.headers.get('content-length'))).toBeGreaterThan(0);
    expect(await head.text()).toBe('');
    const posted = await fetch(url('/metrics'), { method: 'POST', body: 'x' });
    expect(posted.status).toBe(200);
    expect(await posted.text()).toContain('node_one 1\n');
    const removed = await fetch(url('/metrics'), { method: 'DELETE' });
    expect(removed.status).toBe(405);
    expect(removed.headers.get('allow')).toBe('GET, HEAD, POST');
    const lost = await fetch(url('/metric'));
    expect(lost.status).toBe(404);
    expect(await lost.text()).toContain('/metrics');
  });

  test('a stop completes the scrape in flight and accepts no new connection', async () => {
    const gate = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const { server, url } = await startServer({
      slow: async () => {
        begun.resolve();
        await gate.promise;
        return value('slow')();
      },
    });
    const inFlight = ask(url('/metrics'));
    await begun.promise;
    const stopped = server.stop();
    gate.resolve();
    expect((await inFlight).body.toString()).toContain('node_slow 1\n');
    await stopped;
    await expect(ask(url('/-/ready'))).rejects.toThrow(/ECONNREFUSED|socket/);
    await server.stop();
  });
});

describe('the busiest processes', () => {
  test('are served below the path of the metrics, with 404 while they are not followed', async () => {
    const { log } = createLogLines();
    const top = createTop({ procfs: '/proc', hasCommandLines: false, log });
    top.pass();
    top.pass();
    const { url } = await startServer({}, { telemetryPath: '/pulse/metrics', top });
    const { status, headers, body } = await ask(url('/pulse/api/top'));
    expect({ status, type: headers['content-type'] }).toEqual({ status: 200, type: 'application/json' });
    const { processes } = JSON.parse(body.toString()) as { processes: { pid: number; name: string }[] };
    expect(processes.length).toBeGreaterThan(0);
    expect((await ask(url('/pulse/api/top?at=soon'))).status).toBe(400);
    expect(JSON.parse((await ask(url('/pulse/api/top/minutes'))).body.toString())).toEqual({ records: [] });
    const { url: other } = await startServer({});
    expect((await ask(other('/api/top'))).status).toBe(404);
  });
});
