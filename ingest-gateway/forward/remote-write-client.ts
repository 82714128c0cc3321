/** Sends remote write 1.0 requests over kept connections. Node's own client: a request a host makes its cost count. */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { BasicAuth } from '../../common/prometheus/connection.ts';

export interface RemoteWriteOptions {
  /** Of the server, with any path prefix, without a trailing slash. */
  readonly url: string;
  /** All of where to write to; `/api/v1/write` below `url` when absent. */
  readonly writeUrl?: string | undefined;
  readonly basicAuth?: BasicAuth | undefined;
  readonly maxConcurrency: number;
  readonly timeoutMs: number;
}

export interface RemoteWriteAnswer {
  readonly status: number;
  /** The beginning of the body. */
  readonly text: string;
  readonly retryAfter: string | undefined;
}

export interface RemoteWriteClient {
  /** Sends a request compressed by snappy's block format. Any status is an answer; rejects when there is none. */
  send(body: Uint8Array): Promise<RemoteWriteAnswer>;
  close(): void;
}

const path = '/api/v1/write';
const maxTextBytes = 4_096;

export function createRemoteWriteClient(options: RemoteWriteOptions): RemoteWriteClient {
  const { url, basicAuth, maxConcurrency, timeoutMs } = options;
  const target = new URL(options.writeUrl ?? `${url}${path}`);
  const isTls = target.protocol === 'https:';
  const agent = new (isTls ? HttpsAgent : HttpAgent)({ keepAlive: true, maxSockets: maxConcurrency });
  const send = isTls ? httpsRequest : httpRequest;
  const fixed: RequestOptions = {
    agent,
    method: 'POST',
    protocol: target.protocol,
    hostname: target.hostname.replace(/^\[|\]$/g, ''),
    port: target.port,
    path: `${target.pathname}${target.search}`,
    ...(basicAuth === undefined ? {} : { auth: `${basicAuth.username}:${basicAuth.password.reveal()}` }),
  };
  const headers = {
    'Content-Type': 'application/x-protobuf',
    'Content-Encoding': 'snappy',
    'User-Agent': 'hostpulse',
    'X-Prometheus-Remote-Write-Version': '0.1.0',
  };

  return {
    send(body) {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          request.destroy(new Error(`no answer within ${timeoutMs / 1_000} s`));
        }, timeoutMs);
        const request = send({ ...fixed, headers: { ...headers, 'Content-Length': body.length } }, (response) => {
          readText(response, (error, text) => {
            clearTimeout(timer);
            if (error !== undefined) return reject(error);
            resolve({ status: response.statusCode ?? 0, text, retryAfter: response.headers['retry-after'] });
          });
        });
        request.on('error', (error) => {
          clearTimeout(timer);
          reject(error);
        });
        request.end(body);
      });
    },
    close: () => agent.destroy(),
  };
}

function readText(response: IncomingMessage, done: (error: Error | undefined, text: string) => void): void {
  let text = '';
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    if (text.length < maxTextBytes) text += chunk;
  });
  response.on('end', () => done(undefined, text));
  response.on('error', (error) => done(error, text));
}
