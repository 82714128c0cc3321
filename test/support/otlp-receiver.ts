/** Runs a real gRPC server for OTLP metrics, with answers that the test defines. */
import * as grpc from '@grpc/grpc-js';
import type { ResourceMetrics } from '../../common/otlp/metrics-data.ts';
import { readProtobufRequest } from '../../ingest-gateway/otlp/request/read-protobuf.ts';

export interface OtlpReceiver {
  readonly port: number;
  readonly requests: {
    readonly metadata: grpc.Metadata;
    readonly bytes: Buffer;
    readonly resources: readonly ResourceMetrics[];
  }[];
  stop(): void;
}

export interface OtlpReceiverOptions {
  readonly credentials?: grpc.ServerCredentials;
  /** A status to fail with, or the bytes of a response. */
  readonly answer?: () => Partial<grpc.StatusObject> | Uint8Array;
}

export async function startOtlpReceiver({
  credentials = grpc.ServerCredentials.createInsecure(),
  answer = () => new Uint8Array(0),
}: OtlpReceiverOptions = {}): Promise<OtlpReceiver> {
  const requests: OtlpReceiver['requests'] = [];
  const server = new grpc.Server({ 'grpc.max_receive_message_length': 4 * 2 ** 20 });
  const method: grpc.MethodDefinition<Buffer, Buffer> = {
    path: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
    requestStream: false,
    responseStream: false,
    requestSerialize: (bytes) => bytes,
    requestDeserialize: (bytes) => bytes,
    responseSerialize: (bytes) => bytes,
    responseDeserialize: (bytes) => bytes,
  };
  server.addService(
    { export: method },
    {
      export: ((call, callback) => {
        requests.push({ metadata: call.metadata, bytes: call.request, resources: readProtobufRequest(call.request) });
        const given = answer();
        if (given instanceof Uint8Array) callback(null, Buffer.from(given));
        else callback(given);
      }) satisfies grpc.handleUnaryCall<Buffer, Buffer>,
    },
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', credentials, (error, bound) => (error === null ? resolve(bound) : reject(error)));
  });
  return { port, requests, stop: () => server.forceShutdown() };
}
