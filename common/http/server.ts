/** The HTTP server of every program: one handler on several addresses, drained on stop. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Log } from '../program/log.ts';
import { type ListenAddress, renderListenAddress } from '../program/settings/units.ts';
import { explainListen } from './listen.ts';
import { nodeHttp } from './node-http.ts';

/** Answers a request. An express application is a handler. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** Creates a server for a handler: plain HTTP by default; with TLS, users and limits when `web.config.file` is set. */
export type ServerFactory = (handler: Handler) => Server;

export interface HttpServerOptions {
  readonly addresses: readonly ListenAddress[];
  readonly handler: Handler;
  readonly log: Log;
  readonly createServer?: ServerFactory;
}

export interface HttpServer {
  /** Binds every address. Throws a `StartError` that names the address that cannot be bound, and releases the others. */
  start(): Promise<void>;
  /** Closes the ports, waits for open requests, and cuts connections that are open after 5 s. Idempotent. */
  stop(): Promise<void>;
  /** Returns the bound addresses with their actual ports; empty before `start`. */
  bound(): readonly ListenAddress[];
}

const drainLimitMs = 5_000;

/** Longer than usual push intervals: with Node's default of 5 s every push would open a connection. */
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
