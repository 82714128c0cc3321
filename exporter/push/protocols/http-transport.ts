/** Posts one body at a time over a persistent connection, with TLS, proxies, a time limit, and redirects within the host. */
import { type IncomingMessage, nodeHttp, nodeHttps } from '../../../common/http/node-http.ts';
import type { HttpResponse } from './outcome.ts';
import { readTlsFiles, type TlsFiles } from './tls-files.ts';

export interface HttpTransportOptions {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsFiles;
  /** `HTTP_PROXY`, `HTTPS_PROXY`, `NO_PROXY` and their lower-case forms are honoured. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
}

export interface HttpTransport {
  /** A string is sent as latin1. Rejects when there is no response: connection, TLS, time limit, or the signal. */
  post(body: Uint8Array | string, signal: AbortSignal): Promise<HttpResponse>;
  /** Closes the connection, so that the next request resolves the name again: the receiver may have moved. */
  renew(): void;
  close(): void;
}

const maxRedirects = 3;
const redirects: ReadonlySet<number> = new Set([301, 302, 307, 308]);

/** The part of a response's body that is kept, for error messages. */
const maxBodyLength = 16 * 1024;

/** Reads the TLS files; throws an `Error` that names the file that cannot be read. */
export function createHttpTransport({
  url,
  headers,
  tls,
  environment,
  timeoutMs,
}: HttpTransportOptions): HttpTransport {
  const options = { keepAlive: true, maxSockets: 1, proxyEnv: environment };
  const tlsOptions = { ...options, ...readTlsFiles(tls), minVersion: 'TLSv1.2' } as const;
  const createAgent = ({ protocol }: URL) =>
    protocol === 'https:' ? new (nodeHttps().Agent)(tlsOptions) : new (nodeHttp().Agent)(options);
  let target = url;
  let agent = createAgent(target);

  /** A redirected receiver is asked directly from then on, until a request fails. */
  function retarget(next: URL): void {
    if (next.protocol !== target.protocol) {
      agent.destroy();
      agent = createAgent(next);
    }
    target = next;
  }

  async function postFollowing(body: Uint8Array | string, signal: AbortSignal): Promise<HttpResponse> {
    for (let followed = 0; ; followed++) {
      const response = await postOnce(body, signal);
      const next = redirects.has(response.status) ? parseRedirect(response.location, target) : undefined;
      if (next === undefined || followed === maxRedirects) return response;
      retarget(next);
    }
  }

  function postOnce(body: Uint8Array | string, signal: AbortSignal): Promise<HttpResponse & Redirect> {
    return new Promise((resolve, reject) => {
      const { request } = target.protocol === 'https:' ? nodeHttps() : nodeHttp();
      const outgoing = request(target, {
        method: 'POST',
        agent,
        signal,
        headers: { ...headers, 'Content-Length': body.length },
      });
      outgoing.on('response', (response) => void readResponse(response).then(resolve, reject));
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        // The receiver closed the idle connection while the request was sent, so it has not processed the request.
        if (outgoing.reusedSocket && error.code === 'ECONNRESET') postOnce(body, signal).then(resolve, reject);
        else reject(error);
      });
      outgoing.end(body, 'latin1');
    });
  }

  return {
    async post(body, signal) {
      const limit = new AbortController();
      const abort = () => limit.abort(new Error('aborted'));
      const timer = setTimeout(() => limit.abort(new Error(`no response within ${timeoutMs} ms`)), timeoutMs);
      signal.addEventListener('abort', abort, { once: true });
      if (signal.aborted) abort();
      try {
        return await postFollowing(body, limit.signal);
      } catch (error) {
        // Node's AbortError does not have the reason.
        throw limit.signal.aborted ? limit.signal.reason : error;
      } finally {
        clearTimeout(timer);
        signal.removeEventListener('abort', abort);
      }
    },
    renew() {
      agent.destroy();
      retarget(url);
    },
    close: () => agent.destroy(),
  };
}

interface Redirect {
  /** The header `Location`. */
  readonly location?: string;
}

/** Returns the target of a redirect that may receive the API key: the same host, and TLS where there was TLS. */
function parseRedirect(location: string | undefined, from: URL): URL | undefined {
  const to = location === undefined ? null : URL.parse(location, from.href);
  if (to === null || to.hostname !== from.hostname) return undefined;
  const isUpgrade = from.protocol === 'http:' && to.protocol === 'https:';
  return isUpgrade || (to.protocol === from.protocol && to.port === from.port) ? to : undefined;
}

async function readResponse(response: IncomingMessage): Promise<HttpResponse & Redirect> {
  let body = '';
  response.setEncoding('utf8');
  for await (const chunk of response as AsyncIterable<string>) if (body.length < maxBodyLength) body += chunk;
  const { 'retry-after': retryAfter, 'content-type': contentType, location } = response.headers;
  return {
    status: response.statusCode ?? 0,
    body,
    ...(retryAfter !== undefined && { retryAfter }),
    ...(contentType !== undefined && { contentType }),
    ...(location !== undefined && { location }),
  };
}
