/** Listens for OTLP/gRPC, with TLS from the same web configuration file as HTTP, and hands the sockets to the gRPC server. */
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { explainListen } from '../../../common/http/listen.ts';
import { createWebState } from '../../../common/http/web-config/web-state.ts';
import type { Log } from '../../../common/program/log.ts';
import { type ListenAddress, renderListenAddress } from '../../../common/program/settings/units.ts';
import { createGrpcServer, createInjector, type GrpcServices } from './grpc-server.ts';

export interface GrpcListenerOptions {
  readonly addresses: readonly ListenAddress[];
  readonly webConfigFile: string | undefined;
  readonly services: GrpcServices;
  readonly log: Log;
}

export interface GrpcListener {
  /** Binds all addresses, or none: throws a `StartError` that names the address in use. */
  start(): Promise<void>;
  /** Refuses new calls, waits up to 5 s for calls in flight, then closes all connections. Idempotent. */
  stop(): Promise<void>;
  /** The bound addresses with their actual ports; empty before `start`. */
  bound(): readonly ListenAddress[];
}

const drainLimitMs = 5_000;

export function createGrpcListener({ addresses, webConfigFile, services, log }: GrpcListenerOptions): GrpcListener {
  const grpc = createGrpcServer(services, log);
  const injector = createInjector(grpc);
  const sockets = new Set<Socket>();
  const listeners: Server[] = [];

  function accept(socket: Socket): void {
    if (socket.destroyed) return;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    injector.injectConnection(socket);
  }

  function createListener(): Server {
    const web = webConfigFile === undefined ? undefined : createWebState(webConfigFile, log);
    const tls = web?.current().tls;
    if (web === undefined || tls === undefined) return createServer(accept);
    const { context, requestCert, rejectUnauthorized } = tls;
    const server = createTlsServer({ ...context, requestCert, rejectUnauthorized, ALPNProtocols: ['h2'] }, accept);
    server.on('tlsClientError', (error) => log.debug('TLS handshake failed', { error }));
    web.guard(server);
    return server;
  }

  async function start(): Promise<void> {
    try {
      for (const address of addresses) {
        const server = createListener();
        await listen(server, address);
        listeners.push(server);
        log.info('listening for OTLP/gRPC', { address: renderListenAddress(boundAddress(server)) });
      }
    } catch (error) {
      await stop();
      throw error;
    }
  }

  async function stop(): Promise<void> {
    const closed = listeners.splice(0).map((server) => new Promise((resolve) => server.close(resolve)));
    injector.drain(drainLimitMs);
    const timer = setTimeout(() => {
      for (const socket of sockets) socket.destroy();
    }, drainLimitMs);
    await Promise.all(closed);
    clearTimeout(timer);
    grpc.forceShutdown();
  }

  return { start, stop, bound: () => listeners.map(boundAddress) };
}

function listen(server: Server, address: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(explainListen({ address, cause, flag: '--otlp.grpc-listen-address' })),
    );
    server.listen(address, () => resolve());
  });
}

function boundAddress(server: Server): ListenAddress {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen on a port');
  return { host: address.address, port: address.port };
}
