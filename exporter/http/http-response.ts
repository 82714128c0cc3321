/** Sends a response: status, length, gzip when the client accepts it, and no body for HEAD. */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from '../../common/http/node-http.ts';

export interface HttpResponse {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly headers?: OutgoingHttpHeaders;
}

/** Sends the body for GET and the headers alone for HEAD. Throws when compression fails; nothing is sent then. */
export type SendResponse = (request: IncomingMessage, response: ServerResponse, content: HttpResponse) => void;

export const plainText = 'text/plain; charset=utf-8';

/** Minimum length of a compressed body. A shorter body fits into one or two packets without compression. */
const minCompressedLength = 1_400;

/** Returns a function that sends responses. Loads zlib for the first client that accepts gzip. */
export function createSendResponse(): SendResponse {
  let gzip: Gzip | undefined;
  return (request, response, { status, contentType, body, headers: more }) => {
    const headers: OutgoingHttpHeaders = { 'Content-Type': contentType, ...more };
    let payload = body;
    let encoding: BufferEncoding = 'utf8';
    if (body.length >= minCompressedLength) {
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

/** Returns true when the header allows `gzip` or `*` with a weight above 0. Source: RFC 9110, section 12.5.3 */
function acceptsGzip(header: string | undefined): boolean {
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

/**
 * Compresses text as UTF-8 into a gzip file (RFC 1952), one byte per character: send it as latin1. A string is freed by the
 * next minor garbage collection; a buffer stays until a full one.
 */
export type Gzip = (text: string) => string;

/** The fastest level. A window of 16 KiB suffices, because an exposition repeats itself within a few lines. */
const gzipOptions = { level: 1, windowBits: 14, memLevel: 7 };

/** Compresses in the calling thread: 0.1 ms for a page, while a round trip through zlib's threads costs twice that. */
export function createGzip(): Gzip {
  const { gzipSync } = process.getBuiltinModule('node:zlib');
  // Reused between calls; replaced by a larger buffer when a text does not fit.
  let source = Buffer.alloc(64 * 1_024);
  return (text) => {
    const length = Buffer.byteLength(text);
    if (length > source.length) source = Buffer.alloc(2 * length);
    return gzipSync(source.subarray(0, source.write(text)), gzipOptions).toString('latin1');
  };
}
