/** The HTTP server of every program: one handler on several addresses, drained on stop. */
import { existsSync, unlinkSync } from 'node:fs';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { Log } from '../program/log.ts';
import { type ListenAddress, renderSocketAddress, type SocketAddress } from '../program/settings/units.ts';
import { explainListen } from './listen.ts';
import { nodeHttp, serverOptions } from './node-http.ts';

/** Answers a request. An express application is a handler. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** Creates a server for a handler: plain HTTP by default; with TLS, users and limits when `web.config.file` is set. */
export type ServerFactory = (handler: Handler) => Server;

export interface HttpServerOptions {
  readonly addresses: readonly SocketAddress[];
  readonly handler: Handler;
  readonly log: Log;
  readonly createServer?: ServerFactory;
}

export interface HttpServer {
  /** Binds every address. Throws a `StartError` that names the address that cannot be bound, and releases the others. */
  start(): Promise<void>;
  /** Closes the ports, waits for open requests, and cuts connections that are open after 5 s. Idempotent. */
  stop(): Promise<void>;
  /** Returns the bound TCP addresses with their actual ports; empty before `start`. */
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
        log.info('listening', { address: renderSocketAddress(boundAddress(server)) });
      }
    } catch (error) {
      await stop();
      throw error;
    }
  }

  async function stop(): Promise<void> {
    await Promise.all(servers.splice(0).map(close));
  }

  return { start, stop, bound: () => servers.map(boundAddress).filter((address) => 'port' in address) };
}

function plainServer(handler: Handler): Server {
  return nodeHttp().createServer(serverOptions, handler);
}

async function listen(server: Server, address: SocketAddress): Promise<void> {
  if ('path' in address) await removeStale(address.path);
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(explainListen({ address, cause, flag: '--web.listen-address' })),
    );
    server.listen(address, () => resolve());
  });
}

/** Removes the socket file of a program that was killed. A socket that accepts connections stays. */
async function removeStale(path: string): Promise<void> {
  if (!existsSync(path)) return;
  const isStale = await new Promise<boolean>((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(false);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'));
  });
  if (isStale) unlinkSync(path);
}

function boundAddress(server: Server): SocketAddress {
  const address = server.address();
  if (address === null) throw new Error('the server does not listen');
  return typeof address === 'string' ? { path: address } : { host: address.address, port: address.port };
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
