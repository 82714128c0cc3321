/**
 * Listeners under a web configuration file: TLS, users, headers, rate limit, all re-read when a file changes.
 * Guarantees: a file that is wrong at the start opens no port; one that becomes wrong later changes nothing and is
 * logged once. Loaded only when a file is given: it brings yaml, and TLS or bcrypt where the file asks for them.
 */
import { statSync } from 'node:fs';
import type { TLSSocket } from 'node:tls';
import { ConfigError, type Problem } from '../program/config.ts';
import type { Log } from '../program/log.ts';
import { type BasicAuth, createBasicAuth } from './basic-auth.ts';
import { type IncomingMessage, nodeHttp, nodeHttps, type Server, type ServerResponse } from './node-http.ts';
import { createRateLimit, type RateLimit } from './rate-limit.ts';
import type { Handler, ServerFactory } from './server.ts';
import { readTlsPolicy, type TlsPolicy, tlsFiles } from './tls.ts';
import { readWebConfig, type WebConfig } from './web-config.ts';

/** One reading of the file and of the files that it names. */
interface WebState {
  readonly config: WebConfig;
  readonly tls: TlsPolicy | undefined;
  readonly headers: readonly (readonly [string, string])[];
  readonly rateLimit: RateLimit | undefined;
}

/** Every problem of the file and of the files that it names; for a program's `check`. */
export function webConfigProblems(file: string): readonly Problem[] {
  try {
    readState(file);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

/** Makes servers as the file says. Throws a `ConfigError` with every problem of the file. */
export function createGuardedServers(file: string, log: Log): ServerFactory {
  let state = readState(file);
  let signature = signatureOf(file, state.config);
  const auth = createBasicAuth(async (password, hash) => (await import('bcryptjs')).compare(password, hash));
  const servers = new Set<Server>();

  function refresh(): void {
    const current = signatureOf(file, state.config);
    if (current === signature) return;
    signature = current;
    try {
      const next = readState(file);
      if ((next.tls === undefined) !== (state.tls === undefined)) {
        throw new Error('TLS cannot be turned on or off while running; restart for that');
      }
      if (next.tls !== undefined) for (const server of servers) applyTls(server, next.tls);
      state = next;
      signature = signatureOf(file, state.config);
      log.info('web configuration read again', { file });
    } catch (error) {
      log.error('the changed web configuration is wrong; the one before stays in force', { file, error });
    }
  }

  function guard(handler: Handler): Handler {
    return (request, response) => {
      refresh();
      admit({ request, response, state, auth })
        .then((isAdmitted) => {
          if (isAdmitted) handler(request, response);
        })
        .catch((error: unknown) => {
          log.error('a request could not be checked and is refused', { error });
          refuse(response, 500, 'internal error; the log has the details');
        });
    };
  }

  return (handler) => {
    const guarded = guard(handler);
    if (state.tls === undefined) return nodeHttp().createServer(guarded);
    const { context, requestCert, rejectUnauthorized } = state.tls;
    const server = nodeHttps().createServer({ ...context, requestCert, rejectUnauthorized }, guarded);
    server.prependListener('connection', refresh);
    server.prependListener('secureConnection', (socket: TLSSocket) => {
      if (state.tls?.accepts(socket) === true) return;
      log.debug('a client without an accepted certificate was cut off', { address: socket.remoteAddress });
      socket.destroy();
    });
    servers.add(server);
    server.once('close', () => servers.delete(server));
    return server;
  };
}

function readState(file: string): WebState {
  const config = readWebConfig(file);
  const headers = [
    ['Content-Security-Policy', config.contentSecurityPolicy],
    ['X-Frame-Options', config.frameOptions],
    ['X-Content-Type-Options', config.contentTypeOptions],
    ['X-XSS-Protection', config.xssProtection],
    ['Strict-Transport-Security', config.strictTransportSecurity],
  ].filter((pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== '');
  const problems = rateProblems(file, config);
  let tls: TlsPolicy | undefined;
  try {
    tls = readTlsPolicy(file, config);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.push(...error.problems);
  }
  if (problems.length > 0) throw new ConfigError(problems);
  const { rateInterval: intervalMs, rateBurst: burst } = config;
  const rateLimit =
    intervalMs === 0 ? undefined : createRateLimit({ intervalMs, burst, now: () => performance.now() });
  return { config, tls, headers, rateLimit };
}

function rateProblems(file: string, { rateInterval, rateBurst }: WebConfig): Problem[] {
  if (rateInterval === 0 || rateBurst > 0) return [];
  const got = '0, which would refuse every request';
  return [{ place: `${file}: rate_limit.burst`, expected: 'at least 1', got }];
}

interface Admission {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly state: WebState;
  readonly auth: BasicAuth;
}

/** False when the request was answered: too many, or without the right credentials. */
async function admit({ request, response, state, auth }: Admission): Promise<boolean> {
  if (state.rateLimit?.() === false) return refuse(response, 429, 'too many requests');
  for (const [name, value] of state.headers) response.setHeader(name, value);
  const { users } = state.config;
  if (users === undefined || users.size === 0) return true;
  const result = await auth.check(request.headers.authorization, users);
  if (result === 'ok') return true;
  if (result === 'busy') return refuse(response, 503, 'too many credentials to check; try again later');
  response.setHeader('WWW-Authenticate', 'Basic');
  return refuse(response, 401, 'unauthorized');
}

function refuse(response: ServerResponse, status: number, text: string): false {
  if (response.headersSent) response.destroy();
  else response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
  return false;
}

/**
 * From the next handshake on. `setSecureContext` leaves the two policies as they were at creation; the server reads them
 * from itself at each connection: https://github.com/nodejs/node/blob/v24.x/lib/internal/tls/wrap.js
 */
function applyTls(server: Server, { context, requestCert, rejectUnauthorized }: TlsPolicy): void {
  const tlsServer = server as ReturnType<ReturnType<typeof nodeHttps>['createServer']>;
  tlsServer.setSecureContext(context);
  Object.assign(tlsServer, { requestCert, rejectUnauthorized });
}

/** Changes whenever one of the files does; a file that cannot be looked at is part of it, too. */
function signatureOf(file: string, config: WebConfig): string {
  return [file, ...tlsFiles(file, config)]
    .map((each) => {
      const stat = statSync(each, { bigint: true, throwIfNoEntry: false });
      return stat === undefined ? 'absent' : `${stat.ino}:${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}`;
    })
    .join(' ');
}
