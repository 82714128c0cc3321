/** The HTTP listener of every program: several addresses, one handler, a stop that drains. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Log } from '../program/log.ts';
import { type ListenAddress, renderListenAddress } from '../program/settings/units.ts';
import { explainListen } from './listen.ts';
import { nodeHttp } from './node-http.ts';

/** Answers a request; express applications are handlers. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** Makes a server for a handler: plain HTTP by default, TLS and guarded by `web.config.file` where one is given. */
export type ServerFactory = (handler: Handler) => Server;

export interface HttpServerOptions {
  readonly addresses: readonly ListenAddress[];
  readonly handler: Handler;
  readonly log: Log;
  readonly createServer?: ServerFactory;
}

export interface HttpServer {
  /** Binds every address. Throws a `StartError` that names an occupied address; then none stays bound. */
  start(): Promise<void>;
  /** Takes no new connection, lets requests in flight end, cuts what is left after 5 s. Idempotent. */
  stop(): Promise<void>;
  /** Where it listens, ports filled in; empty before `start`. */
  bound(): readonly ListenAddress[];
}

const drainLimitMs = 5_000;

/** Above the usual push interval: Node's default of 5 s would reconnect every push. */
const keepAliveMs = 75_000;

export function createHttpServer({
  addresses,
  handler,
  log,
  createServer = plainServer,
}: HttpServerOptions): HttpServer {
  const servers: Server[] = [];

  async function start(): Promise<void> {
    try {
      for (const address of addresses) {
        const server = createServer(handler);
        server.keepAliveTimeout = keepAliveMs;
        await listen(server, address);
        servers.push(server);
        log.info('listening', { address: renderListenAddress(boundAddress(server)) });
      }
    } catch (error) {
      await stop();
      throw error;
    }
  }

  async function stop(): Promise<void> {
    await Promise.all(servers.splice(0).map(close));
  }

  return { start, stop, bound: () => servers.map(boundAddress) };
}

function plainServer(handler: Handler): Server {
  return nodeHttp().createServer(handler);
}

function listen(server: Server, address: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(explainListen({ address, cause, flag: '--web.listen-address' })),
    );
    server.listen(address, () => resolve());
  });
}

function boundAddress(server: Server): ListenAddress {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen on a port');
  return { host: address.address, port: address.port };
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), drainLimitMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}
