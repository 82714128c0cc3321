/**
 * Serves OTLP/gRPC: `MetricsService/Export`. Authenticates the caller before reading the message, so that unauthenticated
 * calls use no memory, and bounds the bytes of all messages in flight.
 */
import {
  Metadata,
  Server,
  ServerCredentials,
  ServerInterceptingCall,
  type ServerInterceptor,
  ServerListenerBuilder,
  type ServerUnaryCall,
  type ServiceDefinition,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import type { CredentialStore, Principal } from '../../../common/http/auth.ts';
import { HttpProblem } from '../../../common/http/problem.ts';
import type { Log } from '../../../common/program/log.ts';
import { createSlots } from '../../../common/prometheus/connection.ts';
import { authorize } from '../../auth/credentials.ts';
import { type CollectorLimit, type CredentialGuard, guardedCredentials } from '../../auth/rate-limits.ts';
import type { BodyDecoder } from '../../decode/body-decoder.ts';
import { pusherOf } from '../../decode/push-decoder.ts';
import { admitWriter } from '../../decode/writer-quota.ts';
import { tooMuchAtOnce } from '../../http/request-input.ts';
import type { SeriesLimits } from '../../ingest/active-series/series-limits.ts';
import type { IngestParts } from '../../ingest/ingest-pipeline.ts';
import { encodeResponse, encodeRetryStatus, type PartialSuccess } from './partial-success.ts';
import { maxRequestBytes, receiveOtlp } from './receiver.ts';

export interface GrpcServices {
  readonly credentials: CredentialStore;
  readonly credentialGuard: CredentialGuard;
  readonly pipeline: IngestParts;
  readonly decoder: BodyDecoder;
  readonly collectorLimit: CollectorLimit;
  readonly seriesLimits: Pick<SeriesLimits, 'active'>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** The service without generated code: messages are bytes here. */
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

/** Concurrent calls of one connection. Exporters send one at a time. */
const maxStreams = 100;
/** Messages of one caller that are received at the same time, and how long each of them and the wait for it may take. */
const maxReceiving = 4;
const receiveTimeoutMs = 30_000;

export function createGrpcServer(services: GrpcServices, log: Log): Server {
  const callers = new WeakMap<Metadata, Principal>();
  const server = new Server({
    'grpc.max_receive_message_length': maxRequestBytes,
    'grpc.max_concurrent_streams': maxStreams,
    interceptors: [authorizing(services, callers, log)],
  });

  async function take(bytes: Buffer, principal: Principal | undefined): Promise<PartialSuccess | undefined> {
    const { pipeline, decoder, now } = services;
    const { ingest, bodyBudget } = pipeline;
    const caller = pusherOf(principal).id;
    if (!bodyBudget.take(caller, bytes.length)) throw tooMuchAtOnce();
    try {
      return await receiveOtlp({ format: 'otlp_protobuf', bytes, principal }, { ingest, decoder, now });
    } finally {
      bodyBudget.release(caller, bytes.length);
    }
  }

  server.addService(service, {
    export(call: ServerUnaryCall<Buffer, PartialSuccess | null>, respond: sendUnaryData<PartialSuccess | null>) {
      take(call.request, callers.get(call.metadata)).then(
        (partial) => respond(null, partial ?? null),
        (thrown: unknown) => respond(grpcStatus(thrown, log)),
      );
    },
  });
  return server;
}

/**
 * Holds back the metadata until the caller is authenticated and has few messages on the way: gRPC reads the message only after
 * that.
 */
function authorizing(services: GrpcServices, callers: WeakMap<Metadata, Principal>, log: Log): ServerInterceptor {
  const slots = createSlots({ count: Number.MAX_SAFE_INTEGER, perCaller: maxReceiving });

  /** Passes the metadata on, and resolves once the message was received or will not be. */
  async function receive(principal: Principal, received: Promise<void>, pass: () => void): Promise<void> {
    admitWriter(principal, services, 429);
    const waiting = AbortSignal.timeout(receiveTimeoutMs);
    const task = async (): Promise<void> => {
      pass();
      await received;
    };
    try {
      await slots.run(task, waiting, pusherOf(principal).id);
    } catch (error) {
      throw error === waiting.reason ? tooMuchAtOnce() : error;
    }
  }

  return (_method, call) => {
    const { promise: received, resolve: end } = Promise.withResolvers<void>();
    const fail = (thrown: unknown): void => call.sendStatus(grpcStatus(thrown, log));
    return new ServerInterceptingCall(call, {
      start(next) {
        const listener = new ServerListenerBuilder()
          .withOnReceiveMetadata((metadata, pass) => {
            callerOf(metadata, call.getPeer(), services)
              .then((principal) =>
                receive(principal, received, () => {
                  callers.set(metadata, principal);
                  const timer = setTimeout(() => {
                    fail(new HttpProblem(408, 'the message did not arrive in time'));
                    end();
                  }, receiveTimeoutMs);
                  void received.then(() => clearTimeout(timer));
                  pass(metadata);
                }),
              )
              .catch(fail);
          })
          .withOnReceiveMessage((message, pass) => {
            end();
            pass(message);
          })
          .withOnCancel(end);
        next(listener.build());
      },
    });
  };
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

/** Returns the entry for sockets of our own listener, which terminates TLS. */
export function createInjector(server: Server) {
  return server.createConnectionInjector(ServerCredentials.createInsecure());
}

/**
 * gRPC status by HTTP status. OTLP exporters retry RESOURCE_EXHAUSTED with `RetryInfo` and UNAVAILABLE, and drop the rest.
 * Source: https://opentelemetry.io/docs/specs/otlp/#failures
 */
const codes: Readonly<Record<number, status>> = {
  400: status.INVALID_ARGUMENT,
  401: status.UNAUTHENTICATED,
  403: status.PERMISSION_DENIED,
  408: status.DEADLINE_EXCEEDED,
  413: status.INVALID_ARGUMENT,
  415: status.INVALID_ARGUMENT,
  429: status.RESOURCE_EXHAUSTED,
  503: status.UNAVAILABLE,
};

/** The end of a failed call. */
interface GrpcStatus {
  readonly code: status;
  readonly details: string;
  readonly metadata?: Metadata;
}

/** Returns the status of a problem. Logs any other error and returns INTERNAL without its details. */
function grpcStatus(thrown: unknown, log: Log): GrpcStatus {
  if (!(thrown instanceof HttpProblem)) {
    log.error('an OTLP request failed', { error: thrown });
    return { code: status.INTERNAL, details: 'internal error; the log has the details' };
  }
  const { title, errors, headers } = thrown;
  const code = codes[thrown.status] ?? status.UNKNOWN;
  const details = [title, ...errors.map(({ path, message }) => `${path}: ${message}`)].join('; ');
  const afterSeconds = Number(headers['Retry-After'] ?? Number.NaN);
  if (Number.isNaN(afterSeconds)) return { code, details };
  const metadata = new Metadata();
  metadata.set('grpc-status-details-bin', encodeRetryStatus({ code, message: details, afterSeconds }));
  return { code, details, metadata };
}
