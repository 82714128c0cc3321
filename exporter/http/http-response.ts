/** Sends a finished answer: length, compression where asked for, no body for HEAD. */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from '../../common/http/node-http.ts';
import { createGzip, type Gzip } from './gzip.ts';

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly headers?: OutgoingHttpHeaders;
}

/** Throws when the body cannot be compressed; then nothing was sent. */
export type SendAnswer = (request: IncomingMessage, response: ServerResponse, answer: Answer) => void;

export const plainText = 'text/plain; charset=utf-8';

/** Shorter bodies fit a packet or two as they are. */
const compressFrom = 1_400;

/** Answers `GET` with the body and `HEAD` with its headers alone; zlib is loaded when somebody first asks for it. */
export function createSendAnswer(): SendAnswer {
  let gzip: Gzip | undefined;
  return (request, response, { status, contentType, body, headers: more }) => {
    const headers: OutgoingHttpHeaders = { 'Content-Type': contentType, ...more };
    let payload = body;
    let encoding: BufferEncoding = 'utf8';
    if (body.length >= compressFrom) {
      headers['Vary'] = 'Accept-Encoding';
      if (acceptsGzip(request.headers['accept-encoding'])) {
        gzip ??= createGzip();
        payload = gzip(body);
        encoding = 'latin1';
        headers['Content-Encoding'] = 'gzip';
      }
    }
    headers['Content-Length'] = Buffer.byteLength(payload, encoding);
    response.writeHead(status, headers);
    response.end(request.method === 'HEAD' ? undefined : payload, encoding);
  };
}

/** `gzip` or `*` with a weight above 0. Source: RFC 9110, section 12.5.3 */
export function acceptsGzip(header: string | undefined): boolean {
  if (header === undefined) return false;
  if (header === 'gzip') return true;
  const weights = new Map<string, number>();
  for (const part of header.split(',')) {
    const [coding = '', ...parameters] = part.split(';').map((each) => each.trim().toLowerCase());
    const weight = parameters.find((each) => each.startsWith('q='));
    weights.set(coding, weight === undefined ? 1 : Number(weight.slice(2)));
  }
  return (weights.get('gzip') ?? weights.get('*') ?? 0) > 0;
}
