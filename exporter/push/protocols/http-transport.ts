/** Posts one body at a time over a persistent connection, with TLS, proxies and a time limit. Follows no redirects. */
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
  close(): void;
}

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
  const isTls = url.protocol === 'https:';
  const options = { keepAlive: true, maxSockets: 1, proxyEnv: environment };
  const agent = isTls
    ? new (nodeHttps().Agent)({ ...options, ...readTlsFiles(tls), minVersion: 'TLSv1.2' })
    : new (nodeHttp().Agent)(options);
  const { request } = isTls ? nodeHttps() : nodeHttp();

  function postOnce(body: Uint8Array | string, signal: AbortSignal): Promise<HttpResponse> {
    return new Promise((resolve, reject) => {
      const outgoing = request(url, {
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
        return await postOnce(body, limit.signal);
      } catch (error) {
        // Node's AbortError does not have the reason.
        throw limit.signal.aborted ? limit.signal.reason : error;
      } finally {
        clearTimeout(timer);
        signal.removeEventListener('abort', abort);
      }
    },
    close: () => agent.destroy(),
  };
}

async function readResponse(response: IncomingMessage): Promise<HttpResponse> {
  let body = '';
  response.setEncoding('utf8');
  for await (const chunk of response as AsyncIterable<string>) if (body.length < maxBodyLength) body += chunk;
  const retryAfter = response.headers['retry-after'];
  return { status: response.statusCode ?? 0, body, ...(retryAfter === undefined ? {} : { retryAfter }) };
}
