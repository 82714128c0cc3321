/**
 * OTLP/gRPC: `MetricsService/Export`. Who calls is known before a byte of the message is read, so that strangers cost no
 * memory; of all messages together only so many bytes are held at once.
 */
import {
  type Metadata,
  Server,
  ServerCredentials,
  ServerInterceptingCall,
  type ServerInterceptor,
  ServerListenerBuilder,
  type ServerUnaryCall,
  type ServiceDefinition,
  type sendUnaryData,
} from '@grpc/grpc-js';
import { authorize, type Principal } from '../../common/http/auth.ts';
import { HttpProblem } from '../../common/http/problem.ts';
import type { Log } from '../../common/program/log.ts';
import type { Services } from '../api/services.ts';
import { guardedCredentials } from '../auth/credential-guard.ts';
import { grpcStatus } from './grpc-status.ts';
import { encodeResponse, type PartialSuccess } from './partial-success.ts';
import { readProtobufRequest } from './read-protobuf.ts';
import { maxRequestBytes, receiveOtlp } from './receiver.ts';

export type GrpcServices = Pick<Services, 'credentials' | 'credentialGuard' | 'pipeline' | 'now'>;

/** Our own reader and writer stand in for generated code. */
const service: ServiceDefinition = {
  export: {
    path: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
    requestStream: false,
    responseStream: false,
    requestSerialize: (bytes: Buffer) => bytes,
    requestDeserialize: (bytes: Buffer) => bytes,
    responseSerialize: (partial: PartialSuccess | null) => encodeResponse(partial ?? undefined),
    responseDeserialize: (bytes: Buffer) => bytes,
  },
};

const maxBytesInFlight = 256 * 2 ** 20;
/** Calls of one connection; an exporter has one at a time. */
const maxStreams = 100;

export function createGrpcServer(services: GrpcServices, log: Log): Server {
  const callers = new WeakMap<Metadata, Principal>();
  const server = new Server({
    'grpc.max_receive_message_length': maxRequestBytes,
    'grpc.max_concurrent_streams': maxStreams,
    interceptors: [authorizing(services, callers, log)],
  });
  let inFlight = 0;

  async function take(bytes: Buffer, principal: Principal | undefined): Promise<PartialSuccess | undefined> {
    if (principal === undefined) throw new Error('a call passed without a caller');
    if (inFlight + bytes.length > maxBytesInFlight)
      throw new HttpProblem(503, 'too many requests at once', { headers: { 'Retry-After': '5' } });
    inFlight += bytes.length;
    try {
      const { pipeline, now } = services;
      return await receiveOtlp({ read: () => readProtobufRequest(bytes), principal }, { ingest: pipeline.ingest, now });
    } finally {
      inFlight -= bytes.length;
    }
  }

  server.addService(service, {
    export(call: ServerUnaryCall<Buffer, PartialSuccess | null>, answer: sendUnaryData<PartialSuccess | null>) {
      take(call.request, callers.get(call.metadata)).then(
        (partial) => answer(null, partial ?? null),
        (thrown: unknown) => answer(grpcStatus(thrown, log)),
      );
    },
  });
  return server;
}

/** Holds the headers back until the caller is known: reading begins when they pass. */
function authorizing(services: GrpcServices, callers: WeakMap<Metadata, Principal>, log: Log): ServerInterceptor {
  return (_method, call) =>
    new ServerInterceptingCall(call, {
      start(next) {
        const listener = new ServerListenerBuilder().withOnReceiveMetadata((metadata, pass) => {
          callerOf(metadata, call.getPeer(), services).then(
            (principal) => {
              callers.set(metadata, principal);
              pass(metadata);
            },
            (thrown: unknown) => call.sendStatus(grpcStatus(thrown, log)),
          );
        });
        next(listener.build());
      },
    });
}

function callerOf(
  metadata: Metadata,
  peer: string,
  { credentials, credentialGuard }: GrpcServices,
): Promise<Principal> {
  const text = (name: string): string | undefined => metadata.get(name)[0]?.toString();
  const [authorization, key] = [text('authorization'), text('x-api-key')];
  const headers = {
    ...(authorization === undefined ? {} : { authorization }),
    ...(key === undefined ? {} : { 'x-api-key': key }),
  };
  const address = peer.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  return authorize(headers, 'push', guardedCredentials(credentials, credentialGuard, address));
}

/** Sockets come by a listener of ours, which did what TLS there is. */
export function createInjector(server: Server) {
  return server.createConnectionInjector(ServerCredentials.createInsecure());
}
