/** `protocol: grpc`: OTLP gauges and cumulative sums, to the gateway or any other OTLP/gRPC receiver. */
import { isIP } from 'node:net';
import * as grpc from '@grpc/grpc-js';
import { messageOf } from '../../../common/program/log.ts';
import { createProtobufWriter } from '../../../common/protobuf/write.ts';
import { type Column, createColumns } from './columns.ts';
import { outcomeOfGrpc } from './grpc-outcome.ts';
import {
  encodeAttributes,
  readProtobufResponse,
  type WrittenMetric,
  type WrittenSeries,
  writeProtobufRequest,
} from './otlp-writer.ts';
import { firstWords, type PushOutcome } from './outcome.ts';
import { besideHostLabels, job, type Sender, type SenderOptions } from './sender.ts';
import { readTlsFiles, type TlsFiles } from './tls-files.ts';

const timeoutMs = 30_000;
/**
 * The server name in the TLS handshake with an IP address. gRPC always sends a server name, and Node 26 refuses an IP
 * address as server name (RFC 6066, section 3). For a name that the server does not have, the server sends its default certificate.
 */
const nameForAddresses = 'address.invalid';
const method = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export';

/** The metric of a series, and the attributes that each of its points repeats. */
interface Head {
  readonly name: string;
  readonly description: string;
  readonly kind: WrittenMetric['kind'];
  readonly attributes: Uint8Array;
}

/** Throws when a TLS file cannot be read. */
export function createOtlpSender({ serverUrl, host, labels, apiKey, version, tls }: SenderOptions): Sender {
  const { protocol, hostname, port } = new URL(serverUrl);
  const hostLabels = { ...labels, job: '', instance: '' };
  const columns = createColumns<Head>((family, { labels: own, suffix = '' }) => ({
    name: family.name + suffix,
    description: family.help,
    // The parts of histograms and summaries are sent as gauges: receivers add `_total` to the names of sums.
    kind: family.type === 'counter' ? 'sum' : 'gauge',
    attributes: encodeAttributes({ ...labels, ...besideHostLabels(own, hostLabels) }),
  }));
  const resource = { 'service.name': job, 'service.instance.id': host, 'host.name': host };
  const scope = { name: 'hostpulse-exporter', version };
  const writer = createProtobufWriter();
  // The brackets of an IPv6 address belong to the URL.
  const address = hostname.replace(/^\[(.+)\]$/, '$1');
  const credentials = credentialsOf(protocol, tls, address);
  const createClient = () =>
    new grpc.Client(`${hostname}:${port || '4317'}`, credentials, {
      'grpc.default_compression_algorithm': grpc.compressionAlgorithms.gzip,
      // gRPC's own backoff grows to two minutes, during which calls fail without a connection attempt.
      'grpc.max_reconnect_backoff_ms': 5_000,
      'grpc.primary_user_agent': `hostpulse-exporter/${version}`,
      // Without this option, clients of the same target share connections, and a new client would get the old connection.
      'grpc.use_local_subchannel_pool': 1,
      ...(isIP(address) !== 0 && { 'grpc.ssl_target_name_override': nameForAddresses }),
    });
  let client = createClient();

  /** Replaces the client when the server that answers is not the receiver: the DNS name may have a new address. gRPC itself renews only lost connections. */
  function renew(): void {
    client.close();
    client = createClient();
  }

  function unary(request: Buffer, signal: AbortSignal): Promise<PushOutcome> {
    const metadata = new grpc.Metadata();
    if (apiKey !== undefined) metadata.set('authorization', `Bearer ${apiKey.reveal()}`);
    return new Promise((resolve) => {
      const call = client.makeUnaryRequest(
        method,
        (body: Buffer) => body,
        (body: Buffer) => readProtobufResponse(body),
        request,
        metadata,
        { deadline: Date.now() + timeoutMs },
        (error, response) => {
          signal.removeEventListener('abort', cancel);
          if (error !== null) return resolve(outcomeOfGrpc(error));
          const { rejectedPoints: rejectedSamples = 0, message: detail = '' } = response ?? {};
          resolve({ kind: 'ok', rejectedSamples, ...(detail === '' ? {} : { detail: firstWords(detail) }) });
        },
      );
      const cancel = () => call.cancel();
      signal.addEventListener('abort', cancel, { once: true });
      if (signal.aborted) cancel();
    });
  }

  return {
    async send(sets, signal) {
      try {
        const metrics = metricsOf([...columns(sets)]);
        // gRPC holds the bytes until they are sent, and the writer overwrites its memory with the next request.
        const request = Buffer.from(writeProtobufRequest(writer, { resource, scope, metrics }));
        const outcome = await unary(request, signal);
        if (outcome.kind === 'retry' && outcome.reason !== 'network') renew();
        return outcome;
      } catch (error) {
        return { kind: 'retry', reason: 'network', detail: messageOf(error) };
      }
    },
    close: () => client.close(),
  };
}

/** The certificate must be valid for `address`, the name or IP address in the URL. */
function credentialsOf(protocol: string, tls: TlsFiles, address: string): grpc.ChannelCredentials {
  if (protocol === 'http:') return grpc.credentials.createInsecure();
  const { ca, key, cert } = readTlsFiles(tls);
  const { checkServerIdentity } = process.getBuiltinModule('node:tls');
  return grpc.credentials.createSsl(ca ?? null, key ?? null, cert ?? null, {
    checkServerIdentity: (_, certificate) => checkServerIdentity(address, certificate),
  });
}

/** Groups series by metric, in the order of their first appearance. */
function metricsOf(columns: readonly Column<Head>[]): WrittenMetric[] {
  const bootNs = secondsToNs(lastValue(columns, 'node_boot_time_seconds'));
  const startNs = secondsToNs(lastValue(columns, 'process_start_time_seconds'));
  const metrics = new Map<string, WrittenMetric & { readonly series: WrittenSeries[] }>();
  const nanoseconds = createNanoseconds();
  for (const { head, timestampsMs, values } of columns) {
    const { name, description, kind, attributes } = head;
    const since = /^(process|hostpulse)_/.test(name) ? startNs : bootNs;
    const metric = metrics.get(name) ?? {
      name,
      description,
      kind,
      series: [],
      ...(kind === 'sum' && since !== undefined ? { startNs: since } : {}),
    };
    metrics.set(name, metric);
    metric.series.push({ attributes, timesNs: nanoseconds(timestampsMs), values });
  }
  return [...metrics.values()];
}

function lastValue(columns: readonly Column<Head>[], name: string): number | undefined {
  const values = columns.find(({ head }) => head.name === name)?.values;
  return values?.findLast((value) => value !== null) ?? undefined;
}

function secondsToNs(seconds: number | undefined): bigint | undefined {
  return seconds === undefined || !Number.isFinite(seconds)
    ? undefined
    : BigInt(Math.round(seconds * 1_000)) * 1_000_000n;
}

/** Converts timestamps; series that share the array share the result. */
function createNanoseconds(): (timestampsMs: readonly number[]) => readonly bigint[] {
  let last: readonly number[] = [];
  let converted: readonly bigint[] = [];
  return (timestampsMs) => {
    if (timestampsMs !== last) converted = timestampsMs.map((each) => BigInt(each) * 1_000_000n);
    last = timestampsMs;
    return converted;
  };
}
