/** Tests pushes of OpenTelemetry's own exporters through the gateway into a real Prometheus: values, names, refusals and TLS. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { credentials, Metadata } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { diag } from '@opentelemetry/api';
import { OTLPMetricExporter as GrpcExporter } from '@opentelemetry/exporter-metrics-otlp-grpc';
import { OTLPMetricExporter as JsonExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as ProtobufExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  MeterProvider,
  MetricReader,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics';
import { createAuthority } from '../support/certificates.ts';
import { eventually } from '../support/eventually.ts';
import { type RunningGateway, startGateway } from '../support/gateway.ts';
import { freePort } from '../support/process.ts';
import { createPrometheus, type TestPrometheus } from '../support/prometheus.ts';

const folder = mkdtempSync(join(tmpdir(), 'hostpulse-otlp-'));
let prometheus: TestPrometheus;
let gateway: RunningGateway;
let key: string;

beforeAll(async () => {
  prometheus = createPrometheus({
    port: await freePort(),
    folder: join(folder, 'prometheus'),
    config: {
      storage: { tsdb: { out_of_order_time_window: '30h' } },
      scrape_configs: [
        { job_name: 'node', static_configs: [{ targets: ['127.0.0.1:1'], labels: { instance: 'scraped-1' } }] },
      ],
    },
    flags: ['--web.enable-remote-write-receiver'],
  });
  await prometheus.start();
  await eventually({ what: 'the target is known', limitMs: 20_000 }, async () => {
    const { activeTargets } = (await prometheus.ask('targets')) as { readonly activeTargets: readonly unknown[] };
    return activeTargets.length === 1 ? true : undefined;
  });
  gateway = await startGateway({ prometheusUrl: prometheus.url });
  key = await gateway.createKey({ scopes: ['push'] });
});

afterAll(async () => {
  await gateway.stop();
  await prometheus.stop('SIGKILL');
  rmSync(folder, { recursive: true });
});

const silent = { error: ignore, warn: ignore, info: ignore, debug: ignore, verbose: ignore };
function ignore(): void {
  // the diagnostics of the exporter are ignored
}

type Way = 'grpc' | 'protobuf' | 'json';

function exporterOf(way: Way, apiKey: string, temporality = AggregationTemporality.CUMULATIVE): PushMetricExporter {
  const temporalityPreference = temporality;
  if (way === 'grpc') {
    const metadata = new Metadata();
    metadata.set('authorization', `Bearer ${apiKey}`);
    return new GrpcExporter({ url: `http://${gateway.grpcAddress}`, metadata, temporalityPreference });
  }
  const Exporter = way === 'json' ? JsonExporter : ProtobufExporter;
  const headers = { authorization: `Bearer ${apiKey}` };
  return new Exporter({ url: `${gateway.url}/v1/metrics`, headers, temporalityPreference });
}

/** Collects on demand, because the SDK's periodic reader hides the result of an export. */
class AskedReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {
    // nothing to flush
  }
  protected override async onShutdown(): Promise<void> {
    // nothing to stop
  }
}

/** Creates an application with the exporter. `push` exports the values of the instruments, and rejects with the error of the export. */
function application(exporter: PushMetricExporter, attributes: Readonly<Record<string, string>>) {
  const reader = new AskedReader({
    aggregationTemporalitySelector: (kind) =>
      exporter.selectAggregationTemporality?.(kind) ?? AggregationTemporality.CUMULATIVE,
  });
  const provider = new MeterProvider({ resource: resourceFromAttributes(attributes), readers: [reader] });
  return {
    meter: provider.getMeter('shop'),
    async push() {
      const { resourceMetrics } = await reader.collect();
      await new Promise<void>((resolve, reject) => {
        exporter.export(resourceMetrics, ({ error }) => {
          if (error === undefined) resolve();
          else reject(error);
        });
      });
    },
    shutdown: () => exporter.shutdown(),
  };
}

interface Stored {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

async function stored(selector: string, count: number): Promise<Map<string, string>> {
  return eventually({ what: `${count} series of ${selector}`, limitMs: 30_000 }, async () => {
    const { result } = (await prometheus.ask(`query?query=${encodeURIComponent(selector)}`)) as {
      result: readonly Stored[];
    };
    if (result.length < count) return undefined;
    const render = ({ __name__: name, ...labels }: Stored['metric']) =>
      `${name}{${Object.entries(labels)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([label, text]) => `${label}="${text}"`)
        .join(',')}}`;
    return new Map(result.map(({ metric, value }) => [render(metric), value[1]]));
  });
}

describe.each(['grpc', 'protobuf', 'json'] as const)('%s', (way) => {
  const host = `otlp-${way}`;
  const resource = {
    'service.name': 'checkout',
    'service.namespace': 'shop',
    'host.name': host,
    'service.version': '1.2.3',
  };

  test('gauges, sums and histograms arrive exactly, with the names of Prometheus', async () => {
    const app = application(exporterOf(way, key), resource);
    app.meter.createCounter('orders.placed', { unit: '{orders}' }).add(3, { 'payment.kind': 'card' });
    app.meter.createCounter('io.bytes', { unit: 'By' }).add(2 ** 40 + 1);
    app.meter.createUpDownCounter('queue.length').add(-7);
    app.meter.createGauge('cpu.utilization', { unit: '1' }).record(0.125, { cpu: 'ü "0"\n' });
    const advice = { explicitBucketBoundaries: [0.005, 1, 10] };
    const histogram = app.meter.createHistogram('request.duration', { unit: 's', advice });
    for (const value of [0.001, 0.5, 0.5, 100]) histogram.record(value);
    await app.push();
    await app.shutdown();
    const found = await stored(`{instance="${host}",__name__!="target_info"}`, 10);
    const at = `instance="${host}",job="shop/checkout"`;
    const bucket = (le: string) => `request_duration_seconds_bucket{${at},le="${le}"}`;
    expect(Object.fromEntries(found)).toEqual({
      [`orders_placed_total{${at},payment_kind="card"}`]: '3',
      [`io_bytes_total{${at}}`]: '1099511627777',
      [`queue_length{${at}}`]: '-7',
      [`cpu_utilization_ratio{cpu="ü "0"\n",${at}}`]: '0.125',
      [bucket('0.005')]: '1',
      [bucket('1')]: '3',
      [bucket('10')]: '3',
      [bucket('+Inf')]: '4',
      [`request_duration_seconds_count{${at}}`]: '4',
      [`request_duration_seconds_sum{${at}}`]: '101.001',
    });
    expect(Object.fromEntries(await stored(`target_info{instance="${host}"}`, 1))).toEqual({
      [`target_info{${at},service_version="1.2.3"}`]: '1',
    });
  });

  test('delta sums are refused with the reason; other metrics are stored', async () => {
    const spoken: string[] = [];
    diag.setLogger({ ...silent, warn: (...words) => void spoken.push(words.join(' ')) });
    const app = application(exporterOf(way, key, AggregationTemporality.DELTA), {
      ...resource,
      'host.name': `${host}-2`,
    });
    app.meter.createCounter('deltas').add(1);
    app.meter.createGauge('level').record(5);
    await app.push();
    await app.shutdown();
    diag.disable();
    expect(spoken.join(' ')).toContain('delta temporality is not supported; set the exporter to cumulative');
    expect([...(await stored(`{instance="${host}-2",__name__!="target_info"}`, 1)).keys()]).toEqual([
      `level{instance="${host}-2",job="shop/checkout"}`,
    ]);
  });

  test('the key determines the host', async () => {
    const bound = await gateway.createKey({ scopes: ['push'], host: `${host}-3` });
    const reader = await gateway.createKey({ scopes: ['read'] });
    const pushAs = async (apiKey: string, attributes: Readonly<Record<string, string>>) => {
      const app = application(exporterOf(way, apiKey), attributes);
      app.meter.createGauge('bound').record(1);
      try {
        await app.push();
        return 'accepted';
      } catch (error) {
        return String((error as { code?: unknown }).code);
      } finally {
        await app.shutdown();
      }
    };
    const [unknown, forbidden] = way === 'grpc' ? ['16', '7'] : ['401', '403'];
    expect(await pushAs(bound, { 'host.name': `${host}-3` })).toBe('accepted');
    expect(await pushAs(bound, {})).toBe('accepted'); // the host comes from the key
    expect(await pushAs(bound, { 'host.name': 'another' })).toBe(forbidden);
    expect(await pushAs(reader, { 'host.name': 'another' })).toBe(forbidden);
    expect(await pushAs('hp_wrong', { 'host.name': 'another' })).toBe(unknown);
    expect(await stored(`bound`, 1)).toBeDefined();
    const { result } = (await prometheus.ask('query?query=bound{instance="another"}')) as { result: unknown[] };
    expect(result).toEqual([]);
  });
});

test('programs of a scraped host may push; the host itself may not', async () => {
  const spoken: string[] = [];
  diag.setLogger({ ...silent, warn: (...words) => void spoken.push(words.join(' ')) });
  for (const service of ['checkout', 'node']) {
    const app = application(exporterOf('grpc', key), { 'service.name': service, 'host.name': 'scraped-1' });
    app.meter.createGauge('of.scraped').record(1);
    await app.push();
    await app.shutdown();
  }
  diag.disable();
  expect(spoken.join(' ')).toContain('scraped-1 is scraped: a host is scraped or pushed, never both');
  expect([...(await stored('of_scraped', 1)).keys()]).toEqual(['of_scraped{instance="scraped-1",job="checkout"}']);
});

test('gRPC applies the TLS settings of the web configuration file, and requires client certificates', async () => {
  const authority = createAuthority(folder, 'ca');
  authority.issue('server', 'DNS:localhost');
  const client = authority.issue('client', 'DNS:agent');
  const [ca, clientKey, clientCert] = [authority.certFile, client.keyFile, client.certFile].map((file) =>
    readFileSync(file),
  ) as [Buffer, Buffer, Buffer];
  const webConfigFile = join(folder, 'web.yml');
  writeFileSync(
    webConfigFile,
    'tls_server_config: {cert_file: server.crt, key_file: server.key, client_ca_file: ca.crt, client_auth_type: RequireAndVerifyClientCert}\n',
  );
  const guarded = await startGateway({ prometheusUrl: prometheus.url, webConfigFile });
  try {
    const apiKey = await guarded.createKey({ scopes: ['push'] });
    /**
     * Pushes a gauge and returns the result. The exporter retries a refused push for `timeoutMillis`. On a busy machine, an accepted push
     * may take longer than the default.
     */
    const push = async (channel: ReturnType<typeof credentials.createSsl>, timeoutMillis = 2_000): Promise<string> => {
      const metadata = new Metadata();
      metadata.set('x-api-key', apiKey);
      // Node refuses an IP address as the server name of TLS, which this exporter would send.
      const url = `https://${guarded.grpcAddress.replace('127.0.0.1', 'localhost')}`;
      const exporter = new GrpcExporter({ url, metadata, credentials: channel, timeoutMillis });
      const app = application(exporter, { 'host.name': 'otlp-tls' });
      app.meter.createGauge('over.tls').record(1);
      try {
        await app.push();
        return 'accepted';
      } catch {
        return 'refused';
      } finally {
        await app.shutdown();
      }
    };
    expect(await push(credentials.createSsl(ca, clientKey, clientCert), 30_000)).toBe('accepted');
    expect(await push(credentials.createSsl(ca))).toBe('refused');
    expect((await stored('over_tls', 1)).size).toBe(1);
    // The authority changes. The old authority issued the client's certificate.
    const other = createAuthority(folder, 'other');
    other.issue('server', 'DNS:localhost');
    const newClient = other.issue('new-client', 'DNS:agent');
    const files = [other.certFile, newClient.keyFile, newClient.certFile].map((file) => readFileSync(file));
    writeFileSync(join(folder, 'ca.crt'), files[0] as Buffer);
    expect(await push(credentials.createSsl(ca, clientKey, clientCert))).toBe('refused');
    expect(await push(credentials.createSsl(...(files as [Buffer, Buffer, Buffer])), 30_000)).toBe('accepted');
  } finally {
    await guarded.stop();
  }
});
