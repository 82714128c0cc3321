/**
 * Applies a web configuration file to listeners: TLS, users, headers, rate limit. The file is read again when it changes.
 * An invalid file at the start opens no port. An invalid change is logged once and the previous configuration stays.
 * Loaded only when a file is given, as yaml, TLS and bcrypt take memory.
 */
import type { Log } from '../../program/log.ts';
import { ConfigError, type Problem } from '../../program/settings/config.ts';
import { type IncomingMessage, nodeHttp, nodeHttps, type ServerResponse, serverOptions } from '../node-http.ts';
import type { Handler, ServerFactory } from '../server.ts';
import { type BasicAuth, createBasicAuth } from './basic-auth.ts';
import { comparePassword } from './password-check.ts';
import { createWebState, readWebState, type WebState } from './web-state.ts';

/** Returns every problem of the file and of the files that it names, for a program's `check`. */
export function webConfigProblems(file: string): readonly Problem[] {
  try {
    readWebState(file);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

/** Returns a factory of servers configured by the file. Throws a `ConfigError` with every problem of the file. */
export function createGuardedServers(file: string, log: Log): ServerFactory {
  const web = createWebState(file, log);
  const auth = createBasicAuth(comparePassword);

  function guard(handler: Handler): Handler {
    return (request, response) => {
      web.refresh();
      admit({ request, response, state: web.current(), auth })
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
    const { tls } = web.current();
    if (tls === undefined) return nodeHttp().createServer(serverOptions, guarded);
    const { context, requestCert, rejectUnauthorized } = tls;
    const server = nodeHttps().createServer({ ...serverOptions, ...context, requestCert, rejectUnauthorized }, guarded);
    web.guard(server);
    return server;
  };
}

interface Admission {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly state: WebState;
  readonly auth: BasicAuth;
}

/** Returns false when the request was refused and answered. */
async function admit({ request, response, state, auth }: Admission): Promise<boolean> {
  if (state.rateLimit?.() === false) return refuse(response, 429, 'too many requests');
  for (const [name, value] of state.headers) response.setHeader(name, value);
  const { users } = state.config;
  if (users === undefined || users.size === 0) return true;
  const result = await auth.check(request.headers.authorization, users, request.socket.remoteAddress ?? '');
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
